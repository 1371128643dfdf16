import { openArchive } from "./open.js";
import type { Archive, Member, MemberSelection } from "./open.js";
import { joinSpans } from "./open.js";
import { inputError } from "../input-error.js";
import type { FoundObject } from "../objects/find.js";
import { formatLocation } from "../s3/object-store.js";
import type { PersistentStore } from "../s3/persistent-store.js";
import type { Span } from "./spans.js";
import { message, setting } from "../../message.js";

/** What is read of an object at first sight: small objects come whole with one request. */
const headBytes = 256 * 1024;
const archivesAhead = 8;
/** So much of small objects is held for a second walk again. */
const maxHeldBytes = 16 * 1024 * 1024;

/** Archives in order, each opened a little before its turn and forgotten after it. */
export interface ArchiveSequence {
  /** May be walked again, at the price of opening the archives again where there are many. */
  archives(): AsyncGenerator<Archive, void, undefined>;
  /** What the reader will want, in its order; runs ahead of it. */
  spans(): AsyncGenerator<Span, void, undefined>;
}

export function createArchiveSequence(
  objects: readonly FoundObject[],
  selection: MemberSelection,
  store: PersistentStore,
  onTotal: (bytes: number) => void = () => undefined,
): ArchiveSequence {
  // The listed sizes until an archive is opened, then what its wanted members take of it.
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
      // The failure is reported when its turn comes, and is not unhandled until then.
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

/** The wanted members of all archives, in order. */
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
