/**
 * What the text of a route's rule means for a caller, worked out from the caller's grants alone: the list of routes
 * that operators read has to be true.
 */
import { type Caller, kindOf, type Level } from "./callers.ts";
import type { Example, Where } from "./example.ts";

/** How a server treats those on whom no grant says anything. */
export interface Defaults {
  permission: Level | "NO_PERMISSIONS";
  /** Whether whoever has signed in may create experiments and registered models. */
  creates: boolean;
  /** Whether someone to whom nothing is granted may come in at all. */
  admitsStrangers: boolean;
  /** Whether what is granted to a user stands in a role of their own. */
  grantsAreRoles: boolean;
}

type Permission = Defaults["permission"];

const order: Permission[] = ["NO_PERMISSIONS", "READ", "USE", "EDIT", "MANAGE"];
const needed: Record<string, Level> = { read: "READ", update: "EDIT", delete: "MANAGE", manage: "MANAGE" };

const strongest = (all: (Level | undefined)[]): Level | undefined => {
  const given = all.filter((level) => level !== undefined);
  return given.includes("DENY") ? "DENY" : given.sort((one, other) => order.indexOf(other) - order.indexOf(one))[0];
};

const own = ["experiment", "registered_model", "prompt"];

/** By the words of rules: on which types a grant decides, the first one with a grant. */
const chains: Record<string, string[]> = {
  experiment: ["experiment"],
  run: ["run", "experiment"],
  "logged model": ["logged_model", "experiment"],
  trace: ["trace", "experiment"],
  assessment: ["assessment", "experiment"],
  "registered model": ["registered_model"],
  "source model": ["registered_model"],
  version: ["registered_model_version", "registered_model"],
};

const all = ["run", "logged_model"];

type Asked = Pick<Example, "of" | "on" | "owner" | "names">;

export class Rights {
  constructor(
    private readonly caller: Caller,
    private readonly defaults: Defaults,
  ) {}

  private get managesAll(): boolean {
    const { signIn, all: everywhere = {} } = kindOf(this.caller);
    return signIn === "admin" || everywhere.workspace === "MANAGE";
  }

  private permission(chain: string[], place: Where): Permission {
    const kind = kindOf(this.caller);
    if (this.managesAll) return "MANAGE";
    for (const type of chain) {
      const level = strongest([own.includes(type) ? kind[place] : undefined, kind.all?.[type]]);
      if (level === "DENY") return level;
      if (level) return order[Math.max(order.indexOf(level), order.indexOf(this.defaults.permission))]!;
    }
    return this.defaults.permission;
  }

  private has(action: string, chain: string[], place: Where): boolean {
    const permission = this.permission(chain, place);
    return permission !== "DENY" && order.indexOf(permission) >= order.indexOf(needed[action]!);
  }

  /** Whether the caller is let in at all. */
  get comesIn(): boolean {
    const { own, other, all: everywhere = {} } = kindOf(this.caller);
    const granted = [own, other, ...Object.values(everywhere)];
    return this.managesAll || this.defaults.admitsStrangers || granted.some((level) => level && level !== "DENY");
  }

  private denies = (type: string) => !this.managesAll && kindOf(this.caller).all?.[type] === "DENY";

  private isGrantedAll = (type: string) => this.managesAll || kindOf(this.caller).all?.[type] !== undefined;

  private creates = (type: string) => (this.managesAll || this.defaults.creates) && !this.denies(type);

  /** Whether what a rule names can be done: `update run`. */
  private allows(action: string, noun: string, place: Where, isPrompt: boolean): boolean {
    const chain = chainOf(noun, isPrompt);
    return this.has(action, chain, place) && this.has("read", [chain.at(-1)!], place);
  }

  sees(noun: string, place: Where, isPrompt = false): boolean {
    return this.allows("read", noun, place, isPrompt) && !this.denies(chainOf(noun, isPrompt)[0]!);
  }

