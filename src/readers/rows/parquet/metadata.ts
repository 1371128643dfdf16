import type { Column, ColumnType } from "../batch.js";
import { binary, bool, int32, int64, list, struct } from "./thrift.js";

// Page headers and the footer, with the field numbers of parquet.thrift.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

type Structure = ReturnType<typeof struct>;

const encodings = { plain: int32(0), rle: int32(3), dictionary: int32(8) };
const pageTypes = { dictionary: int32(2), dataV2: int32(3) };
const gzip = int32(2);
const optional = int32(1);
const nothing = struct({});
/** Longer texts are shortened in the statistics. */
const maxBoundBytes = 64;

interface PhysicalType {
  readonly physical: Structure;
  readonly converted?: Structure;
  readonly logical?: Structure;
}

const text: PhysicalType = { physical: int32(6), converted: int32(0), logical: struct({ 1: nothing }) };
const microseconds = (isUtc: boolean) => struct({ 1: bool(isUtc), 2: struct({ 2: nothing }) });

/** @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md */
const physicalTypes: Readonly<Record<ColumnType, PhysicalType>> = {
  text,
  json: text,
  integer: { physical: int32(2) },
  number: { physical: int32(5) },
  boolean: { physical: int32(0) },
  date: { physical: int32(1), converted: int32(6), logical: struct({ 6: nothing }) },
  timestamp: { physical: int32(2), converted: int32(10), logical: struct({ 8: microseconds(true) }) },
  // The converted type would mean UTC.
  datetime: { physical: int32(2), logical: struct({ 8: microseconds(false) }) },
};

interface PageSizes {
  readonly plainBytes: number;
  readonly compressedBytes: number;
}

export function dictionaryPageHeader({ plainBytes, compressedBytes }: PageSizes, entries: number): Uint8Array {
  return struct({
    1: pageTypes.dictionary,
    2: int32(plainBytes),
    3: int32(compressedBytes),
    7: struct({ 1: int32(entries), 2: encodings.plain }),
  }).bytes;
}

export interface DataPage extends PageSizes {
  readonly rows: number;
  readonly nulls: number;
  readonly levelBytes: number;
  readonly hasDictionary: boolean;
}

/** Builds the header of a version 2 data page, whose levels precede the data and are not compressed. */
export function dataPageHeader(page: DataPage): Uint8Array {
  return struct({
    1: pageTypes.dataV2,
    2: int32(page.levelBytes + page.plainBytes),
    3: int32(page.levelBytes + page.compressedBytes),
    8: struct({
      1: int32(page.rows),
      2: int32(page.nulls),
      3: int32(page.rows),
      4: page.hasDictionary ? encodings.dictionary : encodings.plain,
      5: int32(page.levelBytes),
      6: int32(0),
      7: bool(true),
    }),
  }).bytes;
}

export interface ColumnChunk {
  readonly rows: number;
  readonly nulls: number;
  /** The offset of the first page, and of the data page if a dictionary page precedes it. */
  readonly start: number;
  readonly dataStart: number;
  /** Bytes in the file, and before compression. */
  readonly length: number;
  readonly plainLength: number;
  /** In Parquet's plain encoding; undefined if all values are null. */
  readonly least: Uint8Array | undefined;
  readonly greatest: Uint8Array | undefined;
}

/** Builds the footer's entry of a row group. */
export function rowGroupOf(columns: readonly Column[], chunks: readonly ColumnChunk[], rows: number): Structure {
  const sum = (length: (chunk: ColumnChunk) => number) => chunks.reduce((total, chunk) => total + length(chunk), 0);
  return struct({
    1: list(chunks.map((chunk, index) => columnChunk(columns[index] as Column, chunk))),
    2: int64(sum(({ plainLength }) => plainLength)),
    3: int64(rows),
    6: int64(sum(({ length }) => length)),
  });
}

function columnChunk({ name, type }: Column, chunk: ColumnChunk): Structure {
  const hasDictionary = chunk.dataStart > chunk.start;
  const encoding = hasDictionary ? encodings.dictionary : encodings.plain;
  const pageCount = (page: Structure, values: Structure) => struct({ 1: page, 2: values, 3: int32(1) });
  return struct({
    2: int64(chunk.start),
    3: struct({
      1: physicalTypes[type].physical,
      2: list(hasDictionary ? [encodings.plain, encodings.rle, encoding] : [encodings.rle, encoding]),
      3: list([binary(name)]),
      4: gzip,
      5: int64(chunk.rows),
      6: int64(chunk.plainLength),
      7: int64(chunk.length),
      9: int64(chunk.dataStart),
      11: hasDictionary ? int64(chunk.start) : undefined,
      12: statistics(type, chunk),
      13: list([
        ...(hasDictionary ? [pageCount(pageTypes.dictionary, encodings.plain)] : []),
        pageCount(pageTypes.dataV2, encoding),
      ]),
    }),
  });
}

function statistics(type: ColumnType, { nulls, least, greatest }: ColumnChunk): Structure {
  const isText = physicalTypes[type] === text;
  const lower = isText ? shorten(least, false) : least;
  const upper = isText ? shorten(greatest, true) : greatest;
  return struct({
    3: int64(nulls),
    5: upper && binary(upper),
    6: lower && binary(lower),
    7: upper && bool(upper === greatest),
    8: lower && bool(lower === least),
  });
}

/** Shortens a long text between two characters. An upper bound gets its last character replaced with the next one. */
function shorten(bound: Uint8Array | undefined, isUpper: boolean): Uint8Array | undefined {
  if (bound === undefined || bound.length <= maxBoundBytes) return bound;
  let end = maxBoundBytes - 4;
  while (((bound[end] as number) & 0xc0) === 0x80) end--;
  const characters = Array.from(Buffer.from(bound.subarray(0, end)).toString());
  if (!isUpper) return Buffer.from(characters.join(""));
  const code = (characters.pop() as string).codePointAt(0) as number;
  if (code === 0x10ffff) return undefined;
  return Buffer.from(characters.join("") + String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1));
}

/** Builds the footer, without its length. */
export function fileMetadata(columns: readonly Column[], groups: readonly Structure[], rows: number): Uint8Array {
  const schema = columns.map(({ name, type }) => {
    const { physical, converted, logical } = physicalTypes[type];
    return struct({ 1: physical, 3: optional, 4: binary(name), 6: converted, 10: logical });
  });
  return struct({
    1: int32(2),
    2: list([struct({ 4: binary("schema"), 5: int32(columns.length) }), ...schema]),
    3: int64(rows),
    4: groups.length === 0 ? emptyList : list(groups),
    6: binary("rolesanywhere-ts"),
    // Bounds follow the order of the logical types.
    7: columns.length === 0 ? undefined : list(columns.map(() => struct({ 1: nothing }))),
  }).bytes;
}

/** Declares structs as its items: the field is required. */
const emptyList: Structure = { type: 9, bytes: Buffer.of(12) };
