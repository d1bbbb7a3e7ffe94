/** Milliseconds to the answer of a GET; undefined where there is none within `limit` milliseconds. */
export async function timeOf(url: string, limit: number): Promise<number | undefined> {
  const started = performance.now();
  const answer = await fetch(url, { signal: AbortSignal.timeout(limit) }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer && Math.round(performance.now() - started);
}
