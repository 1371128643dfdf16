import { Decompress } from "fzstd";
import { cutIntoPieces } from "../cut-into-pieces.js";
import { CompressionFault } from "../format-fault.js";
import { Xxh64 } from "./xxh64.js";
import type { ZstdFrame } from "./frame.js";

/** The decoder in JavaScript gives all that comes of a piece at once, at worst 32,768 times as much. */
const pieceBytes = 4 * 1024;

/** Decodes one Zstandard frame in JavaScript, for Node.js releases whose zlib cannot. */
export async function* decodeZstdFrame(
  input: AsyncIterable<Uint8Array>,
  frame: ZstdFrame,
): AsyncGenerator<Uint8Array, void, undefined> {
  let decoded: Uint8Array[] = [];
  const decoder = new Decompress((piece) => decoded.push(piece));
  const hash = new Xxh64();
  function* take() {
    const pieces = decoded;
    decoded = [];
    for (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  }
  for await (const chunk of cutIntoPieces(input, pieceBytes)) {
    push(decoder, chunk, false);
    yield* take();
  }
  push(decoder, new Uint8Array(0), true);
  yield* take();
  if (frame.checksum !== undefined && frame.checksum !== hash.lowerHalf()) {
    throw new CompressionFault("the data does not match its checksum");
  }
}

/** The decoder trusts what it reads: of damaged data it throws whatever it stumbles over. */
function push(decoder: Decompress, chunk: Uint8Array, final: boolean): void {
  try {
    decoder.push(chunk, final);
  } catch (cause) {
    throw new CompressionFault("a block cannot be decoded", cause);
  }
}
