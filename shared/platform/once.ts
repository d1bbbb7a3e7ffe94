/**
 * Remembers the answer of `make`, which runs with the first call; those that come meanwhile share it. A failure is not
 * remembered: the next call tries again.
 */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
