/** Returns the names of the libraries that a 64-bit little-endian ELF file needs. */
export function neededLibraries(file: Buffer): string[] {
  const segments = programHeaders(file);
  const dynamic = segments.find(({ type }) => type === 2);
  if (dynamic === undefined) return [];
  const entries = Array.from({ length: dynamic.size / 16 }, (_, index) => {
    const at = dynamic.offset + index * 16;
    return { tag: Number(file.readBigUInt64LE(at)), value: Number(file.readBigUInt64LE(at + 8)) };
  });
  const address = entries.find(({ tag }) => tag === 5)?.value ?? 0;
  const holder = segments.find(({ type, start, size }) => type === 1 && address >= start && address < start + size);
  if (holder === undefined) return [];
  const strings = address - holder.start + holder.offset;
  return entries
    .filter(({ tag }) => tag === 1)
    .map(({ value }) => file.toString("latin1", strings + value, file.indexOf(0, strings + value)));
}

function programHeaders(file: Buffer) {
  const first = Number(file.readBigUInt64LE(32));
  return Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = first + index * file.readUInt16LE(54);
    const number = (offset: number) => Number(file.readBigUInt64LE(at + offset));
    return { type: file.readUInt32LE(at), offset: number(8), start: number(16), size: number(32) };
  });
}
