import { MlflowError } from "../errors.ts";

/**
 * Runs at most so many at once; others wait in the order they came.
 */
export class Few {
  private running = 0;
  private readonly waiting: { of: string; start: () => void }[] = [];

  /**
   * @param atOnce how many run at the same time
   * @param mostWaiting of all, and a quarter of it for each source
   */
  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
  ) {}

  /**
   * @param of the source of the work, which may fill only a part of the places
   * @throws MlflowError REQUEST_LIMIT_EXCEEDED where too many wait already
   */
  async run<T>(of: string, work: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running++;
    else await this.turn(of);
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next.start();
      else this.running--;
    }
  }

  private async turn(of: string): Promise<void> {
    const same = this.waiting.filter((waiter) => waiter.of === of).length;
    if (this.waiting.length >= this.mostWaiting || same >= this.mostWaiting / 4) throw tooMany();
    await new Promise<void>((start) => {
      this.waiting.push({ of, start });
    });
  }
}

const tooMany = () => new MlflowError("REQUEST_LIMIT_EXCEEDED", "Too many sign in at the moment. Try again.");
