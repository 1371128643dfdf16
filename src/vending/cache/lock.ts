import {
  closeSync,
  fstatSync,
  futimesSync,
  openSync,
  readFileSync,
  renameSync,
  linkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { describeSelf, isAlive, parseOwner } from "./lock-owner.js";

/** A lock file that this process holds; others see that it lives by the file's changing time. */
export interface HeldLock {
  release(): void;
}

export type LockAttempt =
  | { readonly kind: "held"; readonly lock: HeldLock }
  | { readonly kind: "busy" }
  | { readonly kind: "impossible"; readonly error: unknown };

/** Tries for one lock again and again, and notices when its holder died. */
export interface LockWatch {
  attempt(): LockAttempt;
}

const heartbeatMs = 300;
/** A holder that cannot be asked, for it runs elsewhere, and shows no sign of life for so long is given up. */
const silentMs = 1_200;
/** A holder that lives but does nothing was stopped or suspended. */
const stoppedMs = 10_000;

/**
 * @param unique A word that no other process uses.
 * @param elapsedMs A clock that only runs forward, since the wall clock may jump.
 */
export function watchLock(path: string, unique: string, elapsedMs: () => number): LockWatch {
  let seen: { readonly sign: string; readonly sinceMs: number } | undefined;
  let count = 0;

  /** The token of a lock that nobody will release; undefined while its holder may live. */
  function findStale(): string | undefined {
    const [text, changedMs] = readLock(path);
    const sign = `${text} ${changedMs}`;
    if (seen?.sign !== sign) seen = { sign, sinceMs: elapsedMs() };
    const idleMs = elapsedMs() - seen.sinceMs;
    const owner = parseOwner(text);
    const alive = owner === undefined ? undefined : isAlive(owner);
    const stale = alive === false || idleMs > (alive === undefined ? silentMs : stoppedMs);
    return stale ? text : undefined;
  }

  return {
    attempt() {
      try {
        return { kind: "held", lock: createLock(path, `${unique}.${count++}`) };
      } catch (error) {
        if (!isExisting(error)) return { kind: "impossible", error };
      }
      try {
        const stale = findStale();
        if (stale !== undefined) removeStale(path, stale, unique);
        return { kind: "busy" };
      } catch (error) {
        // It was released at this moment: the next attempt finds out.
        return isMissing(error) ? { kind: "busy" } : { kind: "impossible", error };
      }
    },
  };
}

function createLock(path: string, token: string): HeldLock {
  const fd = openSync(path, "wx", 0o600);
  const owner = JSON.stringify(describeSelf(token));
  try {
    writeSync(fd, owner);
  } catch (error) {
    closeSync(fd);
    unlinkSync(path);
    throw error;
  }
  const beat = setInterval(() => showLife(fd), heartbeatMs);
  beat.unref();
  return {
    release() {
      clearInterval(beat);
      closeSync(fd);
      try {
        // After a stop long enough to be given up, the file is another's.
        if (readFileSync(path, "utf8") === owner) unlinkSync(path);
      } catch {
        // Somebody cleared the folder.
      }
    },
  };
}

function showLife(fd: number): void {
  try {
    const now = new Date();
    futimesSync(fd, now, now);
  } catch {
    // Taken for dead at worst, which costs a request.
  }
}

function readLock(path: string): [text: string, changedMs: number] {
  const fd = openSync(path, "r");
  try {
    return [readFileSync(fd, "utf8"), fstatSync(fd).mtimeMs];
  } finally {
    closeSync(fd);
  }
}

/**
 * Takes a stale lock away. Of several that try, the rename lets one win; if what it took turns out to be a lock made since,
 * that one goes back.
 */
function removeStale(path: string, stale: string, unique: string): void {
  const taken = `${path}.${unique}.partial`;
  renameSync(path, taken);
  if (readFileSync(taken, "utf8") !== stale) {
    try {
      linkSync(taken, path);
    } catch {
      // Yet another lock was made meanwhile: two flights at once, which costs a request and nothing else.
    }
  }
  unlinkSync(taken);
}

function isExisting(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EEXIST";
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
