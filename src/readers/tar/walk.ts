import type { ByteSource } from "../compression/byte-source.js";
import type { Chunks } from "../compression/decompress.js";
import { TarBlocks } from "./blocks.js";
import type { TarEnd } from "./blocks.js";
import { blockBytes, mapContinuesAfter, parseHeader, parseText } from "./header.js";
import type { TarHeader } from "./header.js";
import { parsePax } from "./pax.js";
import type { PaxRecords } from "./pax.js";

/** What is not a file that can be read; a file has no such name. */
export type SpecialKind = "symbolic link" | "hard link" | "device" | "named pipe" | "sparse file" | "folder";

/** One entry of a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  readonly special: SpecialKind | undefined;
  /** Of a link: the name of the entry or path that it stands for. */
  readonly target: string | undefined;
  /** Reads the entry's bytes. Possible until the next entry is requested, and once. */
  read(): Chunks;
}

const specials: Readonly<Record<string, SpecialKind>> = {
  "1": "hard link",
  "2": "symbolic link",
  "3": "device",
  "4": "device",
  "5": "folder",
  "6": "named pipe",
  S: "sparse file",
  // GNU's contents of a folder, and the label of a volume.
  D: "folder",
  V: "folder",
};
/** Types without data, whatever size their header has. */
const withoutData = /^[1-6]$/;
/**
 * Walks through a tar archive in one pass. Each entry's data can be read until the next entry is requested; what was not
 * read is skipped. Every header's checksum is verified, and after the last entry everything up to the end of the source
 * is read.
 *
 * @throws Error from `damaged` with the problem.
 */
export async function* walkTar(
  source: ByteSource,
  damaged: (problem: string) => Error,
): AsyncGenerator<TarEntry, TarEnd, undefined> {
  const blocks = new TarBlocks(source, damaged);
  let globals: PaxRecords = new Map();
  let extra: Extra = {};
  for (;;) {
    const block = await blocks.takeHeader();
    if ("marked" in block) {
      if (extra.records !== undefined || extra.name !== undefined) throw damaged("its last header has no member");
      return block;
    }
    const header = blocks.understand(() => parseHeader(block));
    if (header.type === "g") {
      const bytes = await blocks.takeExtra(header.size);
      globals = new Map([...globals, ...blocks.understand(() => parsePax(bytes))]);
      continue;
    }
    const more = await readExtra(header, blocks);
    if (more !== undefined) {
      extra = { ...extra, ...more };
      continue;
    }
    if (header.type === "M") throw damaged("it is one of several volumes, and begins within a member");
    let mapContinues = header.type === "S" && header.mapContinues;
    while (mapContinues) mapContinues = mapContinuesAfter(await blocks.takeExtra(blockBytes));
    const described = { ...extra, globals };
    const entry = blocks.understand(() => describeEntry(header, described));
    extra = {};
    const data = blocks.openData(entry.size, entry.name);
    yield { ...entry, read: () => data };
    await blocks.skipRest();
  }
}

/** Reads an extended header for the next entry, if this is one. */
async function readExtra({ type, size }: TarHeader, blocks: TarBlocks): Promise<Extra | undefined> {
  if (type === "L") return { name: parseText(await blocks.takeExtra(size)) };
  if (type === "K") return { linkName: parseText(await blocks.takeExtra(size)) };
  if (type !== "x" && type !== "X") return undefined;
  const bytes = await blocks.takeExtra(size);
  return { records: blocks.understand(() => parsePax(bytes)) };
}

interface Extra {
  /** From an extended header. */
  readonly records?: PaxRecords;
  /** From GNU's headers for long names. */
  readonly name?: string;
  readonly linkName?: string;
}

/** Combines a header with the extended headers before it. */
function describeEntry(
  header: TarHeader,
  { records, globals, name, linkName }: Extra & { readonly globals: PaxRecords },
): Omit<TarEntry, "read"> {
  // An empty value removes a global one and the header's own remains.
  const recordOf = (keyword: string) => (records?.get(keyword) ?? globals.get(keyword)) || undefined;
  const path = recordOf("path");
  if (path !== undefined && name !== undefined && path !== name) throw new Error("a member has two names");
  const sparseName = recordOf("GNU.sparse.name");
  const isSparse = ["GNU.sparse.major", "GNU.sparse.map", "GNU.sparse.size", "GNU.sparse.numblocks"].some(
    (keyword) => recordOf(keyword) !== undefined,
  );
  const fullName = stripDots(sparseName ?? path ?? name ?? header.name);
  // V7 had no type for folders.
  const isFolder = header.type === "\0" && fullName.endsWith("/");
  const special = isFolder ? "folder" : (specials[header.type] ?? (isSparse ? "sparse file" : undefined));
  return {
    name: fullName,
    size: withoutData.test(header.type) ? 0 : sizeOf(header, recordOf("size")),
    special,
    target: special?.endsWith("link") === true ? (recordOf("linkpath") ?? linkName ?? header.linkName) : undefined,
  };
}

function sizeOf(header: TarHeader, record: string | undefined): number {
  if (record === undefined) return header.size;
  if (!/^[0-9]{1,15}$/.test(record)) throw new Error("an extended header has a size that is not valid");
  return Number(record);
}

/** `tar -C folder .` puts `./` before every name. */
const stripDots = (name: string): string => name.replace(/^(?:\.\/+)+(?=.)/s, "");
