import { message, setting } from "../../message.js";
import type { Chunks } from "../compression/decompress.js";
import { inputError } from "../input-error.js";

/** Smaller members are never treated as decompression bombs. */
const harmlessBytes = 64 * 1024 * 1024;

/** Limits the expansion of each member and of all members of an object together. */
export class Expansion {
  readonly #maximum: number;
  /** Bytes of each member that was read: its compressed size, and how far it has been expanded. */
  readonly #members = new Map<string, { readonly compressed: number; expanded: number }>();
  #compressed = 0;
  #expanded = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  async *watch(input: Chunks, compressed: number, subject: string): Chunks {
    let member = this.#members.get(subject);
    if (member === undefined) {
      member = { compressed, expanded: 0 };
      this.#members.set(subject, member);
      this.#compressed += compressed;
    }
    let length = 0;
    for await (const chunk of input) {
      length += chunk.length;
      if (length > member.expanded) {
        this.#expanded += length - member.expanded;
        member.expanded = length;
      }
      if (this.#isBomb(length, compressed)) throw this.#refusal(subject, compressed);
      if (this.#isBomb(this.#expanded, this.#compressed)) throw this.#refusal(subject, this.#compressed);
      yield chunk;
    }
  }

  #isBomb(expanded: number, compressed: number): boolean {
    return expanded > harmlessBytes && expanded > compressed * this.#maximum;
  }

  #refusal(subject: string, compressed: number): Error {
    return inputError(subject, `it expands to more than ${this.#maximum} times its ${compressed} bytes`, [
      message`when it is meant to be that large, raise ${setting("max-expansion")}`,
    ]);
  }
}
