import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { parseDelimiter, quoteByte } from "./delimiter.js";
import type { Delimiter } from "./delimiter.js";

/** The source of column names: the first row, generated names, or the caller's names for a file without a header. */
export type Header = "first" | "none" | readonly string[];

/** The syntax of a CSV file. */
export interface Dialect {
  readonly delimiter: Delimiter;
  /** `none` is stored as a byte that never occurs in UTF-8. */
  readonly quote: number;
  readonly header: Header;
  readonly skip: number;
  readonly comment: number | undefined;
  readonly escape: number | undefined;
}

/** A dialect as given by the caller, each option as the flag of the same name. */
export interface DialectOptions {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly header?: string | readonly string[] | undefined;
  readonly skip?: number | undefined;
  readonly comment?: string | undefined;
  readonly escape?: string | undefined;
}

const noByte = 0xff;

/** @throws UsageError `ERR_ARGUMENT` */
export function parseDialect(options: DialectOptions): Dialect {
  const { skip = 0, quote, header = "first" } = options;
  if (!Number.isSafeInteger(skip) || skip < 0) {
    throw new UsageError("ERR_ARGUMENT", message`${setting("skip")} is ${skip}, expected a number of lines`, {
      hints: [message`write ${setting("skip", 1)}, for example`],
    });
  }
  const dialect: Dialect = {
    delimiter: parseDelimiter(options.delimiter),
    quote: quote === "none" ? noByte : (parseByte("quote", quote) ?? quoteByte),
    header: parseHeader(header),
    skip,
    comment: parseByte("comment", options.comment),
    escape: parseByte("escape", options.escape),
  };
  const bytes = [dialect.delimiter, dialect.quote, dialect.comment, dialect.escape].filter(
    (byte) => typeof byte === "number",
  );
  if (new Set(bytes).size < bytes.length) {
    throw new UsageError(
      "ERR_CONFLICT",
      message`two of ${setting("delimiter")}, ${setting("quote")}, ${setting("comment")} and ${setting("escape")} are one character`,
      { hints: ["a doubled quote inside quotes needs no escape character"] },
    );
  }
  return dialect;
}

function parseHeader(header: string | readonly string[]): Header {
  if (header === "first" || header === "none") return header;
  const names = typeof header === "string" ? [header] : header;
  if (names.length === 1 && (names[0] === "first" || names[0] === "none")) return names[0];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined && !names.includes("")) return names;
  throw new UsageError(
    "ERR_ARGUMENT",
    message`${setting("header")} has ${twice === undefined ? "an empty name" : `"${twice}" twice`}`,
    {
      hints: [
        message`write ${setting("header", "id,name,amount")}, or ${setting("header", "none")} for column_1 and so on`,
      ],
    },
  );
}

function parseByte(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const byte = text.charCodeAt(0);
  if (text.length === 1 && byte > 0x20 && byte < 0x7f) return byte;
  throw new UsageError("ERR_ARGUMENT", message`${setting(name)} is not a single ASCII character: "${text}"`, {
    hints: [message`write ${setting(name, name === "escape" ? "\\" : name === "comment" ? "#" : "'")}, for example`],
  });
}
