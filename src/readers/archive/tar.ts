import { createByteSource } from "../compression/byte-source.js";
import { decompressBeginning } from "../compression/decompress.js";
import type { Chunks } from "../compression/decompress.js";
import { inputError } from "../input-error.js";
import { formatLocation } from "../s3/object-store.js";
import type { OpenedObject } from "../s3/persistent-store.js";
import type { TarEnd } from "../tar/blocks.js";
import { blockBytes, isHeader, isZeroBlock } from "../tar/header.js";
import { walkTar } from "../tar/walk.js";
import type { TarEntry } from "../tar/walk.js";
import { NamesFound, noMemberWanted } from "./none-wanted.js";
import type { Archive, ArchiveKind, Member, MemberSelection, Notes, Wrapping } from "./archive.js";
import type { Span, SpanReader } from "./spans.js";

const kinds: Readonly<Record<Wrapping, ArchiveKind>> = { plain: "tar", gzip: "tar.gz", zstd: "tar.zst" };

/** Of tar archives that this program decompresses. */
const tarName = /\.(?:tar|tgz|tzst|tar\.(?:gz|gzip|zst|zstd))$/i;

/**
 * Tells whether the beginning of an object, decompressed if necessary, is the header of a tar archive.
 *
 * @throws UsageError `ERR_INPUT` if it is not, but the object's name says so.
 */
export async function isTar(wrapping: Wrapping, object: OpenedObject): Promise<boolean> {
  const { head } = object;
  const beginning = wrapping === "plain" ? head : await decompressBeginning(wrapping, head, blockBytes);
  const block = Buffer.from(beginning.subarray(0, blockBytes));
  if (isHeader(block)) return true;
  if (!tarName.test(object.key)) return false;
  if (block.length > 0 && isZeroBlock(block)) {
    throw inputError(formatLocation(object), "it is an empty tar archive", ["create it again, with its files"]);
  }
  throw inputError(formatLocation(object), "it is named like a tar archive but does not begin like one", [
    "when it is CSV all the same, copy it to a key without .tar or .tgz",
  ]);
}

interface TarSource {
  readonly object: OpenedObject;
  readonly wrapping: Wrapping;
  readonly selection: MemberSelection;
}

/**
 * Opens a tar archive. It has no directory, so members are found by reading it once from start to end.
 *
 * @param read Reads the whole archive, decompressed.
 */
export function openTar(tar: TarSource, read: (spans: SpanReader) => Chunks): Archive {
  const { object, wrapping } = tar;
  return {
    object,
    kind: kinds[wrapping],
    members: undefined,
    spans: [wholeOf(object)],
    walk: (spans, told) => walkMembers(tar, read(spans), told),
  };
}

async function* walkMembers(
  { object, wrapping, selection }: TarSource,
  input: Chunks,
  told: Notes,
): AsyncGenerator<Member, void, undefined> {
  const location = formatLocation(object);
  const damaged = (problem: string) =>
    inputError(location, `it is not a complete tar archive: ${problem}`, [
      "the archive is damaged or still being written: download or create it again",
    ]);
  const source = createByteSource(input);
  const names = new NamesFound();
  let files = 0;
  try {
    const entries = walkTar(source, damaged);
    for (;;) {
      const { done, value } = await entries.next();
      if (done === true) {
        if (files === 0) throw noMemberWanted(object, names);
        told.notes.push(...describeEnd(location, value));
        return;
      }
      if (value.special === "folder") continue;
      const member = toMember(value, object, wrapping);
      names.add(member);
      if (!selection.wanted(member.name)) continue;
      if (member.special === undefined) files++;
      yield member;
    }
  } finally {
    await source.close();
  }
}

function toMember(entry: TarEntry, object: OpenedObject, wrapping: Wrapping): Member {
  const { name, size, special, target } = entry;
  return {
    name,
    object,
    subject: `member "${name}" of ${formatLocation(object)}`,
    compressedSize: wrapping === "plain" ? size : undefined,
    uncompressedSize: size,
    special: special === undefined ? undefined : { kind: special, target },
    span: wholeOf(object),
    // Its bytes come from the archive's own source, which already reads the spans.
    read: () => entry.read(),
  };
}

function describeEnd(location: string, { marked, followed }: TarEnd): readonly string[] {
  if (followed) return [`${location}: bytes after the archive's end were left out`];
  return marked ? [] : [`${location}: the archive has no end mark, so it may have been cut after a member`];
}

const wholeOf = (object: OpenedObject): Span => ({ object, start: 0, end: object.size });
