import type { CryptoKey, JSONWebKeySet, JWSHeaderParameters } from "jose";
import { MlflowError } from "../errors.ts";

/** In milliseconds. */
const usual = {
  /** How long keys are used without asking for them again. */
  maxAge: 12 * 3_600_000,
  /** How long keys are not asked for again, after an unknown key id or a failure had them asked for. */
  coolDown: 30_000,
  /** The same where there are none yet. */
  firstCoolDown: 1_000,
  timeLimit: 5_000,
};

type Find = (header?: JWSHeaderParameters) => Promise<CryptoKey>;

/**
 * The keys that an authority publishes at an address. They are asked for when they are first needed, when they are old,
 * and when a token names one that is not among them: one request at a time, and none shortly after the last. Keys are
 * kept where the authority does not answer.
 */
export class SigningKeys {
  private find: Find | undefined;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private coolUntil = Number.NEGATIVE_INFINITY;
  private fetching: Promise<void> | undefined;
  private failure: unknown;
  private readonly times: typeof usual;

  /** @param times other than the usual ones, in milliseconds */
  constructor(
    private readonly url: string,
    times: Partial<typeof usual> = {},
  ) {
    this.times = { ...usual, ...times };
  }

  /**
   * The key that a token's header names.
   * @throws JWKSNoMatchingKey of jose where it is not published, MlflowError where no keys can be had
   */
  async of(header: JWSHeaderParameters): Promise<CryptoKey> {
    if (!this.find || performance.now() - this.fetchedAt > this.times.maxAge) await this.refresh();
    const known = this.find;
    if (!known) throw unavailable(this.failure);
    const { errors } = await import("jose");
    try {
      return await known(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.refresh(this.times.coolDown);
      return (this.find ?? known)(header);
    }
  }

  /** @param coolDown after it, even if it succeeds */
  private async refresh(coolDown = 0): Promise<void> {
    if (this.fetching) return this.fetching;
    if (performance.now() < this.coolUntil) return;
    this.coolUntil = performance.now() + coolDown;
    this.fetching = this.fetch()
      .catch((error: unknown) => {
        this.failure = error;
        this.coolUntil = performance.now() + (this.find ? this.times.coolDown : this.times.firstCoolDown);
      })
      .finally(() => {
        this.fetching = undefined;
      });
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    const { createLocalJWKSet } = await import("jose");
    const signal = AbortSignal.timeout(this.times.timeLimit);
    const response = await fetch(this.url, { redirect: "error", signal });
    if (!response.ok) throw new Error(`${this.url} answered ${response.status}`);
    this.find = createLocalJWKSet((await response.json()) as JSONWebKeySet);
    this.fetchedAt = performance.now();
  }
}

const unavailable = (cause: unknown) =>
  new MlflowError("REQUEST_LIMIT_EXCEEDED", "The keys that tokens are checked with can't be had now.", { cause });
