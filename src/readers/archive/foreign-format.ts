const byFirstBytes: readonly (readonly [name: string, magic: string, at?: number])[] = [
  ["a bzip2 file", "BZh"],
  ["an xz file", "\xfd7zXZ\0"],
  ["a 7z archive", "7z\xbc\xaf\x27\x1c"],
  ["a RAR archive", "Rar!\x1a\x07"],
  ["an lz4 file", "\x04\x22\x4d\x18"],
  ["a tar archive", "ustar", 257],
  ["a Parquet file", "PAR1"],
  ["an Arrow file", "ARROW1"],
  ["an ORC file", "ORC"],
  ["an Avro file", "Obj\x01"],
  ["a gzip file", "\x1f\x8b\x08"],
  ["a zstd file", "\x28\xb5\x2f\xfd"],
  ["a ZIP archive or a workbook", "PK\x03\x04"],
  ["a PDF document", "%PDF-"],
];

/** Detects a format other than CSV from the first bytes of the data, such as `a Parquet file`. */
export function foreignFormat(beginning: Uint8Array): string | undefined {
  const text = Buffer.from(beginning.subarray(0, 512)).toString("latin1");
  // A CSV file may begin with the same letters, but it contains no control characters.
  if (!/[\0-\x08\x0e-\x1f]/.test(text)) return undefined;
  return byFirstBytes.find(([, magic, at = 0]) => text.startsWith(magic, at))?.[0];
}
