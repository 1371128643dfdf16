import { vectorBytes } from "../kernel/borrow.js";
import type { Column, RowBatch } from "./batch.js";
import type { RowEncoder } from "./encoder.js";
import { RowKernel } from "./encoding-kernel.js";

const nothing = new Uint8Array(0);
/** A byte takes up to six as `\u00XX`. */
const maxEscape = 6;
/** Braces, separator and line feed. */
const bytesAroundRow = 6;
/** `null`, or the closing quote. */
const bytesAroundCell = 4;

/** Writes one JSON object per line, with keys in column order and null cells as `null`. */
export function createNdjsonEncoder(columns: readonly Column[]): RowEncoder {
  const { encodeRows, close } = createObjectEncoder(columns, false);
  return {
    encode: encodeRows,
    finish() {
      close();
      return nothing;
    },
  };
}

/** Writes one JSON array with an object on each line. */
export function createJsonEncoder(columns: readonly Column[]): RowEncoder {
  const { encodeRows, close } = createObjectEncoder(columns, true);
  let opened = false;
  return {
    encode(batch) {
      if (batch.rows === 0) return nothing;
      const rows = encodeRows(batch);
      if (opened) return rows;
      opened = true;
      // The first row must not begin with a separator.
      return Buffer.concat([Buffer.from("[\n"), rows.subarray(2)]);
    },
    finish() {
      close();
      return Buffer.from(opened ? "\n]\n" : "[]\n");
    },
  };
}

/**
 * Writes each row as a JSON object. If separated, a comma and a line feed precede each row; otherwise a line feed ends
 * it.
 */
function createObjectEncoder(columns: readonly Column[], separated: boolean) {
  const quoted = columns.map(
    ({ type }) => type === "text" || type === "date" || type === "timestamp" || type === "datetime",
  );
  const keys = columns.map(({ name }, index) =>
    Buffer.from(`${index === 0 ? "{" : ","}${JSON.stringify(name)}:${quoted[index] === true ? '"' : ""}`),
  );
  const kernel = new RowKernel(layOutKeys(keys, quoted));
  const bytesOfRow = keys.reduce((sum, key) => sum + key.length + bytesAroundCell, bytesAroundRow);
  const expansion = { bytesOfRow, timesCells: maxEscape };
  return {
    encodeRows: (batch: RowBatch): Uint8Array =>
      kernel.encode(batch, expansion, (code, columnsAt, output) =>
        code.encodeObjects(batch.rows, batch.width, columnsAt, output, separated),
      ),
    close: () => kernel.close(),
  };
}

/** Writes a table of triples (offset of the key, its length, whether the cell is a string), followed by the keys. */
function layOutKeys(keys: readonly Uint8Array[], quoted: readonly boolean[]): Uint8Array {
  const table = new Uint32Array(keys.length * 3);
  const padded: Uint8Array[] = [];
  let at = Math.ceil(table.byteLength / vectorBytes) * vectorBytes;
  const gap = new Uint8Array(at - table.byteLength);
  for (const [index, key] of keys.entries()) {
    table.set([at, key.length, quoted[index] === true ? 1 : 0], index * 3);
    const whole = new Uint8Array(Math.ceil(key.length / vectorBytes) * vectorBytes);
    whole.set(key);
    padded.push(whole);
    at += whole.length;
  }
  return Buffer.concat([new Uint8Array(table.buffer), gap, ...padded]);
}
