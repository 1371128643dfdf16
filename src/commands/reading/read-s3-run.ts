import { UsageError } from "../../errors.js";
import { readPasswordFile } from "../../identity/password.js";
import type { MemberSelection } from "../../readers/archive/archive.js";
import { createArchiveSequence } from "../../readers/archive/sequence.js";
import type { ArchiveSequence } from "../../readers/archive/sequence.js";
import { describePlan } from "../../readers/archive/plan.js";
import { extractMembers } from "../../readers/members/extract.js";
import { readExportManifest, shardOf, writeExportItems } from "../../readers/items/export.js";
import { findObjects } from "../../readers/objects/find.js";
import { fillKeyTemplate, formatDay } from "../../readers/objects/key-template.js";
import { requirePassword } from "../../readers/rows/settings.js";
import { findPartitions } from "../../readers/rows/partitions.js";
import { selectRows, settleColumns, writeRows } from "../../readers/rows/read.js";
import type { RowSettings, RowTally } from "../../readers/rows/read.js";
import { createRowEncoder } from "../../readers/rows/formats.js";
import { encodedInThread, openRowWriter } from "../../readers/rows/writer.js";
import type { RowFormat } from "../../readers/rows/encoder.js";
import type { S3StoreOptions } from "../../readers/s3/client.js";
import { createKeptRanges } from "../../readers/s3/kept-ranges.js";
import type { KeptRanges } from "../../readers/s3/kept-ranges.js";
import { createPersistentStore } from "../../readers/s3/persistent-store.js";
import type { PersistentStore } from "../../readers/s3/persistent-store.js";
import { withItemDocument } from "../../readers/items/spooled-document.js";
import { createSpanReader, readAheadFor } from "../../readers/archive/spans.js";
import type { SpanReader } from "../../readers/archive/spans.js";
import { writeRaw } from "../../readers/members/raw.js";
import type { CommandOutput } from "../command.js";
import { createCredentialSource } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { leastPrivilegeOf } from "./read-s3-request.js";
import type { ReadS3Input } from "./read-s3-request.js";
import { collectGarbageLessOften } from "./garbage.js";
import { endpointOf } from "../sources/service-endpoint.js";
import { runReading } from "./options.js";
import type { ReadingContext } from "./options.js";
import { contentTypeOf, openPlace, resolveS3Access } from "./s3-access.js";

interface Run {
  readonly input: ReadS3Input;
  readonly invocation: Invocation;
  readonly store: PersistentStore;
  readonly sequence: ArchiveSequence;
  readonly spans: SpanReader;
  readonly kept: KeptRanges;
  readonly rows: RowSettings;
  readonly tally: RowTally;
  readonly context: ReadingContext;
}

export async function runReadS3(input: ReadS3Input, invocation: Invocation): Promise<CommandOutput> {
  const transfer = { requests: 0, retries: 0, bytesReceived: 0 };
  const tally: RowTally = { rows: 0, bytes: 0, members: 0, notes: [] };
  const plan = { totalBytes: undefined as number | undefined };
  const compression = "compression" in input.mode ? input.mode.compression : undefined;
  let resolved: Promise<S3StoreOptions> | undefined;
  const access = () => (resolved ??= resolveAccess(input, invocation));
  const { output } = input;
  const format = "format" in input.mode ? input.mode.format : undefined;
  const contentType = contentTypeOf(format, compression);
  const settings = {
    label: "read-s3",
    openOutput:
      output &&
      ((signal: AbortSignal) =>
        openPlace(output, { label: "read-s3", contentType, access, tally: transfer, signal }, invocation)),
    compression,
    progress: input.progress,
  };
  const report = {
    snapshot: () => ({
      done: transfer.bytesReceived,
      total: plan.totalBytes,
      unit: "bytes" as const,
      detail: tally.members === 0 ? undefined : `member ${tally.members}`,
    }),
    summary: () => ({
      ...(input.mode.kind === "rows" ? { rows: tally.rows } : {}),
      ...(input.mode.kind === "dynamodb-export" ? { items: tally.rows } : {}),
      ...transfer,
      bytes: tally.bytes,
      notes: tally.notes,
    }),
  };
  const onTotal = (bytes: number) => {
    plan.totalBytes = bytes;
  };
  collectGarbageLessOften();
  return runReading(settings, invocation, report, async (context) => {
    const ended = new AbortController();
    const signal = AbortSignal.any([context.signal, ended.signal]);
    const [{ createS3Store }, options] = await Promise.all([import("../../readers/s3/sdk-store.js"), access()]);
    const s3 = createS3Store(options);
    const store = createPersistentStore(s3, { stallMs: input.readTimeoutMs, random: Math.random }, transfer, signal);
    try {
      await read({ input, invocation, store, tally, context }, onTotal);
    } finally {
      // Cancel unused read-ahead, which would keep the process alive.
      ended.abort();
      s3.close();
    }
  });
}

