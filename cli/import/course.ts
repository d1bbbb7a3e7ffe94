/** How far an import has come: what is whole, and where it stopped. */
import { few } from "./local-artifacts.ts";
import { Unsure } from "./target.ts";

export class Course {
  /** Why it stopped before its end. */
  failure: unknown;
  private readonly whole: string[] = [];
  private current: string | undefined;
  /** Written, and not committed. */
  private held: string[] = [];
  private later: readonly string[] = [];
  private ahead: readonly string[] = [];

  /** @param names of what is to come, for people */
  plan(names: readonly string[]): void {
    this.ahead = names;
  }

  begin(name: string): void {
    this.current = name;
    this.later = this.later.filter((other) => other !== name);
    this.ahead = this.ahead.filter((other) => other !== name);
  }

  /** What was begun last is gone on with later. */
  postpone(): void {
    if (this.current !== undefined) this.later = [...this.later, this.current];
    this.current = undefined;
  }

  /** Of what was begun last, whose transaction goes on with others. */
  hold(): void {
    if (this.current !== undefined) this.held.push(this.current);
    this.current = undefined;
  }

  /** All that was held is committed. */
  committed(): void {
    this.whole.push(...this.held);
    this.held = [];
  }

  /** Of what was begun last: what could not come is told as a conflict. */
  end(isWhole: boolean): void {
    if (isWhole && this.current !== undefined) this.whole.push(this.current);
    this.current = undefined;
  }

  /** Empty where it came to its end. */
  text(): string {
    if (this.failure === undefined) return "";
    const current = [...this.held, ...(this.current === undefined ? [] : [this.current])];
    const undone = this.failure instanceof Unsure ? "Whole or undone, which is not known" : "Undone";
    return [
      "The import stopped before its end.",
      listed("Whole", this.whole),
      listed(undone, current),
      listed("Not reached", [...this.later, ...this.ahead]),
      "Files that were uploaded for what was undone stay in the storage, where nothing shows them. Run the command again: it goes on from here.",
    ].join("\n");
  }
}

const listed = (what: string, names: readonly string[]) =>
  `- ${what}: ${names.length > 0 ? few(names).join(", ") : "nothing"}.`.replace(/\.\.$/, ".");
