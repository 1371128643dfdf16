import { readFileSync, realpathSync, rmSync } from "node:fs";
import type { Stats } from "node:fs";
import { readSecretFile } from "./read-secret.js";
import { replaceContent } from "./replacement.js";

export interface InPlaceEdit {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** The path of the journal, which holds both until the file is written. */
  readonly journal: string;
  readonly present: Stats;
  readonly secret: boolean;
}

/**
 * Overwrites a file, so that its inode stays. If the process is killed meanwhile, `finishInPlace` completes the write.
 *
 * @throws Error of the file system.
 */
export function writeInPlace(path: string, { before, after, journal, present, secret }: InPlaceEdit): void {
  const header = Buffer.from(`${JSON.stringify({ before: before.length, after: after.length })}\n`);
  replaceContent(journal, Buffer.concat([header, before, after]), { secret: true });
  replaceContent(path, after, { secret, present, inPlace: true });
  rmSync(journal);
}

/**
 * Replaces an existing file, or overwrites it if other links, a mount or another owner prevent that.
 *
 * @param inPlace Whether the inode must stay in any case.
 * @throws Error of the file system.
 */
export function replaceOrWriteOver(path: string, edit: InPlaceEdit, inPlace = false): void {
  const { after, present, secret } = edit;
  if (inPlace || mustKeepInode(path, present)) writeInPlace(path, edit);
  else replaceContent(path, after, { secret, present });
}

function mustKeepInode(file: string, { nlink, uid }: Stats): boolean {
  const user = process.geteuid?.();
  return nlink > 1 || (user !== undefined && user !== 0 && uid !== user) || isMountPoint(file);
}

/** Completes an interrupted write, unless another program has changed the file since. */
export function finishInPlace(path: string, present: Stats | undefined, journal: string): void {
  const entry = readJournal(journal);
  if (entry === undefined) return;
  const { before, after } = entry;
  if (present !== undefined && isTorn(readFileSync(path), before, after)) {
    replaceContent(path, after, { secret: false, present, inPlace: true });
  }
  rmSync(journal, { force: true });
}

/** Tells whether a file is itself a mount point, as with `docker run -v FILE:FILE`, and so cannot be replaced. */
function isMountPoint(path: string): boolean {
  if (process.platform !== "linux") return false;
  try {
    const points = readFileSync("/proc/self/mountinfo", "latin1").split("\n");
    const real = Buffer.from(realpathSync(path)).toString("latin1");
    return points.some((line) => unescapeMount(line.split(" ")[4] ?? "") === real);
  } catch {
    return false;
  }
}

function unescapeMount(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

interface JournalEntry {
  readonly before: Buffer;
  readonly after: Buffer;
}

function readJournal(journal: string): JournalEntry | undefined {
  let bytes: Buffer;
  try {
    bytes = readSecretFile(journal, { noun: "journal", readableByOthers: false });
  } catch {
    // There is no journal, or it is not this user's.
    return undefined;
  }
  const [, before = "", after = ""] =
    /^\{"before":(\d{1,9}),"after":(\d{1,9})\}\n/.exec(bytes.toString("latin1", 0, 64)) ?? [];
  const start = bytes.indexOf("\n") + 1;
  const middle = start + Number(before);
  if (before === "" || bytes.length !== middle + Number(after)) return undefined;
  return { before: bytes.subarray(start, middle), after: bytes.subarray(middle) };
}

/**
 * Tells whether a file begins with the new content and continues with the old. Shorter new content is padded with line
 * ends to the old length, and truncated afterwards.
 */
function isTorn(found: Buffer, before: Buffer, after: Buffer): boolean {
  if (found.equals(before) || found.equals(after)) return false;
  const written = Buffer.concat([after, Buffer.alloc(Math.max(0, before.length - after.length), "\n")]);
  let common = 0;
  while (common < found.length && found[common] === written[common]) common++;
  return common > 0 && found.subarray(common).equals(before.subarray(common));
}
