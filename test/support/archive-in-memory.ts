import { openArchive } from "../../src/readers/archive/open.js";
import type { Archive, Member, MemberSelection } from "../../src/readers/archive/archive.js";
import { createSpanReader } from "../../src/readers/archive/spans.js";
import type { SpanReader } from "../../src/readers/archive/spans.js";

export interface InMemoryOptions extends Partial<MemberSelection> {
  readonly key?: string | undefined;
}

/** Opens an archive that is wholly in memory; every file in it is wanted. */
export function openInMemory(bytes: Buffer, options: InMemoryOptions = {}): Promise<Archive> {
  const { key = "k", wanted = (name: string) => !name.endsWith("/"), maxExpansion = 1000 } = options;
  const object = { bucket: "b", key, size: bytes.length, etag: "", lastModified: new Date(0), head: bytes };
  return openArchive(object, { wanted, maxExpansion }, async (start, end) => bytes.subarray(start, end));
}

/** Returns the bytes of one of its members. */
export function spansInMemory(member: Member, bytes: Buffer): SpanReader {
  return createSpanReader([member.span], { read: async (_, start, end) => bytes.subarray(start, end) });
}

/** Returns the members of an archive with a directory. */
export function membersIn(archive: Archive): readonly Member[] {
  if (archive.members === undefined) throw new Error("the archive has no directory");
  return archive.members;
}
