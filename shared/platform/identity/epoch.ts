/** Tells those who remember what callers may do that it was changed by this process. */
export class Epoch {
  private count = 0;

  /** What was remembered in another epoch is out of date. */
  get now(): number {
    return this.count;
  }

  changed(): void {
    this.count++;
  }
}
