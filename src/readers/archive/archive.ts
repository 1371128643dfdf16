import type { Chunks } from "../compression/decompress.js";
import type { NameFilter } from "../glob.js";
import type { OpenedObject } from "../s3/persistent-store.js";
import type { SpecialKind } from "../tar/walk.js";
import type { Span, SpanReader } from "./spans.js";

/** How a single file is stored. */
export type Wrapping = "gzip" | "zstd" | "plain";

export type ArchiveKind = "zip" | "tar" | "tar.gz" | "tar.zst" | "gzip" | "zstd" | "plain";

/** One file in an archive. A plain or compressed object is an archive with one member. */
export interface Member {
  readonly name: string;
  readonly object: OpenedObject;
  /** For messages: `member "a.csv" of s3://bucket/key`. */
  readonly subject: string;
  /** Unknown for a member of a compressed tar archive. */
  readonly compressedSize: number | undefined;
  /** Known in advance for members of ZIP and tar archives and for plain objects. */
  readonly uncompressedSize: number | undefined;
  /** Set if it is not a file, such as a link: it has no bytes of its own to read. */
  readonly special: { readonly kind: SpecialKind; readonly target?: string | undefined } | undefined;
  readonly span: Span;
  /** Reads the member's bytes and checks them against the archive's metadata. Each chunk is valid until the next. */
  read(spans: SpanReader): Chunks;
}

export interface Archive {
  readonly object: OpenedObject;
  readonly kind: ArchiveKind;
  /**
   * The selected members, in the archive's order. Undefined for a tar archive, which has no directory: its members are
   * found one after the other by `walk`, and each can be read only until the next is requested.
   */
  readonly members: readonly Member[] | undefined;
  /** The ranges that reading the members takes, in order. */
  readonly spans: readonly Span[];
  /** Returns the selected members in order. */
  walk(spans: SpanReader, told: Notes): AsyncIterable<Member>;
}

export interface Notes {
  /** What was changed or left out, as phrases for the summary. */
  readonly notes: string[];
}

export interface MemberSelection {
  readonly wanted: NameFilter;
  /** A member that expands to more than this many bytes per compressed byte is refused as a decompression bomb. */
  readonly maxExpansion: number;
  /** The password of encrypted members. */
  readonly password?: string | undefined;
}

/** Creates an archive whose members are known. */
export function fromMembers(
  archive: Pick<Archive, "object" | "kind">,
  members: readonly Member[],
): Archive & { readonly members: readonly Member[] } {
  const { object, kind } = archive;
  return {
    object,
    kind,
    members,
    spans: joinSpans(members),
    async *walk() {
      yield* members;
    },
  };
}

/** Keeps the members whose number, counted from 0, the filter accepts. */
export function keepMembers(archive: Archive, filter: (index: number) => boolean): Archive {
  if (archive.members !== undefined)
    return fromMembers(
      archive,
      archive.members.filter((_, index) => filter(index)),
    );
  return {
    ...archive,
    async *walk(spans, told) {
      let index = 0;
      for await (const member of archive.walk(spans, told)) if (filter(index++)) yield member;
    },
  };
}

/** Returns the spans of the members in order; merges neighbors. */
export function joinSpans(members: readonly Member[]): readonly Span[] {
  const joined: Span[] = [];
  for (const { span } of members) {
    const last = joined.at(-1);
    if (last !== undefined && span.start >= last.end && span.start <= last.end + harmlessGap) {
      joined[joined.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    } else joined.push(span);
  }
  return joined;
}

/** Reading this many unneeded bytes costs less than another request. */
const harmlessGap = 128 * 1024;
