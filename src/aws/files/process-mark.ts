import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Names a process, so that another can tell whether it still runs: in the name of a lock and of a temporary file. The text
 * `PID-STARTED-SPACE-UNIQUE` is safe as part of a file name.
 */
export interface ProcessMark {
  readonly pid: number;
  /** When the process began, as the system counts; "0" where it does not tell. Process ids are used again. */
  readonly started: string;
  /** Digest of the place where the process id means something: one boot of one machine, one process namespace. */
  readonly space: string;
}

/** A new mark of this process, different from every other. */
export function createMark(): string {
  return `${process.pid}-${startOf(process.pid)}-${ownSpace()}-${randomBytes(6).toString("hex")}`;
}

export function parseMark(text: string): ProcessMark | undefined {
  const match = /^([1-9]\d{0,9})-(\d{1,20})-([0-9a-f]{12})-[0-9a-f]{12}$/.exec(text);
  const [, pid, started, space] = match ?? [];
  if (pid === undefined || started === undefined || space === undefined) return undefined;
  return { pid: Number(pid), started, space };
}

/** @returns undefined when this process cannot tell, since the other runs elsewhere. */
export function isAlive({ pid, started, space }: ProcessMark): boolean | undefined {
  if (space !== ownSpace()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const found = startOf(pid);
  return found === unknownStart || found === started;
}

const unknownStart = "0";
const endedStart = "ended";

/** Field 22 of `/proc/PID/stat`; the second field may hold spaces and parentheses. */
function startOf(pid: number): string {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A process that has ended but was not waited for keeps its entry.
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
