import { UsageError } from "../../errors.js";
import { kernelCode } from "./code.js";

/**
 * The inner loops of reading CSV and items and of writing rows, in WebAssembly with 16-byte vectors: see kernel/ at the root of the
 * repository. Addresses and lengths are in bytes of its own memory.
 */
export interface Kernel {
  readonly memory: WebAssembly.Memory;

  // kernel/csv-scan.ts
  readonly position: WebAssembly.Global;
  readonly fields: WebAssembly.Global;
  readonly rows: WebAssembly.Global;
  readonly line: WebAssembly.Global;
  readonly irregulars: WebAssembly.Global;
  readonly rowFields: WebAssembly.Global;
  setDialect(delimiter: number, quote: number): void;
  setArrays(starts: number, ends: number, rowLines: number, irregular: number): void;
  beginBatch(at: number): void;
  scanRows(filled: number, final: boolean, width: number): number;
  dropFields(from: number): void;
  addNull(): void;
  keepRow(): void;
  passRow(): void;
  unquoteFields(): void;

  // kernel/encode-rows.ts
  setCells(bytes: number, starts: number, ends: number): void;
  cellBytes(count: number): bigint;
  encodeObjects(rows: number, width: number, columns: number, output: number, separated: boolean): number;
  encodeCsv(rows: number, width: number, output: number): number;

  // kernel/columns.ts
  readonly nulls: WebAssembly.Global;
  readonly plainBytes: WebAssembly.Global;
  readonly dictionaryBytes: WebAssembly.Global;
  readonly minStart: WebAssembly.Global;
  readonly minEnd: WebAssembly.Global;
  readonly maxStart: WebAssembly.Global;
  readonly maxEnd: WebAssembly.Global;
  setColumns(starts: number, ends: number, rows: number): void;
  dictionaryRoom(rows: number): number;
  setDictionary(at: number): void;
  gatherRows(from: number, to: number, width: number, first: number, textEnd: number): number;
  surveyColumn(column: number, rows: number): void;
  writeLevels(column: number, rows: number, output: number): number;
  writeCells(column: number, rows: number, offsets: number, output: number): number;
  writePlain(column: number, rows: number, output: number): number;
  buildDictionary(column: number, rows: number): number;
  writeDictionary(entries: number, output: number): number;
  writeIndexes(values: number, entries: number, output: number): number;

  // kernel/items.ts
  readonly itemsAt: WebAssembly.Global;
  readonly linesEnd: WebAssembly.Global;
  readonly itemCount: WebAssembly.Global;
  readonly notesEnd: WebAssembly.Global;
  setItemStyle(typed: boolean, stringNumbers: boolean, everyNumber: boolean, taggedSets: boolean): void;
  setItemNotes(from: number, to: number): void;
  convertItems(from: number, to: number, output: number, maxLines: number): number;
}

const pageBytes = 65_536;
/** The bytes that the kernel handles at once. */
export const vectorBytes = 16;

let compiled: WebAssembly.Module | undefined;
/** Memories are expensive: engines reserve gigabytes of address space for each. */
const idle: Kernel[] = [];

/** Returns a kernel for exclusive use until `returnKernel`. */
export function borrowKernel(): Kernel {
  const kernel = idle.pop();
  if (kernel !== undefined) return kernel;
  try {
    compiled ??= new WebAssembly.Module(Buffer.from(kernelCode, "base64"));
    return new WebAssembly.Instance(compiled).exports as unknown as Kernel;
  } catch (error) {
    throw new UsageError("ERR_NOT_AVAILABLE", `WebAssembly cannot start: ${(error as Error).message}`, {
      hints: [
        'when the address space is limited ("ulimit -v"), lift the limit or set NODE_OPTIONS=--disable-wasm-trap-handler',
        "when Node.js runs with --jitless, leave that out",
      ],
      cause: error,
    });
  }
}

/** Rounds up to whole vectors and adds two for reads and writes beyond the end. */
export function inVectors(bytes: number): number {
  return (Math.ceil(bytes / vectorBytes) + 2) * vectorBytes;
}

/** Makes the kernel available to others. Views of its memory must not be used afterwards. */
export function returnKernel(kernel: Kernel): void {
  if (!idle.includes(kernel)) idle.push(kernel);
}

/** Grows the memory to at least `bytes`. Earlier views of the memory may become empty. */
export function reserveMemory({ memory }: Kernel, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}
