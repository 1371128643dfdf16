// A lock between processes, for files that several programs of ours write.
//
// The lock is a symbolic link that leads nowhere and whose text names its owner: made in one step, never half written,
// and left behind by a process that was killed. Whoever finds it dead removes it, under a lock of its own that bears the
// dead owner's name: only one process can hold that, so nobody removes the lock of the next owner by mistake.
import { createHash, randomUUID } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { kill, pid } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../errors.js";

export interface FileLock {
  /** False once another process took the lock over, because this one stood still for too long. */
  isHeld(): boolean;
  release(): void;
}

export interface FileLockOptions {
  /** Milliseconds to wait for the present owner; default 60 000. */
  readonly waitMs?: number;
  /** An owner that cannot be asked whether it lives counts as dead after this many milliseconds; default 30 000. */
  readonly staleMs?: number;
}

/**
 * Waits for the lock and takes it.
 *
 * @param path The lock's own path, beside the file that it guards.
 * @throws UsageError `ERR_OUTPUT` when the lock stays taken.
 */
export async function acquireFileLock(path: string, options: FileLockOptions = {}): Promise<FileLock> {
  const { waitMs = 60_000, staleMs = 30_000 } = options;
  const deadlineMs = performance.now() + waitMs;
  for (;;) {
    const lock = tryLock(path, staleMs);
    if (lock !== undefined) return lock;
    if (performance.now() > deadlineMs) throw stillTaken(path, waitMs);
    await sleep(1 + Math.random() * 10);
  }
}

function tryLock(path: string, staleMs: number): FileLock | undefined {
  const own = describeOwner();
  if (createOnce(path, own)) {
    const isHeld = () => readOwner(path) === own;
    return { isHeld, release: () => void (isHeld() && removeIfThere(path)) };
  }
  const owner = readOwner(path);
  if (owner !== undefined && isDead(owner, path, staleMs)) removeDead(path, owner, staleMs);
  return undefined;
}

function removeDead(path: string, owner: string, staleMs: number): void {
  const digest = createHash("sha256").update(owner).digest("hex").slice(0, 8);
  const right = tryLock(`${path}-${digest}`, staleMs);
  if (right === undefined) return;
  if (readOwner(path) === owner) removeIfThere(path);
  right.release();
}

/** `PID@PLACE#UNIQUE`; the place tells whether a process number means anything here. */
function describeOwner(): string {
  return `${pid}@${place()}#${randomUUID()}`;
}

function isDead(owner: string, path: string, staleMs: number): boolean {
  const [, number = "", where = ""] = /^(\d+)@(.*)#/.exec(owner) ?? [];
  if (where === place() && !isAlive(Number(number))) return true;
  const madeMs = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return madeMs !== undefined && Date.now() - madeMs > staleMs;
}

function isAlive(process: number): boolean {
  try {
    return kill(process, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Host and process number namespace: containers of one host may share a folder and not their process numbers. */
function place(): string {
  try {
    return `${hostname()}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function createOnce(path: string, text: string): boolean {
  try {
    symlinkSync(text, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // Windows lets few users make links, and some file systems have none.
    if (code === "EPERM" || code === "ENOSYS" || code === "ENOTSUP") return createFileOnce(path, text);
    throw error;
  }
}

function createFileOnce(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** undefined when there is no lock. */
function readOwner(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") return undefined;
    return readFileSync(path, "utf8");
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function stillTaken(path: string, waitMs: number): UsageError {
  const [, owner = "unknown"] = /^(\d+)@/.exec(readOwner(path) ?? "") ?? [];
  return new UsageError("ERR_OUTPUT", `process ${owner} has held the lock ${path} for ${waitMs / 1000} s`, {
    hints: ["end that process, or remove the lock if it belongs to another machine"],
  });
}
