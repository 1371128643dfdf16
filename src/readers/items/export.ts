import { membersOf } from "../archive/sequence.js";
import type { ArchiveSequence } from "../archive/sequence.js";
import { transcodeItem } from "./transcode.js";
import type { ItemStyle } from "./transcode.js";
import type { FoundObject } from "../objects/found-object.js";
import type { ObjectLocation } from "../objects/query.js";
import { dealOut } from "../shard.js";
import type { Shard } from "../shard.js";
import { inputError } from "../input-error.js";
import { closeBrace, colon, comma, copyString, expect, JsonFault, openBrace, peek, put } from "./json-cursor.js";
import type { Cursor } from "./json-cursor.js";
import { formatLocation } from "../s3/object-store.js";
import type { PersistentStore } from "../s3/persistent-store.js";
import type { ItemDocument } from "./document.js";
import type { SpanReader } from "../archive/spans.js";

const summaryName = "manifest-summary.json";
const lineFeed = 0x0a;
/** An item has at most 400 KB, an incremental export two images of it, and DynamoDB JSON takes several times more. */
const maxLineBytes = 16 * 1024 * 1024;

/** A DynamoDB export to S3, as described by its manifests. */
export interface DynamoDbExport {
  readonly itemCount: number;
  /** The data files, each with its expected number of items. */
  readonly files: readonly (FoundObject & { readonly itemCount: number })[];
}

/**
 * Reads the two manifests of an export.
 *
 * @param location The export's folder, or its `manifest-summary.json`.
 * @throws UsageError `ERR_INPUT` when it is not a complete export in DynamoDB JSON.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export async function readExportManifest(location: ObjectLocation, store: PersistentStore): Promise<DynamoDbExport> {
  const { bucket } = location;
  const key = location.key.endsWith(".json") ? location.key : `${location.key.replace(/\/?$/, "/")}${summaryName}`;
  const place = formatLocation({ bucket, key });
  const summary = parseObject(await readWhole({ bucket, key }, store), place);
  const format = summary["outputFormat"];
  if (format !== "DYNAMODB_JSON") {
    throw inputError(place, `its outputFormat is ${JSON.stringify(format)}, expected "DYNAMODB_JSON"`, [
      format === "ION"
        ? "export the table again with --export-format DYNAMODB_JSON"
        : "name the export's folder, the one with manifest-summary.json in it",
    ]);
  }
  const filesKey = summary["manifestFilesS3Key"];
  if (typeof filesKey !== "string") {
    throw inputError(place, "it does not say where its files are (manifestFilesS3Key)", [
      "wait until the export is done",
    ]);
  }
  const filesPlace = { bucket, key: filesKey };
  const lines = (await readWhole(filesPlace, store)).toString("utf8").split("\n");
  const files = lines.filter((line) => line.trim() !== "").map((line) => parseFile(line, filesPlace));
  const itemCount = Number(summary["itemCount"]);
  const listed = files.reduce((sum, file) => sum + file.itemCount, 0);
  if (listed !== itemCount) {
    throw inputError(formatLocation(filesPlace), `its files have ${listed} items, expected ${itemCount} by ${place}`, [
      "the list of files is cut short or of another export: copy the export again, whole",
    ]);
  }
  return { itemCount, files };
}

/** The data files of one shard. */
export function shardOf({ files }: DynamoDbExport, shard: Shard): DynamoDbExport {
  const own = dealOut(files, shard);
  return { files: own, itemCount: own.reduce((sum, { itemCount }) => sum + itemCount, 0) };
}

function parseFile(line: string, place: ObjectLocation): DynamoDbExport["files"][number] {
  const { dataFileS3Key: key, itemCount } = parseObject(line, formatLocation(place));
  if (typeof key === "string" && Number.isSafeInteger(itemCount)) {
    return { bucket: place.bucket, key, listed: undefined, itemCount: itemCount as number };
  }
  throw inputError(formatLocation(place), "a line names no data file with its number of items", [
    "name the export's folder, the one with manifest-summary.json in it",
  ]);
}

async function readWhole(location: ObjectLocation, store: PersistentStore): Promise<Buffer> {
  const object = await store.open(location, 256 * 1024);
  if (object.size <= object.head.length) return Buffer.from(object.head);
  return Buffer.concat([object.head, await store.read(object, object.head.length, object.size)]);
}

