// Writes a DLL for Wine whose functions are those of other DLLs under other names. Bun imports ProcessPrng, random bytes, from
// bcryptprimitives.dll, which Wine has from version 9 on.
import { existsSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

/** Where the only section of the DLL is in memory and in the file. */
const section = { address: 0x1000, offset: 0x200 };

/** @param forwarded `dll.function` by the name it has here. */
export function writeForwarder(path: string, forwarded: Readonly<Record<string, string>>): void {
  if (existsSync(path)) return;
  const exported = exportTable(basename(path), Object.entries(forwarded).toSorted());
  const file = Buffer.alloc(section.offset + Math.ceil(exported.length / 0x200) * 0x200);
  headers(exported.length, file.length - section.offset).copy(file);
  exported.copy(file, section.offset);
  writeFileSync(path, file);
}

/** Describes functions by name; an address within the table is a text: where the function really is. */
function exportTable(name: string, functions: readonly (readonly [string, string])[]): Buffer {
  const count = functions.length;
  const at = { addresses: 40, names: 40 + 4 * count, ordinals: 40 + 8 * count, texts: 40 + 10 * count };
  const tables = Buffer.alloc(at.texts);
  const texts: Buffer[] = [];
  const put = (text: string) => {
    const address = section.address + at.texts + Buffer.concat(texts).length;
    texts.push(Buffer.from(`${text}\0`, "latin1"));
    return address;
  };
  const directory = [0, 0, 0, put(name), 1, count, count];
  const pointers = [at.addresses, at.names, at.ordinals].map((offset) => section.address + offset);
  for (const [index, value] of [...directory, ...pointers].entries()) tables.writeUInt32LE(value, index * 4);
  for (const [index, [own, target]] of functions.entries()) {
    tables.writeUInt32LE(put(target), at.addresses + index * 4);
    tables.writeUInt32LE(put(own), at.names + index * 4);
    tables.writeUInt16LE(index, at.ordinals + index * 2);
  }
  return Buffer.concat([tables, ...texts]);
}

/** Headers of a DLL for x86-64 with a section of exports and nothing to run. */
function headers(size: number, sizeInFile: number): Buffer {
  const header = Buffer.alloc(section.offset);
  header.write("MZ", 0, "latin1");
  header.writeUInt32LE(0x40, 0x3c);
  header.write("PE\0\0", 0x40, "latin1");
  const [coff, optional, sections] = [0x44, 0x58, 0x58 + 240];
  header.writeUInt16LE(0x8664, coff); // x86-64
  header.writeUInt16LE(1, coff + 2); // sections
  header.writeUInt16LE(240, coff + 16); // size of the optional header
  header.writeUInt16LE(0x2022, coff + 18); // executable image, large addresses, DLL
  header.writeUInt16LE(0x20b, optional); // 64 bits
  header.writeBigUInt64LE(0x1_8000_0000n, optional + 24); // preferred address
  header.writeUInt32LE(0x1000, optional + 32); // alignment in memory
  header.writeUInt32LE(0x200, optional + 36); // alignment in the file
  header.writeUInt16LE(6, optional + 40); // version of the system
  header.writeUInt16LE(6, optional + 48); // version of the subsystem
  header.writeUInt32LE(0x2000, optional + 56); // size in memory
  header.writeUInt32LE(section.offset, optional + 60); // size of the headers
  header.writeUInt16LE(2, optional + 68); // subsystem: graphical, which a DLL may be
  header.writeUInt32LE(16, optional + 108); // directories, of which the first is that of exports
  header.writeUInt32LE(section.address, optional + 112);
  header.writeUInt32LE(size, optional + 116);
  header.write(".edata", sections, "latin1");
  header.writeUInt32LE(size, sections + 8);
  header.writeUInt32LE(section.address, sections + 12);
  header.writeUInt32LE(sizeInFile, sections + 16);
  header.writeUInt32LE(section.offset, sections + 20);
  header.writeUInt32LE(0x4000_0040, sections + 36); // initialized data, readable
  return header;
}
