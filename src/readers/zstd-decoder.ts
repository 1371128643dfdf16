import { Decompress } from "fzstd";

/** Decodes Zstandard frames in JavaScript, for Node.js releases whose zlib cannot. */
export async function* decodeZstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let decoded: Uint8Array[] = [];
  const decoder = new Decompress((piece) => decoded.push(piece));
  for await (const chunk of input) {
    decoder.push(chunk);
    yield* decoded;
    decoded = [];
  }
  decoder.push(new Uint8Array(0), true);
  yield* decoded;
}
