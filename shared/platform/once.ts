/**
 * Remembers the answer of `make` for each key; those that ask meanwhile share it. A failure is not remembered: the next
 * call tries again. Answers are kept as long as the process lives, so there must be few keys.
 * @param keyOf what tells one argument from another; the argument itself where it is left out
 */
export function onceFor<Of, T>(
  make: (of: Of) => Promise<T>,
  keyOf: (of: Of) => unknown = (of) => of,
): (of: Of) => Promise<T> {
  const answers = new Map<unknown, Promise<T>>();
  return (of) => {
    const key = keyOf(of);
    const known = answers.get(key);
    if (known) return known;
    const made = make(of).catch((error: unknown) => {
      answers.delete(key);
      throw error;
    });
    answers.set(key, made);
    return made;
  };
}

/** The same for an answer that there is one of. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  const answer = onceFor<undefined, T>(make);
  return () => answer(undefined);
}

/** The same, and no promise once it is there. */
export function onceThere<T>(make: () => Promise<T>): () => T | Promise<T> {
  let there: { answer: T } | undefined;
  const answer = once(async () => {
    there = { answer: await make() };
    return there.answer;
  });
  return () => (there ? there.answer : answer());
}
