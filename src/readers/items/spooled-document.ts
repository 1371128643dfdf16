import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOutput } from "../../aws/files/open-output.js";
import type { ByteSink } from "../output/byte-sink.js";
import type { RowFormat } from "../rows/encoder.js";
import { chooseForm, copyFiles, openItemDocument } from "./document.js";
import type { ItemDocument } from "./document.js";

export interface SpoolOptions {
  readonly format: RowFormat;
  /** Attributes that become columns; undefined for all. */
  readonly columns: readonly string[] | undefined;
  readonly terminalColumns: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Passes a document for items to `work` and completes it. For a format with columns, the items are spooled to a
 * temporary file, because the columns are known only after the last item.
 */
export async function withItemDocument(
  sink: ByteSink,
  { format, columns, terminalColumns, signal }: SpoolOptions,
  work: (document: ItemDocument) => Promise<void>,
): Promise<void> {
  if (format === "ndjson" || format === "json") return work(await openItemDocument(format, sink));
  const folder = await mkdtemp(join(tmpdir(), "rolesanywhere-ts-items-"));
  try {
    const spool = await openOutput(join(folder, "items.ndjson"));
    try {
      await work({ write: (lines) => spool.write(lines), finish: () => spool.commit() });
    } finally {
      await spool.abort();
    }
    const form = await chooseForm(format, [spool.path], columns, signal);
    await copyFiles([spool.path], await openItemDocument(form, sink, terminalColumns), signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
