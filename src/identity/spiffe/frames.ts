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
  #held = Buffer.alloc(0);

  /** @throws WorkloadFault */
  push(chunk: Buffer): readonly Uint8Array[] {
    this.#held = Buffer.concat([this.#held, chunk]);
    const messages: Uint8Array[] = [];
    while (this.#held.length >= headBytes) {
      const length = this.#held.readUInt32BE(1);
      if (this.#held[0] !== 0) throw new WorkloadFault("protocol", "its message is compressed");
      if (length > maxMessageBytes) throw new WorkloadFault("protocol", `its message has ${length} bytes`);
      if (this.#held.length < headBytes + length) break;
      messages.push(this.#held.subarray(headBytes, headBytes + length));
      this.#held = this.#held.subarray(headBytes + length);
    }
    return messages;
  }
}
