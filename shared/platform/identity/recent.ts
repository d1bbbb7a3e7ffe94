import { RecentlyUsed } from "../recently-used.ts";
import { Epoch } from "./epoch.ts";

interface Kept<T> {
  promise: Promise<T>;
  /** Once it is loaded. */
  loaded?: { value: T };
  /** On the clock of `performance.now()`. */
  at: number;
  epoch: number;
  isLoading: boolean;
  /** A load that begins when this one has ended. */
  next?: Promise<T>;
}

/**
 * What was loaded for each key a short while ago. Those that ask for a key while it is loaded share the answer. A
 * failure is not kept; of too many, those that were not asked for the longest go.
 */
export class Recent<T> {
  private readonly kept: RecentlyUsed<Kept<T>>;

  /**
   * @param maxAge in milliseconds
   * @param most how many to keep
   * @param rights what is kept ends with their epoch
   */
  constructor(
    private readonly load: (key: string) => Promise<T>,
    private readonly maxAge: number,
    most: number,
    private readonly rights = new Epoch(),
  ) {
    this.kept = new RecentlyUsed(most);
  }

  /** A promise only where it has to be loaded. */
  get(key: string): T | Promise<T> {
    const known = this.kept.get(key);
    if (!known || known.epoch !== this.rights.now || performance.now() - known.at > this.maxAge)
      return this.reload(key);
    return known.loaded ? known.loaded.value : known.promise;
  }

  /** The same, from a load that begins after the call. There is one load at a time for a key. */
  reload(key: string): Promise<T> {
    const known = this.kept.get(key);
    if (!known?.isLoading) return this.start(key);
    const begin = () => this.start(key);
    known.next ??= known.promise.then(begin, begin);
    return known.next;
  }

  private start(key: string): Promise<T> {
    const promise = this.load(key);
    const kept: Kept<T> = { promise, at: performance.now(), epoch: this.rights.now, isLoading: true };
    this.kept.set(key, kept);
    promise.then(
      (value) => {
        kept.isLoading = false;
        kept.loaded = { value };
      },
      () => {
        kept.isLoading = false;
        if (this.kept.get(key) === kept) this.kept.delete(key);
      },
    );
    return promise;
  }

  forget(key: string): void {
    this.kept.delete(key);
  }
}
