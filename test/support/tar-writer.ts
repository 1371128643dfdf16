export interface TarEntrySource {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** Type flag; default a file. */
  readonly type?: string;
  readonly linkName?: string;
  readonly prefix?: string;
  /** Contents of the magic and version fields; default POSIX. */
  readonly magic?: string;
  /** Contents of the size field instead of the octal length. */
  readonly size?: Uint8Array | string;
  /** Contents of the checksum field instead of the right one. */
  readonly checksum?: string;
}

/** Writes tar archives by hand, so that tests can also create unusual ones. */
export function writeTar(entries: readonly TarEntrySource[], end: Uint8Array = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...entries.map(writeEntry), end]);
}

/** Creates an extended header for the next entry (`x`) or all that follow (`g`). */
export function paxHeader(records: Readonly<Record<string, string>>, type: "x" | "g" = "x"): TarEntrySource {
  return { name: "pax", type, data: Object.entries(records).map(paxRecord).join("") };
}

/** Creates GNU's header for the long name of the next entry. */
export function longName(name: string): TarEntrySource {
  return { name: "././@LongLink", type: "L", data: `${name}\0` };
}

function paxRecord([keyword, value]: readonly [string, string]): string {
  const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${keyword}=${value}\n`;
}

function writeEntry({ name, data = "", type = "0", ...fields }: TarEntrySource): Buffer {
  const body = Buffer.from(data);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
  if (fields.size !== undefined) Buffer.from(fields.size).copy(header, 124, 0, 12);
  header.write(type, 156, "latin1");
  header.write(fields.linkName ?? "", 157, 100);
  header.write(fields.magic ?? "ustar\x0000", 257, "latin1");
  header.write(fields.prefix ?? "", 345, 155);
  header.write("        ", 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(fields.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148, 8, "latin1");
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
