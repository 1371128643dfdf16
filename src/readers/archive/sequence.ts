import { describeMember } from "./none-wanted.js";
import { keepMembers } from "./archive.js";
import type { Archive, Member, MemberSelection, Notes } from "./archive.js";
import { openArchive } from "./open.js";
import type { FoundObject } from "../objects/found-object.js";
import { formatLocation } from "../s3/object-store.js";
import type { PersistentStore } from "../s3/persistent-store.js";
import type { Span, SpanReader } from "./spans.js";
import { ServiceError } from "../../errors.js";
import type { Text } from "../../message.js";
import { dealOut, isInShard, wholeShard } from "../shard.js";
import type { Shard } from "../shard.js";
import { withHint } from "../../aws/http/with-hints.js";
import type { ObjectLocation } from "../objects/query.js";

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

export interface SequenceOptions {
  /** Reads only this part. */
  readonly shard?: Shard;
  /** Called with the expected number of bytes. */
  readonly onTotal?: (bytes: number) => void;
}

export function createArchiveSequence(
  given: readonly FoundObject[],
  selection: MemberSelection,
  store: PersistentStore,
  { shard = wholeShard, onTotal = () => undefined }: SequenceOptions = {},
): ArchiveSequence {
  // Whole objects if there is one for each shard, else members: an archive is opened by every shard that reads of it.
  const dealsMembers = given.length < shard.count;
  const objects = dealsMembers ? given : dealOut(given, shard);
  const share = (archive: Archive, at: number) =>
    dealsMembers ? keepMembers(archive, (index) => isInShard(at + index, shard)) : archive;
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
      archive = openObject(object, selection, store).then((whole) => share(whole, index));
      archive.then(({ spans }) => {
        expected[index] = spans.reduce((sum, { start, end }) => sum + end - start, 0);
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
        if (archive !== undefined) yield* archive.spans;
      }
    },
  };
}

/** Returns the selected members of all archives, in order, links included. */
export async function* membersOf(
  sequence: ArchiveSequence,
  spans: SpanReader,
  told: Notes,
): AsyncGenerator<Member, void, undefined> {
  for await (const archive of sequence.archives()) yield* archive.walk(spans, told);
}

/** Returns the selected files of all archives, in order. Members that are links or devices become a note. */
export async function* filesOf(
  sequence: ArchiveSequence,
  spans: SpanReader,
  told: Notes,
): AsyncGenerator<Member, void, undefined> {
  for await (const archive of sequence.archives()) {
    const others: Member[] = [];
    for await (const member of archive.walk(spans, told)) {
      if (member.special === undefined) yield member;
      else others.push(member);
    }
    if (others.length === 0) continue;
    const shown = others.slice(0, shownOthers).map(describeMember).join("; ");
    const more = others.length > shownOthers ? `; and ${others.length - shownOthers} more` : "";
    told.notes.push(`left out of ${formatLocation(archive.object)}: ${shown}${more}`);
  }
}

const shownOthers = 3;

const ignore = () => undefined;

/** A missing key may be a folder: with a slash at its end, it would be read as a prefix. */
async function slashHint(location: ObjectLocation, store: PersistentStore): Promise<Text | undefined> {
  const folder = `${location.key}/`;
  const listing = store.list(location.bucket, folder)[Symbol.asyncIterator]();
  // The role may read objects without listing them.
  const first = await listing.next().catch(() => undefined);
  await listing.return?.();
  return first === undefined || first.done === true
    ? undefined
    : `it is a folder: add a slash, ${formatLocation({ bucket: location.bucket, key: folder })}`;
}

async function openObject(
  { bucket, key, versionId, listed }: FoundObject,
  selection: MemberSelection,
  store: PersistentStore,
): Promise<Archive> {
  const object = await store.open({ bucket, key, versionId }, headBytes, listed?.etag).catch(async (error: unknown) => {
    if (!(error instanceof ServiceError) || error.statusCode !== 404) throw error;
    throw withHint(error, await slashHint({ bucket, key }, store));
  });
  return openArchive(object, selection, async (start, end) =>
    end <= object.head.length ? object.head.subarray(start, end) : store.read(object, start, end),
  );
}
