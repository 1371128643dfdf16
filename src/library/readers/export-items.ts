import { createArchiveSequence } from "../../readers/archive/sequence.js";
import { readExportManifest, shardOf, writeExportItems } from "../../readers/items/export.js";
import type { ItemStyle } from "../../readers/items/transcode.js";
import { requireAtLeast } from "../../readers/option-values.js";
import { parseObjectUrl } from "../../readers/objects/query.js";
import { createPulledSink } from "../../readers/output/pulled-sink.js";
import type { PulledSink } from "../../readers/output/pulled-sink.js";
import { parseMemberOptions, parseReadTimeout } from "../../readers/rows/settings.js";
import { createSpanReader } from "../../readers/archive/spans.js";
import { parseItemForm, parseItemLines } from "./item-lines.js";
import { requireShard, wholeShard } from "../../readers/shard.js";
import type { Shard } from "../../readers/shard.js";
import { openReading } from "./open-reading.js";
import type { Reading } from "./open-reading.js";
import { inReaderWords } from "./connection.js";
import { readTableExportOptionNames } from "../option-names.js";
import { refuseKeys, refuseMissing, refuseUnknown } from "../refuse-options.js";
import type { Item, ReadTableExportOptions } from "./options.js";

/** Implements `readTableExport`, in batches; loaded at the first call. */
export function readExportBatches(options: ReadTableExportOptions): AsyncGenerator<Iterable<Item>, void, undefined> {
  return inReaderWords(readBatches(options));
}

async function* readBatches(options: ReadTableExportOptions): AsyncGenerator<Iterable<Item>, void, undefined> {
  refuseKeys(options);
  refuseUnknown(options, readTableExportOptionNames);
  refuseMissing(options, ["url", "credentials"]);
  const style = parseItemForm(options);
  const location = parseObjectUrl(options.url);
  const limit = requireAtLeast("limit", 0, options.limit ?? Number.POSITIVE_INFINITY, 10);
  const shard = options.shard === undefined ? wholeShard : requireShard(options.shard);
  const reading = openReading(options, parseReadTimeout(options.readTimeoutSeconds));
  const sink = createPulledSink();
  const refuseWrites = () => sink.close(reading.signal.reason);
  reading.signal.addEventListener("abort", refuseWrites, { once: true });
  const work = writeItems(location, reading, sink, { style, limit, shard }).then(sink.end, sink.fail);
  try {
    for await (const lines of sink.pieces()) yield parseItemLines(lines);
  } finally {
    reading.end();
    await work;
  }
}

async function writeItems(
  location: ReturnType<typeof parseObjectUrl>,
  { store }: Reading,
  sink: PulledSink,
  { style, limit, shard }: { readonly style: ItemStyle; readonly limit: number; readonly shard: Shard },
): Promise<void> {
  const description = shardOf(await readExportManifest(location, store), shard);
  const everything = { ...parseMemberOptions({}), wanted: () => true };
  const sequence = createArchiveSequence(description.files, everything, store);
  const spans = createSpanReader(sequence.spans(), store);
  const document = { write: (lines: Uint8Array) => sink.write(lines), finish: () => Promise.resolve() };
  await writeExportItems(sequence, spans, description, { style, document, limit }, { rows: 0, bytes: 0, members: 0 });
}
