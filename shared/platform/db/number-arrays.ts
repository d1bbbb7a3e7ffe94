/** Arrays of numbers as values of statements, in PostgreSQL's binary form: neither side writes or reads digits. */

/** Fewer numbers are sent as text, which is made sooner than a buffer. */
const fewest = 8;

/** One of them. PostgreSQL takes its type from the statement, which has to name the same one: `${array}::int8[]`. */
export class NumberArray<T extends number | bigint = number | bigint> {
  private readonly type: number;
  private readonly numbers: readonly T[];
  private readonly put: (view: DataView, at: number, number: T) => void;

  constructor(type: number, numbers: readonly T[], put: (view: DataView, at: number, number: T) => void) {
    this.type = type;
    this.numbers = numbers;
    this.put = put;
  }

  /** What is sent; `pg` calls it by this name. */
  toPostgres(): Buffer | string {
    const { type, numbers, put } = this;
    if (numbers.length < fewest) return this.toString();
    const bytes = Buffer.allocUnsafe(20 + 12 * numbers.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // One dimension, no NULL, the type of an element, how many, and the place of the first.
    for (const [index, each] of [1, 0, type, numbers.length, 1].entries()) view.setInt32(4 * index, each);
    for (let index = 0, at = 20; index < numbers.length; index++, at += 12) {
      view.setInt32(at, 8);
      put(view, at + 4, numbers[index]!);
    }
    return bytes;
  }

  /** The same as text. */
  toString(): string {
    return `{${this.numbers.join(",")}}`;
  }
}

/** A value for `float8[]`. */
export const float8s = (numbers: readonly number[]) =>
  new NumberArray(701, numbers, (view, at, number) => view.setFloat64(at, number));

/** A value for `int8[]`. */
export const int8s = (numbers: readonly (number | bigint)[]) => new NumberArray(20, numbers, putInt8);

function putInt8(view: DataView, at: number, number: number | bigint): void {
  if (typeof number === "bigint") {
    view.setBigInt64(at, number);
  } else {
    view.setInt32(at, Math.floor(number / 2 ** 32));
    // What is above 32 bits is left out.
    view.setUint32(at + 4, number);
  }
}