async function read(
  started: Omit<Run, "sequence" | "spans" | "kept" | "rows">,
  onTotal: (bytes: number) => void,
): Promise<void> {
  const { input, store, tally } = started;
  const { mode } = input;
  if (mode.kind === "dynamodb-export") return writeExport(started, mode);
  const selection = withPassword(started);
  const { objects: found, missingDays } = await findObjects(input.query, store);
  const { objects, settings: rows } = findPartitions(found, input.rows);
  if (missingDays.length > 0) tally.notes.push(`no data for ${missingDays.map(formatDay).join(", ")}`);
  const sequence = createArchiveSequence(objects, selection, store, { shard: input.shard, onTotal });
  const kept = createKeptRanges(store);
  const spans = createSpanReader(sequence.spans(), kept, readAheadFor(input.rows.limit));
  const run: Run = { ...started, rows, sequence, spans, kept };
  try {
    await perform(run, mode, objects.length > 1);
  } finally {
    await kept.close();
  }
}

/** Adds the password of `--archive-password-file`. @throws IdentityError `ERR_PASSWORD` */
function withPassword({ input, invocation }: Pick<Run, "input" | "invocation">): MemberSelection {
  const path = input.options["archive-password-file"];
  if (path === undefined) return input.selection;
  const file = { value: path, origin: { kind: "flag", setting: "archive-password-file" } } as const;
  return { ...input.selection, password: requirePassword(readPasswordFile(file, invocation.homeDirectory)) };
}

async function perform(
  run: Run,
  mode: Exclude<ReadS3Input["mode"], { readonly kind: "dynamodb-export" }>,
  severalObjects: boolean,
): Promise<void> {
  const { sequence, spans, tally, context } = run;
  switch (mode.kind) {
    case "rows":
      return writeAllRows(run, mode.format);
    case "raw":
      return writeRaw(sequence, spans, context.sink, tally);
    case "extract":
      return extractMembers(sequence, spans, mode.folder, {
        tally,
        severalObjects,
        signal: context.signal,
      });
    case "dry-run":
      return showPlan(run, mode.format);
  }
}

async function writeAllRows({ rows, invocation, kept, sequence, spans, tally, context }: Run, format: RowFormat) {
  // NDJSON names the columns in each row, so members may have different columns, and none must be known first.
  const columns = await settleColumns(sequence, kept, rows, format !== "ndjson", tally);
  const terminalColumns = invocation.stdout.isTTY === true ? invocation.stdout.columns : undefined;
  const pool = encodedInThread.has(format)
    ? (await import("../../readers/rows/threads/pool.js")).openEncoderPool(context.signal)
    : undefined;
  try {
    await writeRows(selectRows(sequence, spans, rows, columns, tally), columns, (written) =>
      openRowWriter(format, written, context.sink, { terminalColumns, pool }),
    );
  } finally {
    await pool?.close();
  }
}

async function writeExport(
  { input, invocation, store, tally, context }: Omit<Run, "sequence" | "spans" | "kept" | "rows">,
  { format, style }: Extract<ReadS3Input["mode"], { kind: "dynamodb-export" }>,
): Promise<void> {
  const { query, rows } = input;
  if (query.kind === "globs") {
    throw new UsageError("ERR_CONFLICT", "--dynamodb-export reads one export, and a glob may name several", {
      hints: ["give the export's prefix or its manifest-summary.json"],
    });
  }
  const location =
    query.kind === "keys"
      ? query.locations[0]
      : { bucket: query.bucket, key: fillKeyTemplate(query.template, { folder: query.folder, day: query.days[0] }) };
  if (location === undefined) return;
  const description = shardOf(await readExportManifest(location, store), input.shard);
  const selection = { wanted: () => true, maxExpansion: input.selection.maxExpansion };
  const sequence = createArchiveSequence(description.files, selection, store);
  const spans = createSpanReader(sequence.spans(), store);
  const terminalColumns = invocation.stdout.isTTY === true ? invocation.stdout.columns : undefined;
  const spool = { format, columns: rows.columns, terminalColumns, signal: context.signal };
  await withItemDocument(context.sink, spool, (document) =>
    writeExportItems(sequence, spans, description, { style, document, limit: rows.limit }, tally),
  );
}

async function showPlan({ sequence, spans, tally, context, invocation }: Run, format: RowFormat): Promise<void> {
  const { columns, batches } = describePlan(sequence, spans, tally);
  const terminalColumns = invocation.stdout.isTTY === true ? invocation.stdout.columns : undefined;
  const encoder = await createRowEncoder(format, columns, { terminalColumns });
  for await (const batch of batches) await context.sink.write(encoder.encode(batch));
  await context.sink.write(encoder.finish());
}

/** Resolves the credentials and the endpoint, once for reading and writing. */
async function resolveAccess(input: ReadS3Input, invocation: Invocation): Promise<S3StoreOptions> {
  const { options } = input;
  const source =
    options["no-sign-request"] === true
      ? undefined
      : await createCredentialSource({ options, leastPrivilege: leastPrivilegeOf(input) }, invocation);
  const requesterPays = options["requester-pays"] === true;
  return resolveS3Access(
    { source, options, endpoint: endpointOf(options), requesterPays, timeoutMs: input.readTimeoutMs },
    invocation,
  );
}
