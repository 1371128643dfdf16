import { UsageError } from "../../errors.js";
import { borrowKernel, inVectors, reserveMemory, returnKernel } from "../kernel/borrow.js";
import type { Kernel } from "../kernel/borrow.js";
import type { Cursor } from "./json-cursor.js";
import { formatUncommonNumber } from "./transcode.js";
import type { ItemStyle } from "./transcode.js";

const noteWords = 3;
const maxLines = 0x7fff_ffff;

/** Converts the items of one page in WebAssembly, some ten times as fast as {@link transcodeItem}: see kernel/items.ts. */
export class ItemKernel {
  readonly #kernel: Kernel;
  readonly #style: ItemStyle;
  readonly #outputAt: number;
  readonly #notesAt: number;

  /**
   * Copies the cursor's source.
   *
   * @returns undefined without WebAssembly
   */
  static open(cursor: Cursor, style: ItemStyle): ItemKernel | undefined {
    try {
      return new ItemKernel(borrowKernel(), cursor, style);
    } catch (error) {
      if (error instanceof UsageError) return undefined;
      throw error;
    }
  }

  private constructor(kernel: Kernel, { source, end }: Cursor, style: ItemStyle) {
    this.#kernel = kernel;
    this.#style = style;
    this.#outputAt = inVectors(end);
    this.#notesAt = 2 * this.#outputAt;
    // Numbers that need a note are longer than this on average.
    const notesTo = this.#notesAt + inVectors(end / 2);
    reserveMemory(kernel, notesTo);
    kernel.setItemNotes(this.#notesAt, notesTo);
    const memory = new Uint8Array(kernel.memory.buffer);
    memory.set(source.subarray(0, end));
    // Ends every loop that would run over the end.
    memory.fill(0, end, this.#outputAt);
    const { typed, numbers, sets } = style;
    kernel.setItemStyle(typed, numbers === "string", numbers !== "auto", sets === "tagged");
  }

  /**
   * Writes items as lines, from the cursor on, until the last or an unusual one.
   *
   * @returns `done` if no further item follows
   * @throws JsonFault
   */
  convert(cursor: Cursor, maxItems: number): { readonly items: number; readonly done: boolean } {
    const kernel = this.#kernel;
    const most = Math.min(maxItems, maxLines);
    const done = kernel.convertItems(cursor.at, cursor.end, this.#outputAt, most) === 1;
    const linesEnd = this.#placeNumbers();
    cursor.at = kernel.itemsAt.value;
    cursor.target.set(new Uint8Array(kernel.memory.buffer, this.#outputAt, linesEnd - this.#outputAt), cursor.length);
    cursor.length += linesEnd - this.#outputAt;
    return { items: kernel.itemCount.value, done };
  }

  /** Makes the kernel available to others. */
  close(): void {
    returnKernel(this.#kernel);
  }

  /** Writes the noted numbers as the style wants them, and closes the gaps. Returns the end of the lines. */
  #placeNumbers(): number {
    const { memory, notesEnd, linesEnd } = this.#kernel;
    const notes = new Uint32Array(memory.buffer, this.#notesAt, (notesEnd.value - this.#notesAt) / 4);
    const bytes = Buffer.from(memory.buffer);
    let kept = this.#outputAt;
    let from = kept;
    for (let index = 0; index < notes.length; index += noteWords) {
      const [start = 0, end = 0, source = 0] = notes.subarray(index, index + noteWords);
      const shown = formatUncommonNumber(bytes.toString("latin1", start + 1, end - 1), this.#style, source);
      if (shown === undefined) continue;
      bytes.copyWithin(kept, from, start);
      kept += start - from;
      kept += bytes.write(shown, kept, "latin1");
      from = end;
    }
    if (from === this.#outputAt) return linesEnd.value;
    bytes.copyWithin(kept, from, linesEnd.value);
    return kept + linesEnd.value - from;
  }
}