function parseObject(text: Buffer | string, place: string): Record<string, unknown> {
  try {
    return JSON.parse(text.toString()) as Record<string, unknown>;
  } catch (cause) {
    throw inputError(
      place,
      "it is not JSON",
      ["name the export's folder, the one with manifest-summary.json in it"],
      cause,
    );
  }
}

export interface ExportTally {
  rows: number;
  bytes: number;
  members: number;
}

/**
 * Writes the items of an export's data files in the order of the manifest. A line of an incremental export keeps its
 * members `Keys`, `NewImage`, `OldImage` and `Metadata`, each as plain JSON.
 *
 * @throws UsageError `ERR_INPUT` when a file contains something else, or not as many items as the manifest states.
 */
export async function writeExportItems(
  sequence: ArchiveSequence,
  spans: SpanReader,
  description: DynamoDbExport,
  { style, document, limit }: { style: ItemStyle; document: ItemDocument; limit: number },
  tally: ExportTally,
): Promise<void> {
  for await (const member of membersOf(sequence, spans, { notes: [] })) {
    if (tally.rows >= limit) break;
    const before = tally.rows;
    const transcoder = createLineTranscoder(style, member.subject);
    for await (const chunk of member.read(spans)) {
      tally.bytes += chunk.length;
      const { lines, count } = transcoder.push(chunk, limit - tally.rows);
      tally.rows += count;
      await document.write(lines);
      if (tally.rows >= limit) break;
    }
    const { lines, count } = transcoder.push(new Uint8Array([lineFeed]), limit - tally.rows);
    tally.rows += count;
    await document.write(lines);
    const expected = description.files[tally.members]?.itemCount;
    tally.members++;
    if (tally.rows < limit && expected !== undefined && tally.rows - before !== expected) {
      throw inputError(member.subject, `found ${tally.rows - before} items, expected ${expected} by the manifest`, [
        "the file was changed after the export: export the table again",
      ]);
    }
  }
  await document.finish();
}

/** Converts the lines of a data file into lines of plain JSON. An incomplete line is kept until its end arrives. */
export function createLineTranscoder(style: ItemStyle, subject: string) {
  let rest: Uint8Array = new Uint8Array(0);
  let line = 0;
  return {
    push(chunk: Uint8Array, most: number): { readonly lines: Uint8Array; readonly count: number } {
      const source = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      const target = new Uint8Array(source.length + 1);
      let [at, length, count] = [0, 0, 0];
      for (let stop = source.indexOf(lineFeed); stop !== -1 && count < most; stop = source.indexOf(lineFeed, at)) {
        line++;
        const cursor: Cursor = { source, end: stop, at, target, length };
        if (peek(cursor) !== -1) {
          transcodeLine(cursor, style, `${subject}, line ${line}`);
          put(cursor, lineFeed);
          ({ length } = cursor);
          count++;
        }
        at = stop + 1;
      }
      rest = source.subarray(at);
      if (rest.length > maxLineBytes) throw notAnExport(`${subject}, line ${line + 1}`, "the line has no end");
      return { lines: target.subarray(0, length), count };
    },
  };
}

function transcodeLine(cursor: Cursor, style: ItemStyle, place: string): void {
  try {
    copyLine(cursor, style);
    if (peek(cursor) !== -1) throw new JsonFault("the end of the line", cursor.at);
  } catch (error) {
    if (error instanceof JsonFault) throw notAnExport(place, error.message, error);
    throw error;
  }
}

/** Copies `{"Item":{…}}` as the item itself. An object with other members keeps them. */
function copyLine(cursor: Cursor, style: ItemStyle): void {
  const start = cursor.length;
  expect(cursor, openBrace);
  put(cursor, openBrace);
  for (;;) {
    const nameAt = cursor.length;
    copyString(cursor);
    const isItem = Buffer.from(cursor.target.subarray(nameAt, cursor.length)).toString("latin1") === '"Item"';
    expect(cursor, colon);
    if (isItem) cursor.length = start;
    else put(cursor, colon);
    transcodeItem(cursor, style);
    if (isItem) return expect(cursor, closeBrace);
    if (peek(cursor) !== comma) break;
    cursor.at++;
    put(cursor, comma);
  }
  expect(cursor, closeBrace);
  put(cursor, closeBrace);
}

function notAnExport(place: string, problem: string, cause?: unknown): Error {
  return inputError(
    place,
    `it is not a line of a DynamoDB export: ${problem}`,
    ["name the export's own manifest"],
    cause,
  );
}
