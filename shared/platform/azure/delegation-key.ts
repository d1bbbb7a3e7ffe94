import { once } from "../once.ts";

const minute = 60_000;
const lifetime = 7 * 24 * 60 * minute;

/** Allowed clock difference between this server and storage. */
export const clockSkew = 5 * minute;

interface Expiring {
  signedExpiresOn: Date;
}

/**
 * User delegation keys of one account: fetched once for any number of concurrent callers, and used until they no longer
 * outlive the SAS to sign. Azure lets them live seven days.
 */
export class DelegationKeys<Key extends Expiring> {
  private readonly fetchKey: (from: Date, until: Date) => Promise<Key>;
  private current: (() => Promise<Key>) | undefined;
  private expires = 0;

  constructor(fetchKey: (from: Date, until: Date) => Promise<Key>) {
    this.fetchKey = fetchKey;
  }

  /** A key that outlives `until`, as far as seven days allow. */
  goodUntil(until: Date): Promise<Key> {
    const latest = Date.now() - clockSkew + lifetime;
    // A minute of tolerance, so that SAS at the seven-day limit do not each fetch a key of their own.
    const needed = Math.min(until.getTime(), latest - minute);
    if (!this.current || this.expires < needed) this.current = this.keyUntil(latest);
    return this.current();
  }

  private keyUntil(latest: number): () => Promise<Key> {
    this.expires = latest;
    const key = once(async () => {
      const fetched = await this.fetchKey(new Date(latest - lifetime), new Date(latest));
      if (this.current === key) this.expires = fetched.signedExpiresOn.getTime();
      return fetched;
    });
    return key;
  }
}
