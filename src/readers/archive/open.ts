import { RolesAnywhereError } from "../../errors.js";
import { setting } from "../../message.js";
import { gunzip, unzstd } from "../compression/decompress.js";
import type { Chunks } from "../compression/decompress.js";
import { CompressionFault, isFormatFault } from "../compression/format-fault.js";
import { fromMembers } from "./archive.js";
import type { Archive, Member, MemberSelection, Wrapping } from "./archive.js";
import { Expansion } from "./expansion.js";
import { NamesFound, noMemberWanted } from "./none-wanted.js";
import { isTar, openTar } from "./tar.js";
import { parseGlob } from "../glob.js";
import type { NameFilter } from "../glob.js";
import { inputError } from "../input-error.js";
import { formatLocation } from "../s3/object-store.js";
import type { OpenedObject } from "../s3/persistent-store.js";
import type { SpanReader } from "./spans.js";
import { hasDirectory, readTail, readZipDirectory } from "../zip/directory.js";
import type { ReadRange } from "../zip/directory.js";
import { readZipMember, refuseUnreadable, spanOfMember } from "../zip/member.js";

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
export function tellKind(head: Uint8Array): "zip" | Wrapping {
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
  const single = (spans: SpanReader) => readSingle(kind, object, selection, spans(object, 0, object.size));
  if (await isTar(kind, object)) return openTar({ object, wrapping: kind, selection }, single);
  const name = object.key.slice(object.key.lastIndexOf("/") + 1).replace(/\.(?:gz|gzip|zst|zstd)$/i, "");
  const member: Member = {
    name,
    object,
    subject: formatLocation(object),
    compressedSize: object.size,
    uncompressedSize: kind === "plain" ? object.size : undefined,
    special: undefined,
    span: { object, start: 0, end: object.size },
    read: single,
  };
  return fromMembers({ object, kind }, [member]);
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
      refuseUnreadable(entry, subject, selection.password);
      const { compressedSize, uncompressedSize } = entry;
      return {
        name: entry.name,
        object,
        subject,
        compressedSize,
        uncompressedSize,
        special: entry.symbolicLink ? { kind: "symbolic link" } : undefined,
        span: { object, ...spanOfMember(entry) },
        read: (spans) =>
          expansion.watch(
            readZipMember(entry, { subject, password: selection.password }, (start, end) => spans(object, start, end)),
            compressedSize,
            subject,
          ),
      };
    });
  if (!members.some(({ special }) => special === undefined)) {
    throw noMemberWanted(object, new NamesFound(entries.map(({ name }) => ({ name }))));
  }
  return fromMembers({ object, kind: "zip" }, members);
}

async function* readSingle(kind: Wrapping, object: OpenedObject, selection: MemberSelection, input: Chunks): Chunks {
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
