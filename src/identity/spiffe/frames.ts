import { WorkloadFault } from "./faults.js";

const headBytes = 5;
/** Bytes; enough for hundreds of certificates. */
const maxMessageBytes = 16 * 1024 * 1024;

/** Prefixes a message for gRPC: not compressed, and its length. */
export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Joins pieces of any size into messages. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes of the frame that is coming in, as far as they are known. */
  #wanted = headBytes;

  /** @throws WorkloadFault */
  push(piece: Buffer): readonly Uint8Array[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const messages: Uint8Array[] = [];
    while (this.#length >= this.#wanted) {
      const held = Buffer.concat(this.#pieces);
      if (this.#wanted === headBytes) this.#wanted += readLength(held);
      if (held.length < this.#wanted) {
        this.#keep(held);
        break;
      }
      messages.push(held.subarray(headBytes, this.#wanted));
      this.#keep(held.subarray(this.#wanted));
      this.#wanted = headBytes;
    }
    return messages;
  }

  #keep(held: Buffer): void {
    this.#pieces = [held];
    this.#length = held.length;
  }
}

function readLength(head: Buffer): number {
  if (head[0] !== 0) throw new WorkloadFault("protocol", "its message is compressed");
  const length = head.readUInt32BE(1);
  if (length > maxMessageBytes) throw new WorkloadFault("protocol", `its message has ${length} bytes`);
  return length;
}
