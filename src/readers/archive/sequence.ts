import { openArchive } from "./open.js";
import type { Archive, Member, MemberSelection } from "./open.js";
import { joinSpans } from "./open.js";
import { inputError } from "../input-error.js";
import type { FoundObject } from "../objects/find.js";
import { formatLocation } from "../s3/object-store.js";
import type { PersistentStore } from "../s3/persistent-store.js";
import type { Span } from "./spans.js";
import { message, setting } from "../../message.js";

/** Read when an object is opened, so that small objects need only one request. */
const headBytes = 256 * 1024;
const archivesAhead = 8;
/** Keeps up to this many bytes of small objects for a second pass. */
const maxHeldBytes = 16 * 1024 * 1024;

/** Iterates over archives in order; opens each shortly before its turn and drops it afterwards. */
export interface ArchiveSequence {
  /** Can be called again. When there are many archives, this opens them again. */
  archives(): AsyncGenerator<Archive, void, undefined>;
  /** The spans that the reader will need, in order; runs ahead of the reader. */
  spans(): AsyncGenerator<Span, void, undefined>;
}

export function createArchiveSequence(
  objects: readonly FoundObject[],
  selection: MemberSelection,
  store: PersistentStore,
  onTotal: (bytes: number) => void = () => undefined,
): ArchiveSequence {
  // The listed size until an archive is opened, then the size of its selected members.
  const expected = objects.map(({ listed }) => listed?.size ?? 0);
  const tellTotal = () => onTotal(expected.reduce((sum, bytes) => sum + bytes, 0));
  const opened = new Map<number, Promise<Archive>>();
  const held = new Set<number>();
  let heldBytes = 0;
  const open = (index: number): Promise<Archive> | undefined => {
    const object = objects[index];
    if (object === undefined) return undefined;
    let archive = opened.get(index);
    if (archive === undefined) {
      archive = openObject(object, selection, store);
      archive.then(({ members }) => {
        expected[index] = joinSpans(members).reduce((sum, { start, end }) => sum + end - start, 0);
        tellTotal();
      }, ignore);
      // An error is reported when this archive's turn comes; until then it must not count as unhandled.
      archive.catch(ignore);
      opened.set(index, archive);
    }
    return archive;
  };
  return {
    async *archives() {
      for (const index of objects.keys()) {
        for (let ahead = 1; ahead <= archivesAhead; ahead++) void open(index + ahead);
        const archive = await open(index);
        if (archive === undefined) continue;
        yield archive;
        const { head } = archive.object;
        if (!held.has(index) && heldBytes + head.length > maxHeldBytes) opened.delete(index);
        else if (!held.has(index)) {
          held.add(index);
          heldBytes += head.length;
        }
      }
    },
    async *spans() {
      for (const index of objects.keys()) {
        for (let ahead = 1; ahead <= archivesAhead; ahead++) void open(index + ahead);
        const archive = await open(index);
        if (archive !== undefined) yield* joinSpans(archive.members);
      }
    },
  };
}

/** Returns the selected members of all archives, in order. */
export async function* membersOf(sequence: ArchiveSequence): AsyncGenerator<Member, void, undefined> {
  for await (const archive of sequence.archives()) yield* archive.members;
}

const ignore = () => undefined;

async function openObject(
  { bucket, key, listed }: FoundObject,
  selection: MemberSelection,
  store: PersistentStore,
): Promise<Archive> {
  const object = await store.open({ bucket, key }, headBytes, listed?.etag);
  const archive = await openArchive(object, selection, async (start, end) =>
    end <= object.head.length ? object.head.subarray(start, end) : store.read(object, start, end),
  );
  if (archive.members.length > 0) return archive;
  const names = archive.names.filter((name) => !name.endsWith("/"));
  const shown = names.slice(0, 10).map((name) => `found "${name}"`);
  throw inputError(formatLocation(object), "no member of the archive is wanted", [
    message`choose members with ${setting("member")}, such as ${setting("member")} "*.txt"`,
    ...shown,
    ...(names.length > shown.length ? [`and ${names.length - shown.length} more`] : []),
  ]);
}