  /** Whether a rule's text lets the caller do what an example asks. */
  may(text: string, { of, on = {}, owner = "run", names }: Asked): boolean {
    const isPrompt = of === "of a prompt";
    return needsOf(text).every(({ action, noun }) => {
      const places = on[noun] ?? ["own"];
      if (action === "signed in") return true;
      if (action === "someone") return this.isOneOf(noun.split(" or "), names);
      if (noun === "the resource")
        return owner === "nobody" ? this.managesAll : this.has(action, ["experiment"], "own");
      if (action === "create") return noun === "prompt" ? true : this.createsOne(noun, isPrompt);
      if (action === "create in trace")
        return (
          (this.has("update", ["experiment"], "own") || this.has("update", ["trace"], "own")) && !this.denies(noun)
        );
      // Where nothing is granted on assessments, who may change the experiment may delete them.
      if (action === "delete" && noun === "assessment")
        return this.isGrantedAll(noun) ? this.has(action, [noun], "own") : this.has("update", ["experiment"], "own");
      if (action === "create inside") return this.allows("update", "experiment", "own", false) && !this.denies(noun);
      if (action === "not denied") return !this.denies(chainOf(noun, isPrompt)[0]!);
      if (noun === "all of an experiment")
        return (
          this.has(action, ["experiment"], "own") && all.every((type) => this.has(action, [type, "experiment"], "own"))
        );
      if (noun === "what the artifact belongs to")
        return owner === "nobody" ? this.managesAll : this.allows(action, owner, "own", false);
      return places.every((place) => this.allows(action, noun, place, isPrompt));
    });
  }

  /** Whether the caller is told of grants on a place: of all of them, or of their own. */
  knowsGrants = (place: Where) =>
    this.defaults.grantsAreRoles && (this.managesAll || kindOf(this.caller)[place] !== undefined);

  /** Whether the caller may ask for a list of roles. */
  get hasRoles(): boolean {
    return this.defaults.grantsAreRoles || this.managesAll;
  }

  private isOneOf(named: string[], names: Example["names"]): boolean {
    if (kindOf(this.caller).signIn === "admin") return true;
    if (named.includes("workspace manager") && this.managesAll) return true;
    return named.includes("the user") && (names === "oneself" || names === this.caller);
  }

  private createsOne = (noun: string, isPrompt: boolean) =>
    this.creates(noun === "experiment" ? noun : isPrompt ? "prompt" : "registered_model");
}

function chainOf(noun: string, isPrompt: boolean): string[] {
  const chain = chains[noun];
  if (!chain) throw new Error(`No meaning is known for ${noun}`);
  return isPrompt ? chain.map((type) => type.replace("registered_model", "prompt")) : chain;
}

const someone = /^(admin|workspace manager|(the user|who has the role)( or workspace manager)?)$/;

interface Need {
  action: string;
  noun: string;
}

const singular = (noun: string) => noun.trim().replace(/s$/, "");

/** A rule's text in parts: `update run and logged models` is two. */
export function needsOf(text: string): Need[] {
  return text.split(", ").flatMap((part): Need[] => {
    if (part === "open" || part === "signed in" || part === "shows what may be read")
      return [{ action: "signed in", noun: "" }];
    if (someone.test(part)) return [{ action: "someone", noun: part }];
    const [, inside] = /^create (\w+) in experiment$/.exec(part) ?? [];
    if (inside) return [{ action: "create inside", noun: inside }];
    const [, ofTrace] = /^create (\w+) in trace$/.exec(part) ?? [];
    if (ofTrace) return [{ action: "create in trace", noun: ofTrace }];
    if (part === "delete experiment with all it has") return [{ action: "delete", noun: "all of an experiment" }];
    const [, undenied] = /^(\w+) not denied$/.exec(part) ?? [];
    if (undenied) return [{ action: "not denied", noun: singular(undenied) }];
    const [, action, nouns] = /^(\w+) (.+)$/.exec(part) ?? [];
    if (!action || !nouns || !(action in needed || action === "create"))
      throw new Error(`No meaning is known for ${text}`);
    return nouns.split(/ and | or /).map((noun) => ({ action, noun: singular(noun) }));
  });
}
