import { UsageError } from "../../errors.js";
import { kernelCode } from "./code.js";

/**
 * The inner loops of reading CSV and of writing rows, in WebAssembly with vectors of 16 bytes: see kernel/ at the
 * project's root. Addresses and lengths are in bytes of its own memory.
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
}

const pageBytes = 65_536;
/** What the kernel may read or write beyond the end of anything. */
export const vectorBytes = 16;

let compiled: WebAssembly.Module | undefined;
/** Memories are dear: engines set aside address space of gigabytes for each. */
const idle: Kernel[] = [];

/** A kernel that nobody else uses until it is given back. */
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

/** Whole vectors, and one more for those that are read and written beyond the end. */
export function inVectors(bytes: number): number {
  return (Math.ceil(bytes / vectorBytes) + 1) * vectorBytes;
}

/** Every view of the kernel's memory becomes somebody else's. */
export function returnKernel(kernel: Kernel): void {
  if (!idle.includes(kernel)) idle.push(kernel);
}

/** Makes room for addresses below `bytes`. Views of the memory that were made before may be empty afterwards. */
export function reserveMemory({ memory }: Kernel, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}
