import type { Member, Notes } from "../archive/archive.js";
import { foreignFormat } from "../archive/foreign-format.js";
import { nameColumns } from "../csv/column-names.js";
import { CsvScanner } from "../csv/scanner.js";
import type { RaggedPolicy } from "../csv/scanner.js";
import { CsvSyntaxError } from "../csv/syntax-error.js";
import { settleDelimiter } from "../csv/delimiter.js";
import type { Dialect } from "../csv/dialect.js";
import { DialectRewriter } from "../csv/dialect-rewriter.js";
import { transcodeToUtf8 } from "../csv/encodings.js";
import type { Encoding } from "../csv/encodings.js";
import { cutIntoPieces } from "../compression/cut-into-pieces.js";
import { inputError } from "../input-error.js";
import type { ColumnType, RowBatch } from "../rows/batch.js";
import { CellTypeError } from "../select/row-selector.js";
import { parsePartitions } from "../objects/partitions.js";
import { formatLocation } from "../s3/object-store.js";
import type { SpanReader } from "../archive/spans.js";
import { message, setting } from "../../message.js";

/** Scans and encodes this much at a time: small enough to stay in the CPU caches. */
const pieceBytes = 256 * 1024;

/** How to read CSV. */
export interface CsvSettings extends Dialect {
  readonly encoding: Encoding;
  readonly ragged: RaggedPolicy;
  /** Column types given by the caller. */
  readonly types: ReadonlyMap<string, ColumnType>;
  /** Names that columns of a file must not have. */
  readonly reservedNames: readonly string[];
  /** Whether the folders `NAME=VALUE` of a key become columns. */
  readonly hivePartitioning: boolean;
}

/** Rows of one member, with its column names. */
export interface MemberBatch {
  readonly batch: RowBatch;
  /** Unique and non-empty; the same array for all batches of a member. */
  readonly names: readonly string[];
  /** The range of the member's key and name in the bytes of every batch. */
  readonly key: Place;
  readonly member: Place;
  /** The ranges of the values of the key's partitions; undefined is null. */
  readonly partitions: ReadonlyMap<string, Place | undefined>;
  /** The ranges of JSON's `true` and `false`, for cells that spell them differently. */
  readonly true: Place;
  readonly false: Place;
  /** Bytes of text that were read for this batch. */
  readonly bytes: number;
  /** Adds the member and line to an error caused by a row of this batch. */
  locate(error: unknown): unknown;
}

export interface Place {
  readonly start: number;
  readonly end: number;
}

export type MemberNotes = Notes;

/**
 * Reads a member as CSV. A member without any row, not even a header, yields no batch.
 *
 * @throws UsageError `ERR_INPUT` naming member and line.
 */
export async function* readMemberRows(
  member: Member,
  spans: SpanReader,
  settings: CsvSettings,
  told: MemberNotes,
): AsyncGenerator<MemberBatch, void, undefined> {
  const { reserved, reservedNames, ...constants } = layOutConstants(member, settings);
  let scanner: CsvScanner | undefined;
  let rewriter: DialectRewriter | undefined;
  let names: readonly string[] | undefined;
  const give = (batch: RowBatch, bytes: number): MemberBatch | undefined => {
    if (scanner?.header === undefined) return undefined;
    if (names === undefined) {
      const named = nameColumns(scanner.header, reservedNames);
      ({ names } = named);
      told.notes.push(...named.notes);
    }
    const locateError = (error: unknown) => locate(error, member, scanner, settings.types);
    return { batch, names, bytes, ...constants, locate: locateError };
  };
  try {
    for await (const chunk of transcodeToUtf8(cutIntoPieces(member.read(spans), pieceBytes), settings.encoding)) {
      let text = chunk;
      if (scanner === undefined) {
        refuseForeign(chunk, member);
        const settled = settleDelimiter(settings.delimiter, chunk, settings.quote);
        if (settled.note !== undefined) told.notes.push(`${member.name}: ${settled.note}`);
        ({ text } = settled);
        const { delimiter } = settled;
        scanner = new CsvScanner({ ...settings, delimiter, reserved });
        if (settings.skip > 0 || settings.comment !== undefined || settings.escape !== undefined) {
          rewriter = new DialectRewriter({ ...settings, delimiter });
        }
      }
      const given = give(scanner.push(rewriter?.push(text) ?? text), chunk.length);
      if (given !== undefined) yield given;
    }
    if (scanner === undefined) return;
    const last = rewriter === undefined ? undefined : give(scanner.push(rewriter.finish()), 0);
    if (last !== undefined) yield last;
    const rest = give(scanner.finish(), 0);
    if (rest !== undefined) yield rest;
    if (scanner.raggedRows > 0) {
      const done = settings.ragged === "skip" ? "skipped" : "fitted";
      told.notes.push(`${scanner.raggedRows} ragged rows ${done} in ${member.name}`);
    }
  } catch (error) {
    throw locate(error, member, scanner, settings.types);
  } finally {
    scanner?.close();
  }
}

/** Without this check, data in another format would be read as one meaningless column. */
function refuseForeign(beginning: Uint8Array, { subject }: Member): void {
  const found = foreignFormat(beginning);
  if (found === undefined) return;
  throw inputError(subject, `it is ${found}, expected CSV`, ["unpack or convert it first"]);
}

/** Lays out the texts that are the same in every row. */
function layOutConstants({ object, name }: Member, settings: CsvSettings) {
  const ofKey = settings.hivePartitioning ? [...parsePartitions(object)] : [];
  const { reserved, places } = layOut([
    formatLocation(object),
    name,
    "true",
    "false",
    ...ofKey.map(([, value]) => value ?? ""),
  ]);
  const [key, member, yes, no, ...values] = places as [Place, Place, Place, Place, ...Place[]];
  const partitions: MemberBatch["partitions"] = new Map(
    ofKey.map(([partition, value], index) => [partition, value === undefined ? undefined : values[index]]),
  );
  const reservedNames = [...settings.reservedNames, ...partitions.keys()];
  return { reserved, reservedNames, key, member, partitions, true: yes, false: no };
}

/** Concatenates texts and returns the range of each. */
function layOut(texts: readonly string[]) {
  const reserved = Buffer.from(texts.join(""));
  let end = 0;
  const places = texts.map((text): Place => ({ start: end, end: (end += Buffer.byteLength(text)) }));
  return { reserved, places };
}

function locate(
  error: unknown,
  member: Member,
  scanner: CsvScanner | undefined,
  types: ReadonlyMap<string, ColumnType>,
): unknown {
  if (error instanceof CsvSyntaxError) {
    return inputError(`${member.subject}, line ${error.line}`, error.message, error.hints, error);
  }
  if (error instanceof CellTypeError && scanner !== undefined) {
    const place = `${member.subject}, line ${scanner.lineOfRow(error.row)}`;
    const found = `but holds "${error.text.slice(0, 40)}"`;
    if (types.has(error.column)) {
      return inputError(place, message`column "${error.column}" is ${error.type} by ${setting("types")}, ${found}`, [
        message`give it another type with ${setting("types")}, such as text`,
      ]);
    }
    return inputError(
      place,
      `column "${error.column}" was inferred as ${error.type} from the beginning of the data, ${found}`,
      [message`keep the column as text: ${setting("text")} "${error.column}"`],
    );
  }
  return error;
}
