/**
 * Maps a sequence with up to `ahead` results in flight and yields them in order. A failure is thrown in place of its
 * result. When the consumer stops early, results in flight are neither cancelled nor awaited.
 */
export async function* mapAhead<T, R>(
  values: AsyncIterable<T> | Iterable<T>,
  ahead: number,
  start: (value: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const pending: Promise<R>[] = [];
  for await (const value of values) {
    const result = start(value);
    // The promise is awaited later; until then its failure must not count as unhandled.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= ahead) yield pending.shift() as Promise<R>;
  }
  while (pending.length > 0) yield pending.shift() as Promise<R>;
}
