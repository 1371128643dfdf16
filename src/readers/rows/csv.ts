import type { Column } from "./batch.js";
import type { RowEncoder } from "./encoder.js";
import { RowKernel } from "./encoding-kernel.js";

const nothing = new Uint8Array(0);

/**
 * Writes CSV according to RFC 4180 with a header line, but with `\n` line ends. A cell is quoted only when necessary.
 * Null and empty text both become an empty cell.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function createCsvEncoder(columns: readonly Column[]): RowEncoder {
  const kernel = new RowKernel(nothing);
  // Two quotes and a delimiter or line feed for each cell, and twice the bytes, since each may be a quote.
  const expansion = { bytesOfRow: Math.max(1, columns.length) * 3, timesCells: 2 };
  let header = encodeHeader(columns);
  return {
    encode(batch) {
      const rows = kernel.encode(batch, expansion, (code, _, output) =>
        code.encodeCsv(batch.rows, batch.width, output),
      );
      if (header.length === 0) return rows;
      const first = Buffer.concat([header, rows]);
      header = nothing;
      return first;
    },
    finish() {
      kernel.close();
      return header;
    },
  };
}

function encodeHeader(columns: readonly Column[]): Uint8Array {
  if (columns.length === 0) return nothing;
  const names = columns.map(({ name }) => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name));
  return Buffer.from(`${names.length === 1 && names[0] === "" ? '""' : names.join(",")}\n`);
}
