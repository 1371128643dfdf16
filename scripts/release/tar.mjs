// Writes a tar archive whose bytes depend only on its entries: not on the machine, the user or the order of the
// entries.

/**
 * @typedef {{ name: string, mode: number, uid?: number, gid?: number, data?: Buffer, link?: string }} Entry A folder's name
 *   ends with a slash; `link` makes a symbolic link.
 *
 * @param {readonly Entry[]} entries
 * @param {number} timeSeconds Of every entry, since 1970.
 */
export function writeTar(entries, timeSeconds) {
  const blocks = entries
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => [header(entry, timeSeconds), ...(entry.data === undefined ? [] : padded(entry.data))]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function padded(data) {
  return [data, Buffer.alloc((512 - (data.length % 512)) % 512)];
}

function header({ name, mode, uid = 0, gid = 0, data, link }, timeSeconds) {
  if (Buffer.byteLength(name) > 100 || Buffer.byteLength(link ?? "") > 100)
    throw new Error(`${name} is too long for this archive`);
  const block = Buffer.alloc(512);
  const octal = (value, at, length) => block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  block.write(name, 0, "utf8");
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(data?.length ?? 0, 124, 12);
  octal(timeSeconds, 136, 12);
  block.fill(" ", 148, 156);
  block.write(link !== undefined ? "2" : name.endsWith("/") ? "5" : "0", 156, "latin1");
  block.write(link ?? "", 157, "utf8");
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
