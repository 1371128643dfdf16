/**
 * Maps a sequence with up to `ahead` results under way at once, and yields them in order. A failure surfaces where its
 * result would have stood; what is still under way when the reader stops is left to end by itself.
 */
export async function* mapAhead<T, R>(
  values: AsyncIterable<T> | Iterable<T>,
  ahead: number,
  start: (value: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const pending: Promise<R>[] = [];
  for await (const value of values) {
    const result = start(value);
    // It is awaited later; until then its failure must not count as unhandled.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= ahead) yield pending.shift() as Promise<R>;
  }
  while (pending.length > 0) yield pending.shift() as Promise<R>;
}
