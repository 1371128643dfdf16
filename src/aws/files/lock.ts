// A lock between processes.
//
// The lock is a folder with one entry, whose name is the mark of the process that holds it. The folder is created under
// another name and then renamed, which fails if a folder with an entry exists. So only one process can create it, and
// it is never incomplete. Every mark is unique, so a process that removes its own lock, or that of a dead process,
// cannot remove a lock that was created since.
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, utimesSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../errors.js";
import { isPlanted, kindOf } from "./ownership.js";
import { createMark, isAlive, parseMark } from "./process-mark.js";
import { temporaryPath } from "./temporary.js";
import { monotonicMs } from "../monotonic.js";

/** A lock that this process holds. It updates the time of the lock's entry to show that it is alive. */
export interface HeldLock {
  /** False after another process took over the lock, because this one was stopped for too long. */
  isHeld(): boolean;
  release(): void;
}

export type LockAttempt =
  | { readonly kind: "held"; readonly lock: HeldLock }
  | { readonly kind: "busy"; readonly holder: number | undefined }
  | { readonly kind: "impossible"; readonly error: unknown };

/** Tries repeatedly to get one lock, and notices when its holder has died. */
export interface LockWatch {
  attempt(): LockAttempt;
}

export interface LockPatience {
  /** Milliseconds without an update after which a holder on another machine or in another namespace counts as dead. */
  readonly silentMs: number;
  /** Milliseconds without an update after which a running holder counts as stopped or suspended. */
  readonly stoppedMs: number;
}

const heartbeatMs = 300;
const maxRounds = 5;

/**
 * @param path The path of the lock, next to the file that it protects.
 * @param elapsedMs A monotonic clock, because the wall clock may jump.
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
          // The lock was released at this moment; the next round finds out.
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
 * @throws UsageError `ERR_OUTPUT` if the lock stays taken, or belongs to another user of a shared folder; the system's
 *   error if no lock can be created there.
 */
export async function acquireLock(path: string, { waitMs = 60_000 } = {}): Promise<HeldLock> {
  const startedMs = monotonicMs();
  const watch = watchLock(path, { silentMs: 30_000, stoppedMs: 30_000 }, monotonicMs);
  for (;;) {
    const attempt = watch.attempt();
    if (attempt.kind === "held") return attempt.lock;
    if (attempt.kind === "impossible") throw attempt.error;
    if (monotonicMs() - startedMs > waitMs) {
      throw new UsageError(
        "ERR_OUTPUT",
        `process ${attempt.holder ?? "unknown"} has held the lock ${path} for ${waitMs / 1000} s`,
        { hints: ["end that process, or remove the lock if it belongs to another machine"] },
      );
    }
    await sleep(1 + Math.random() * 10);
  }
}

/** Returns the names in the lock's folder; none if the lock is free. Anything but a folder is removed unread. */
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

/** @returns undefined if another process was first. */
function createLock(path: string): HeldLock | undefined {
  const mark = createMark();
  const made = temporaryPath(path);
  const entry = join(path, mark);
  mkdirSync(made);
  try {
    mkdirSync(join(made, mark));
    renameSync(made, path);
  } catch (error) {
    removeQuietly(join(made, mark));
    removeQuietly(made);
    // Windows does not replace a folder, not even an empty one, which a killed process may leave.
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
      // If another process took over the lock, it has another entry, which stays.
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
 * Another user's lock cannot be emptied, but its folder may be renamed. If what was renamed is a lock created since, it
 * is renamed back.
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
    // In the worst case, the lock counts as dead.
  }
}

function removeQuietly(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    // It is gone, or belongs to another process.
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
