import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a lock, so that others can tell whether that process still lives. */
export interface LockOwner {
  /** Tells this lock from every other. */
  readonly token: string;
  readonly pid: number;
  /** When the process began, where the system tells it; process ids are used again. */
  readonly started: string;
  /** Where the process id means something: one boot of one machine, one process namespace. */
  readonly space: string;
}

export function describeSelf(token: string): LockOwner {
  return { token, pid: process.pid, started: startOf(process.pid), space: ownSpace() };
}

/** @returns undefined when this process cannot tell. */
export function isAlive(owner: LockOwner): boolean | undefined {
  if (owner.space !== ownSpace()) return undefined;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return startOf(owner.pid) === owner.started;
}

export function parseOwner(text: string): LockOwner | undefined {
  try {
    const { token, pid, started, space } = JSON.parse(text) as Partial<LockOwner>;
    if (typeof token !== "string" || typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0)
      return undefined;
    return { token, pid, started: started ?? "", space: space ?? "" };
  } catch {
    return undefined;
  }
}

let space: string | undefined;

function ownSpace(): string {
  space ??= describeSpace();
  return space;
}

function describeSpace(): string {
  const boot = read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = read(() => readlinkSync("/proc/self/ns/pid"));
  return `${boot || hostname()} ${namespace}`;
}

/** Field 22 of `/proc/PID/stat`; the second field may hold spaces and parentheses. */
function startOf(pid: number): string {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A process that has ended but was not waited for keeps its entry.
  return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? "");
}

function read(get: () => string): string {
  try {
    return get();
  } catch {
    return "";
  }
}
