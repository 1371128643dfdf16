// A lock between processes.
//
// The lock is a folder with one entry, whose name is the mark of the process that holds it. It is made under another name
// and renamed into place, which the system refuses while a folder with an entry stands there: so it is made by one process
// alone, and never half made. The mark is unlike any other, so a process that removes its own lock, or that of a dead
// one, cannot hit a lock that was made since.
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, utimesSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../errors.js";
import { isPlanted, kindOf } from "./ownership.js";
import { createMark, isAlive, parseMark } from "./process-mark.js";
import { temporaryPath } from "./temporary.js";

/** A lock that this process holds; others see that it lives by the changing time of its entry. */
export interface HeldLock {
  /** False once another process took the lock over, because this one stood still for too long. */
  isHeld(): boolean;
  release(): void;
}

export type LockAttempt =
  | { readonly kind: "held"; readonly lock: HeldLock }
  | { readonly kind: "busy"; readonly holder: number | undefined }
  | { readonly kind: "impossible"; readonly error: unknown };

/** Tries for one lock again and again, and notices when its holder died. */
export interface LockWatch {
  attempt(): LockAttempt;
}

export interface LockPatience {
  /** Milliseconds after which a holder is given up that cannot be asked, since it runs elsewhere, and shows no life. */
  readonly silentMs: number;
  /** Milliseconds after which a holder is given up that runs but shows no life: it was stopped or suspended. */
  readonly stoppedMs: number;
}

const heartbeatMs = 300;
const maxRounds = 5;

/**
 * @param path The lock's own path, beside the file that it guards.
 * @param elapsedMs A clock that only runs forward, since the wall clock may jump.
 */
export function watchLock(path: string, patience: LockPatience, elapsedMs: () => number): LockWatch {
  let seen: { readonly sign: string; readonly sinceMs: number } | undefined;

  function isStale(name: string): boolean {
    const sign = `${name} ${lstatSync(join(path, name)).mtimeMs}`;
    if (seen?.sign !== sign) seen = { sign, sinceMs: elapsedMs() };
    const idleMs = elapsedMs() - seen.sinceMs;
    const mark = parseMark(name);
    const alive = mark === undefined ? undefined : isAlive(mark);
    return alive === false || idleMs > (alive === undefined ? patience.silentMs : patience.stoppedMs);
  }

  function attemptOnce(): LockAttempt | undefined {
    const [name] = readHolders(path);
    if (name === undefined) {
      const lock = createLock(path);
      return lock === undefined ? undefined : { kind: "held", lock };
    }
    if (!isStale(name)) return { kind: "busy", holder: parseMark(name)?.pid };
    removeStale(path, name);
    return undefined;
  }

  return {
    attempt() {
      for (let round = 0; round < maxRounds; round++) {
        try {
          const answer = attemptOnce();
          if (answer !== undefined) return answer;
        } catch (error) {
          // It was released at this moment: the next look finds out.
          if (!isMissing(error)) return { kind: "impossible", error };
          if (lstatSync(dirname(path), { throwIfNoEntry: false }) === undefined) return { kind: "impossible", error };
        }
      }
      return { kind: "busy", holder: undefined };
    },
  };
}

/**
 * Waits for a lock and takes it.
 *
 * @throws UsageError `ERR_OUTPUT` when the lock stays taken, or is another user's who shares the folder; the system's error
 *   when no lock can be made there.
 */
export async function acquireLock(path: string, { waitMs = 60_000 } = {}): Promise<HeldLock> {
  const startedMs = performance.now();
  const watch = watchLock(path, { silentMs: 30_000, stoppedMs: 30_000 }, () => performance.now());
  for (;;) {
    const attempt = watch.attempt();
    if (attempt.kind === "held") return attempt.lock;
    if (attempt.kind === "impossible") throw attempt.error;
    if (performance.now() - startedMs > waitMs) {
      throw new UsageError(
        "ERR_OUTPUT",
        `process ${attempt.holder ?? "unknown"} has held the lock ${path} for ${waitMs / 1000} s`,
        { hints: ["end that process, or remove the lock if it belongs to another machine"] },
      );
    }
    await sleep(1 + Math.random() * 10);
  }
}

/** The names in the lock's folder; none when it is free. What is no folder is removed unread. */
function readHolders(path: string): readonly string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (isPlanted(found, path)) throw planted(path, found);
  if (found.isDirectory()) return readdirSync(path);
  try {
    unlinkSync(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw notALock(path, found);
  }
  return [];
}

/** @returns undefined when another process was first. */
function createLock(path: string): HeldLock | undefined {
  const mark = createMark();
  const made = temporaryPath(path);
  const entry = join(path, mark);
  mkdirSync(made);
  try {
    mkdirSync(join(made, mark));
    renameSync(made, path);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Windows replaces no folder, not even an empty one, which the end of a killed process may leave.
    removeQuietly(path);
    if (isTaken(error)) return undefined;
    throw error;
  }
  const beat = setInterval(() => showLife(entry), heartbeatMs);
  beat.unref();
  return {
    isHeld: () => lstatSync(entry, { throwIfNoEntry: false }) !== undefined,
    release() {
      clearInterval(beat);
      // After a stop long enough to be given up, the folder is another's and has another entry.
      if (removeQuietly(entry)) removeQuietly(path);
    },
  };
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EEXIST" || code === "ENOTEMPTY" || code === "ENOTDIR") return true;
  return process.platform === "win32" && (code === "EPERM" || code === "EACCES" || code === "EBUSY");
}

function removeStale(path: string, name: string): void {
  try {
    rmSync(join(path, name), { recursive: true, force: true });
    removeQuietly(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    moveAway(path, name);
  }
}

/**
 * Another user's lock cannot be emptied, but its folder may be renamed. If what was renamed turns out to be a lock made
 * since, it goes back.
 */
function moveAway(path: string, name: string): void {
  const aside = temporaryPath(path);
  renameSync(path, aside);
  if (!readdirSync(aside).includes(name)) renameSync(aside, path);
}

function showLife(entry: string): void {
  try {
    const now = new Date();
    utimesSync(entry, now, now);
  } catch {
    // Taken for dead at worst.
  }
}

function removeQuietly(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    // Gone, or another's.
    return false;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function planted(path: string, { uid }: Stats): UsageError {
  return new UsageError(
    "ERR_OUTPUT",
    `the lock ${path} belongs to user ${uid}, and others can write to its folder: it is not waited for`,
    { hints: ["choose a folder that only you can write to, or remove the lock"] },
  );
}

function notALock(path: string, found: Stats): UsageError {
  return new UsageError("ERR_OUTPUT", `the lock ${path} is a ${kindOf(found)} that cannot be removed`, {
    hints: ["remove it"],
  });
}
