import { parseText } from "./header.js";

/** Values of an extended header, by keyword. */
export type PaxRecords = ReadonlyMap<string, string>;

/**
 * Parses an extended header: records of the form `LENGTH KEYWORD=VALUE`, each with a line feed at its end.
 *
 * @throws Error with the problem as its message.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 */
export function parsePax(bytes: Buffer): PaxRecords {
  const records = new Map<string, string>();
  // Some writers fill the rest with NUL characters.
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const [prefix = "", digits = ""] = /^([0-9]{1,10}) /.exec(bytes.toString("latin1", at, at + 11)) ?? [];
    const end = at + Number(digits);
    const equals = bytes.indexOf("=", at + prefix.length);
    if (prefix === "" || end > bytes.length || bytes[end - 1] !== lineFeed || equals === -1 || equals >= end) {
      throw new Error("a record of an extended header is not valid");
    }
    const keyword = bytes.toString("utf8", at + prefix.length, equals);
    const value = bytes.subarray(equals + 1, end - 1);
    if (value.includes(0) && !keyword.startsWith("SCHILY.") && !keyword.startsWith("LIBARCHIVE.")) {
      throw new Error(`"${keyword}" in an extended header contains a NUL character`);
    }
    records.set(keyword, parseText(value));
    at = end;
  }
  return records;
}

const lineFeed = 0x0a;
