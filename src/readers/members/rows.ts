import type { Member } from "../archive/open.js";
import { foreignFormat } from "../archive/foreign-format.js";
import { nameColumns } from "../csv/column-names.js";
import { CsvScanner } from "../csv/scanner.js";
import type { RaggedPolicy } from "../csv/scanner.js";
import { CsvSyntaxError } from "../csv/syntax-error.js";
import { guessDelimiter, quoteByte } from "../csv/delimiter.js";
import type { Delimiter } from "../csv/delimiter.js";
import { transcodeToUtf8 } from "../csv/encodings.js";
import type { Encoding } from "../csv/encodings.js";
import { cutIntoPieces } from "../compression/cut-into-pieces.js";
import { inputError } from "../input-error.js";
import type { RowBatch } from "../rows/batch.js";
import { CellTypeError } from "../select/row-selector.js";
import { formatLocation } from "../s3/object-store.js";
import type { SpanReader } from "../archive/spans.js";
import { message, setting } from "../../message.js";

/** What is scanned and encoded at once: small enough to stay in the processor's caches. */
const pieceBytes = 256 * 1024;

/** How CSV is read. */
export interface CsvSettings {
  readonly delimiter: Delimiter;
  readonly encoding: Encoding;
  readonly ragged: RaggedPolicy;
}

/** Rows of one member, with the names of its columns. */
export interface MemberBatch {
  readonly batch: RowBatch;
  /** Unique and not empty; the same array for all batches of a member. */
  readonly names: readonly string[];
  /** Where the member's key and name stand in every batch. */
  readonly key: Place;
  readonly member: Place;
  /** Bytes of text that were read for it. */
  readonly bytes: number;
  /** Adds member and line to an error that a row of this batch caused. */
  locate(error: unknown): unknown;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

export interface MemberNotes {
  /** What was changed or left out, in words for the summary. */
  readonly notes: string[];
}

/**
 * Reads a member as CSV. A member without a row, not even a header, gives no batch.
 *
 * @throws UsageError `ERR_INPUT` naming member and line.
 */
export async function* readMemberRows(
  member: Member,
  spans: SpanReader,
  settings: CsvSettings,
  told: MemberNotes,
): AsyncGenerator<MemberBatch, void, undefined> {
  const keyBytes = Buffer.from(formatLocation(member.object));
  const reserved = Buffer.concat([keyBytes, Buffer.from(member.name)]);
  const places = {
    key: { start: 0, end: keyBytes.length },
    member: { start: keyBytes.length, end: reserved.length },
  };
  let scanner: CsvScanner | undefined;
  let names: readonly string[] | undefined;
  const give = (batch: RowBatch, bytes: number): MemberBatch | undefined => {
    if (scanner?.header === undefined) return undefined;
    if (names === undefined) {
      const named = nameColumns(scanner.header);
      ({ names } = named);
      told.notes.push(...named.notes);
    }
    return { batch, names, bytes, ...places, locate: (error) => locate(error, member, scanner) };
  };
  try {
    for await (const chunk of transcodeToUtf8(cutIntoPieces(member.read(spans), pieceBytes), settings.encoding)) {
      if (scanner === undefined) {
        refuseForeign(chunk, member);
        const delimiter = settings.delimiter === "auto" ? guessDelimiter(chunk) : settings.delimiter;
        scanner = new CsvScanner({ delimiter, quote: quoteByte, ragged: settings.ragged, reserved });
      }
      const given = give(scanner.push(chunk), chunk.length);
      if (given !== undefined) yield given;
    }
    if (scanner === undefined) return;
    const rest = give(scanner.finish(), 0);
    if (rest !== undefined) yield rest;
    if (scanner.raggedRows > 0) {
      const done = settings.ragged === "skip" ? "skipped" : "fitted";
      told.notes.push(`${scanner.raggedRows} ragged rows ${done} in ${member.name}`);
    }
  } catch (error) {
    throw locate(error, member, scanner);
  } finally {
    scanner?.close();
  }
}

/** Data that is another format would be read as one column of nonsense. */
function refuseForeign(beginning: Uint8Array, { subject }: Member): void {
  const found = foreignFormat(beginning);
  if (found === undefined) return;
  throw inputError(subject, `it is ${found}, expected CSV`, ["unpack or convert it first"]);
}

function locate(error: unknown, member: Member, scanner: CsvScanner | undefined): unknown {
  if (error instanceof CsvSyntaxError) {
    return inputError(`${member.subject}, line ${error.line}`, error.message, error.hints, error);
  }
  if (error instanceof CellTypeError && scanner !== undefined) {
    const place = `${member.subject}, line ${scanner.lineOfRow(error.row)}`;
    const found = `column "${error.column}" was inferred as ${error.type} from the beginning of the data, but holds "${error.text.slice(0, 40)}"`;
    return inputError(place, found, [message`keep the column as text: ${setting("text")} "${error.column}"`]);
  }
  return error;
}
