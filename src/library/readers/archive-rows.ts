import { homedir } from "node:os";
import { readPasswordFile } from "../../identity/password.js";
import { createArchiveSequence } from "../../readers/archive/sequence.js";
import { findObjects } from "../../readers/objects/find.js";
import { formatDay } from "../../readers/objects/key-template.js";
import { parseObjectQuery } from "../../readers/objects/query.js";
import { findPartitions } from "../../readers/rows/partitions.js";
import { selectRows, settleColumns } from "../../readers/rows/read.js";
import type { RowTally } from "../../readers/rows/read.js";
import {
  parseMemberOptions,
  parseReadTimeout,
  parseRowSettings,
  requirePassword,
} from "../../readers/rows/settings.js";
import { listRows } from "../../readers/rows/objects.js";
import type { Row } from "../../readers/rows/objects.js";
import { createKeptRanges } from "../../readers/s3/kept-ranges.js";
import { createSpanReader, readAheadFor } from "../../readers/archive/spans.js";
import { requireShard, wholeShard } from "../../readers/shard.js";
import { openReading } from "./open-reading.js";
import type { ReadArchiveOptions } from "./options.js";
import { inReaderWords } from "./connection.js";
import { readArchiveOptionNames } from "../option-names.js";
import { refuseKeys, refuseMissing, refuseTogether, refuseUnknown } from "../refuse-options.js";

/** Implements `readArchive`, in batches; loaded at the first call. */
export function readRowBatches(options: ReadArchiveOptions): AsyncGenerator<Iterable<Row>, void, undefined> {
  return inReaderWords(readBatches(options));
}

async function* readBatches(options: ReadArchiveOptions): AsyncGenerator<Iterable<Row>, void, undefined> {
  refuseKeys(options);
  refuseUnknown(options, readArchiveOptionNames);
  refuseMissing(options, ["credentials"]);
  refuseTogether(options, [
    ["key", "folder"],
    ["key", "keyTemplate"],
    ["date", "from"],
    ["date", "to"],
  ]);
  const query = parseObjectQuery(options);
  const shard = options.shard === undefined ? wholeShard : requireShard(options.shard);
  const given = parseRowSettings({
    ...options,
    where: listOf(options.where),
    null: listOf(options.null),
    types: Object.entries(options.types ?? {}).map(([name, type]) => `${name}:${type}`),
  });
  const members = parseMemberOptions({
    member: listOf(options.member),
    exclude: listOf(options.exclude),
    maxExpansion: options.maxExpansion,
  });
  const password = readArchivePassword(options.archivePasswordFile);
  const selection = password === undefined ? members : { ...members, password };
  const timeoutMs = parseReadTimeout(options.readTimeoutSeconds);
  const reading = openReading(options, timeoutMs);
  const { store } = reading;
  const kept = createKeptRanges(store);
  const tally: RowTally = { rows: 0, bytes: 0, members: 0, notes: [] };
  const tellNotes = () => {
    for (const note of tally.notes.splice(0)) options.onNote?.(note);
  };
  try {
    const { objects: found, missingDays } = await findObjects(query, store);
    const { objects, settings } = findPartitions(found, given);
    if (missingDays.length > 0) tally.notes.push(`no data for ${missingDays.map(formatDay).join(", ")}`);
    const sequence = createArchiveSequence(objects, selection, store, { shard });
    const columns = await settleColumns(sequence, kept, settings, false, tally);
    tellNotes();
    const spans = createSpanReader(sequence.spans(), kept, readAheadFor(settings.limit));
    for await (const { columns: own, batch } of selectRows(sequence, spans, settings, columns, tally)) {
      tellNotes();
      yield listRows(own, batch);
    }
    tellNotes();
  } finally {
    reading.end();
    await kept.close();
  }
}

function readArchivePassword(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const file = { value: path, origin: { kind: "flag", setting: "archive-password-file" } } as const;
  return requirePassword(readPasswordFile(file, homedir()));
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}
