/** An example of a route's use, asked anew for each caller. */
import type { Caller } from "./callers.ts";
import type { Sent } from "./client.ts";
import type { ModelType, World } from "./world.ts";

/** What an example is given: the world, and things of the caller's own that only this request uses. */
export class Given {
  constructor(
    readonly world: World,
    readonly caller: Caller,
  ) {}

  get own() {
    return this.world.own;
  }

  get other() {
    return this.world.other;
  }

  /** In the scenario's own experiment. */
  aRun = () => this.world.aRun(this.own.experiment);

  aLoggedModel = () => this.world.aLoggedModel(this.own.experiment);

  aTrace = () => this.world.aTrace(this.own.experiment);

  /** On which the caller has what it has on the scenario's own experiment. */
  async anExperiment(): Promise<string> {
    const id = await this.world.anExperiment();
    await this.world.grantLikeOwn(this.caller, "experiment", id);
    return id;
  }

  /** On which the caller has what it has on the scenario's own model or prompt. */
  async aModel(type: ModelType = "registered_model"): Promise<string> {
    const name = await this.world.aModel(undefined, type);
    await this.world.grantLikeOwn(this.caller, type, name);
    return name;
  }

  /** Of the scenario's own model or prompt. */
  async aVersion(type: ModelType = "registered_model"): Promise<{ name: string; version: string }> {
    const name = type === "prompt" ? this.own.prompt : this.own.model;
    return { name, version: await this.world.aVersion(name) };
  }
}

/** One of the scenario's two places. */
export type Where = "own" | "other";

interface Shown {
  /** What has to be readable: `run`. */
  noun: string;
  /** What is asked for; both places unless told otherwise. */
  of?: Where[];
  /** All of it is shown or nothing. */
  together?: true;
  isPrompt?: true;
}

/** What stock does wrong, as one caller sees it where anyone may read by default. */
interface Hole {
  why: string;
  caller: Caller;
  stock: string;
  ours: string;
}

export interface Example {
  /** Method and path: `POST /api/2.0/mlflow/runs/create`. */
  at: string;
  /** What sets it apart from the route's other examples. */
  of?: string;
  /** The answer tells which of the scenario's things the caller sees. */
  shows?: Shown;
  /** What it needs beyond the route's rule, in the words of rules. */
  needs?: string;
  /** Which user it names, where it is one of the callers. */
  names?: "oneself" | Caller;
  /** Names nothing that is there. */
  absent?: true;
  /** Answers one thing of the scenario's own place, which has to be readable: `experiment`. */
  reads?: string;
  /** Where what the rule names lies, by the rule's words; its own place unless told otherwise. */
  on?: Record<string, Where[]>;
  /** What an artifact belongs to; a run unless told otherwise. */
  owner?: "run" | "logged model" | "nobody";
  /** Whoever asks, what is sent is no sign-in. */
  signsIn?: false;
  hole?: Hole;
  ask(given: Given): Promise<Sent> | Sent;
}

export const nameOf = ({ at, of }: Example) => (of ? `${at} (${of})` : at);
