import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Identifies a process in the name of a lock or temporary file, so that others can tell whether it still runs. The text
 * `PID-STARTED-SPACE-UNIQUE` is safe as part of a file name.
 */
export interface ProcessMark {
  readonly pid: number;
  /** When the process started, as the system counts; "0" if unknown. Needed because process IDs are reused. */
  readonly started: string;
  /** Digest of where the process ID is valid: one boot of one machine, one process namespace. */
  readonly space: string;
}

/** Creates a unique mark of this process. */
export function createMark(): string {
  return `${process.pid}-${startOf(process.pid)}-${ownSpace()}-${randomBytes(6).toString("hex")}`;
}

export function parseMark(text: string): ProcessMark | undefined {
  const match = /^([1-9]\d{0,9})-(\d{1,20})-([0-9a-f]{12})-[0-9a-f]{12}$/.exec(text);
  const [, pid, started, space] = match ?? [];
  if (pid === undefined || started === undefined || space === undefined) return undefined;
  return { pid: Number(pid), started, space };
}

/** @returns undefined if this process cannot tell, because the other runs elsewhere. */
export function isAlive({ pid, started, space }: ProcessMark): boolean | undefined {
  if (space !== ownSpace()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process runs and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const found = startOf(pid);
  return found === unknownStart || found === started;
}

const unknownStart = "0";
const endedStart = "ended";

/** Reads field 22 of `/proc/PID/stat`; the second field may contain spaces and parentheses. */
function startOf(pid: number): string {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie process still has its entry.
  if (fields[0] === "Z" || fields[0] === "X") return endedStart;
  return fields[19] ?? unknownStart;
}

function ownSpace(): string {
  return createHash("sha256").update(describeSpace()).digest("hex").slice(0, 12);
}

function describeSpace(): string {
  const boot = read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = read(() => readlinkSync("/proc/self/ns/pid"));
  return `${boot || hostname()} ${namespace}`;
}

function read(get: () => string): string {
  try {
    return get();
  } catch {
    return "";
  }
}
