import { RolesAnywhereError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { gunzip, unzstd } from "../compression/decompress.js";
import type { Chunks } from "../compression/decompress.js";
import { CompressionFault, isFormatFault } from "../compression/format-fault.js";
import { parseGlob } from "../glob.js";
import type { NameFilter } from "../glob.js";
import { inputError } from "../input-error.js";
import { formatLocation } from "../s3/object-store.js";
import type { OpenedObject } from "../s3/persistent-store.js";
import type { Span, SpanReader } from "./spans.js";
import { hasDirectory, readTail, readZipDirectory } from "../zip/directory.js";
import type { ReadRange } from "../zip/directory.js";
import { readZipMember, refuseUnreadable, spanOfMember } from "../zip/member.js";

export type ArchiveKind = "zip" | "gzip" | "zstd" | "plain";

/** One file in an archive. A plain or compressed object is an archive with one member. */
export interface Member {
  readonly name: string;
  readonly object: OpenedObject;
  /** For messages: `member "a.csv" of s3://bucket/key`. */
  readonly subject: string;
  readonly compressedSize: number;
  /** Known in advance for members of a ZIP archive and for plain objects. */
  readonly uncompressedSize: number | undefined;
  readonly symbolicLink: boolean;
  readonly span: Span;
  /** Reads the member's bytes and checks them against the archive's metadata. Each chunk is valid until the next. */
  read(spans: SpanReader): Chunks;
}

export interface Archive {
  readonly object: OpenedObject;
  readonly kind: ArchiveKind;
  /** The selected members, in the archive's order. */
  readonly members: readonly Member[];
  /** The names of all members, for the message when none is selected. */
  readonly names: readonly string[];
}

export interface MemberSelection {
  readonly wanted: NameFilter;
  /** A member that expands to more than this many bytes per compressed byte is refused as a decompression bomb. */
  readonly maxExpansion: number;
}

/** Smaller members are never treated as decompression bombs. */
const harmlessBytes = 64 * 1024 * 1024;

/** The default for `--member`. */
const everyCsv = ["*.csv"];

/**
 * Selects the members that match a `--member` glob and no `--exclude` glob, ignoring case. The entries that macOS adds
 * and dot files match only a glob that names them.
 */
export function parseMemberSelection(member: readonly string[], exclude: readonly string[]): NameFilter {
  const parse = (globs: readonly string[], name: string) =>
    globs.map((glob) => ({ matches: parseGlob(glob, setting(name), true), namesHidden: hidden.test(glob) }));
  const included = parse(member.length > 0 ? member : everyCsv, "member");
  const excluded = parse(exclude, "exclude");
  return (name) =>
    !name.endsWith("/") &&
    !excluded.some(({ matches }) => matches(name)) &&
    included.some(({ matches, namesHidden }) => matches(name) && (namesHidden || !hidden.test(name)));
}

/** Matches `__MACOSX/` and path segments that begin with a dot, except `.` and `..`. */
const hidden = /^__MACOSX\/|(?:^|\/)\.(?!\.?(?:\/|$))/i;

/** Detects the format of an object from its first bytes. */
export function tellKind(head: Uint8Array): ArchiveKind {
  const magic = Buffer.from(head.subarray(0, 4)).toString("latin1");
  if (/^PK(?:\x03\x04|\x05\x06|\x07\x08)/.test(magic)) return "zip";
  if (magic.startsWith("\x1f\x8b")) return "gzip";
  return magic === "\x28\xb5\x2f\xfd" ? "zstd" : "plain";
}

export async function openArchive(
  object: OpenedObject,
  selection: MemberSelection,
  readRange: ReadRange,
): Promise<Archive> {
  const kind = tellKind(object.head);
  if (kind === "zip") return openZip(object, selection, readRange);
  if (/\.zip$/i.test(object.key)) {
    // A self-extracting archive begins with a program.
    const tail = kind === "plain" ? await readTail(object.size, readRange) : undefined;
    if (tail !== undefined && hasDirectory(tail)) return openZip(object, selection, readRange, tail);
    throw inputError(formatLocation(object), "it is named like a ZIP archive but does not begin like one", [
      "when it is CSV or gzip all the same, copy it to a key without .zip",
    ]);
  }
  const name = object.key.slice(object.key.lastIndexOf("/") + 1).replace(/\.(?:gz|gzip|zst|zstd)$/i, "");
  const member: Member = {
    name,
    object,
    subject: formatLocation(object),
    compressedSize: object.size,
    uncompressedSize: kind === "plain" ? object.size : undefined,
    symbolicLink: false,
    span: { object, start: 0, end: object.size },
    read: (spans) => readSingle(kind, object, selection, spans(object, 0, object.size)),
  };
  return { object, kind, members: [member], names: [name] };
}

async function openZip(
  object: OpenedObject,
  selection: MemberSelection,
  readRange: ReadRange,
  tail?: Buffer,
): Promise<Archive> {
  const location = formatLocation(object);
  const entries = await readZipDirectory(object.size, readRange, tail).catch((error: unknown) => {
    if (error instanceof RolesAnywhereError || (error as Error).name === "AbortError") throw error;
    throw inputError(
      location,
      `it is not a complete ZIP archive: ${(error as Error).message.replace(/\.$/, "")}`,
      ["the upload may have been cut short: compare its size with the original's"],
      error,
    );
  });
  const expansion = new Expansion(selection.maxExpansion);
  const members = entries
    .filter(({ name }) => selection.wanted(name))
    .map((entry): Member => {
      const subject = `member "${entry.name}" of ${location}`;
      refuseUnreadable(entry, subject);
      const { compressedSize, uncompressedSize } = entry;
      return {
        name: entry.name,
        object,
        subject,
        compressedSize,
        uncompressedSize,
        symbolicLink: entry.symbolicLink,
        span: { object, ...spanOfMember(entry) },
        read: (spans) =>
          expansion.watch(
            readZipMember(entry, subject, (start, end) => spans(object, start, end)),
            compressedSize,
            subject,
          ),
      };
    });
  return { object, kind: "zip", members, names: entries.map(({ name }) => name) };
}

async function* readSingle(kind: ArchiveKind, object: OpenedObject, selection: MemberSelection, input: Chunks): Chunks {
  if (kind === "plain") return yield* input;
  const subject = formatLocation(object);
  const output = kind === "gzip" ? gunzip(input) : unzstd(input);
  try {
    yield* new Expansion(selection.maxExpansion).watch(output, object.size, subject);
  } catch (error) {
    if (!isFormatFault(error)) throw error;
    const detail = error instanceof CompressionFault ? `: ${error.message}` : "";
    throw inputError(
      subject,
      `its ${kind} data is damaged or cut short${detail}`,
      ["download or create it again"],
      error,
    );
  }
}

/** Limits the expansion of each member and of all members of an object together. */
class Expansion {
  readonly #maximum: number;
  /** Bytes of each member that was read: its compressed size, and how far it has been expanded. */
  readonly #members = new Map<string, { readonly compressed: number; expanded: number }>();
  #compressed = 0;
  #expanded = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  async *watch(input: Chunks, compressed: number, subject: string): Chunks {
    let member = this.#members.get(subject);
    if (member === undefined) {
      member = { compressed, expanded: 0 };
      this.#members.set(subject, member);
      this.#compressed += compressed;
    }
    let length = 0;
    for await (const chunk of input) {
      length += chunk.length;
      if (length > member.expanded) {
        this.#expanded += length - member.expanded;
        member.expanded = length;
      }
      if (this.#isBomb(length, compressed)) throw this.#refusal(subject, compressed);
      if (this.#isBomb(this.#expanded, this.#compressed)) throw this.#refusal(subject, this.#compressed);
      yield chunk;
    }
  }

  #isBomb(expanded: number, compressed: number): boolean {
    return expanded > harmlessBytes && expanded > compressed * this.#maximum;
  }

  #refusal(subject: string, compressed: number): Error {
    return inputError(subject, `it expands to more than ${this.#maximum} times its ${compressed} bytes`, [
      message`when it is meant to be that large, raise ${setting("max-expansion")}`,
    ]);
  }
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
