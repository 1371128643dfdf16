export async function* cutIntoPieces(
  input: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length; at += mostBytes) yield chunk.subarray(at, at + mostBytes);
  }
}
