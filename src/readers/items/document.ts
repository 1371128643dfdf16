import { createReadStream } from "node:fs";
import type { ByteSink } from "../output/byte-sink.js";
import { createRowEncoder } from "../rows/formats.js";
import type { RowFormat } from "../rows/encoder.js";
import type { Column } from "../rows/batch.js";
import { createColumnFinder } from "./columns.js";
import { createItemRows } from "./rows.js";

/** An output document of items: takes lines and writes the requested format. */
export interface ItemDocument {
  /** @param lines Items, one JSON object per line, complete lines only. */
  write(lines: Uint8Array): Promise<void>;
  /** Writes the rest. Call this once, at the end. */
  finish(): Promise<void>;
}

export type DocumentForm = "ndjson" | "json" | { readonly rows: RowFormat; readonly columns: readonly Column[] };

export async function openItemDocument(
  form: DocumentForm,
  sink: ByteSink,
  terminalColumns?: number,
): Promise<ItemDocument> {
  if (form === "ndjson") return { write: (lines) => sink.write(lines), finish: () => Promise.resolve() };
  if (form === "json") return jsonDocument(sink);
  const encoder = await createRowEncoder(form.rows, form.columns, { terminalColumns });
  const toRows = createItemRows(form.columns);
  return {
    write: (lines) => sink.write(encoder.encode(toRows(lines))),
    finish: () => sink.write(encoder.finish()),
  };
}

function jsonDocument(sink: ByteSink): ItemDocument {
  let lead = "[\n";
  return {
    async write(lines) {
      if (lines.length === 0) return;
      const items = Buffer.from(lines.buffer, lines.byteOffset, lines.length - 1).toString("latin1");
      const text = lead + items.replaceAll("\n", ",\n");
      lead = ",\n";
      await sink.write(Buffer.from(text, "latin1"));
    },
    finish: () => sink.write(Buffer.from(lead === "[\n" ? "[]\n" : "\n]\n")),
  };
}

/** Chooses the format of a document. For rows without given columns, a first pass over the files finds them. */
export async function chooseForm(
  format: RowFormat,
  files: readonly string[],
  columns: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<DocumentForm> {
  if (format === "ndjson" || format === "json") return format;
  const finder = createColumnFinder(columns);
  for await (const lines of wholeLines(files, signal)) finder.look(lines);
  return { rows: format, columns: finder.columns() };
}

/** Copies files of items, in order, into one document. */
export async function copyFiles(files: readonly string[], document: ItemDocument, signal: AbortSignal): Promise<void> {
  for await (const lines of wholeLines(files, signal)) await document.write(lines);
  await document.finish();
}

/** Reads the files in chunks that end at a line end. */
async function* wholeLines(files: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    let rest: Uint8Array = new Uint8Array(0);
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024, signal })) {
      const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end > 0) yield bytes.subarray(0, end);
      rest = bytes.subarray(end);
    }
  }
}
