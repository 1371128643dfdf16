import { fstatSync, readdirSync, readlinkSync } from "node:fs";

/**
 * Finds descriptors from 3 on that this process inherited, such as those of `<(…)` or of make's job server. Node.js
 * closes them for its children, unless they are named.
 *
 * Call this before anything is opened: what is open then and does not belong to Node.js was inherited.
 *
 * @param variables For `MAKEFLAGS`, which names both ends of the job server's pipe.
 */
export function inheritedDescriptors(variables: Readonly<Record<string, string | undefined>>): readonly number[] {
  const open = openDescriptors();
  const pipes = new Map<string, number>();
  for (const { leadsTo } of open) if (leadsTo.startsWith("pipe:")) pipes.set(leadsTo, (pipes.get(leadsTo) ?? 0) + 1);
  const named = new Set(jobServer(variables["MAKEFLAGS"] ?? ""));
  return open
    .filter(({ descriptor, leadsTo }) => named.has(descriptor) || !isOwn(leadsTo, pipes.get(leadsTo) ?? 0))
    .map(({ descriptor }) => descriptor);
}

interface OpenDescriptor {
  readonly descriptor: number;
  readonly leadsTo: string;
}

/** Only Linux reveals what a descriptor leads to. Elsewhere, only those named by a caller are passed on. */
function openDescriptors(): readonly OpenDescriptor[] {
  try {
    return readdirSync("/proc/self/fd").flatMap((name) => {
      const descriptor = Number(name);
      const leadsTo = readLink(name);
      return descriptor > 2 && leadsTo !== undefined ? [{ descriptor, leadsTo }] : [];
    });
  } catch {
    return [];
  }
}

function readLink(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    // The descriptor of the folder itself is closed by now.
    return undefined;
  }
}

/** Node.js itself holds poll and event descriptors, /dev/null, and both ends of pipes. */
function isOwn(leadsTo: string, ends: number): boolean {
  return leadsTo.startsWith("anon_inode:") || leadsTo === "/dev/null" || ends > 1;
}

/** Parses `--jobserver-auth=3,4` of GNU make, `--jobserver-fds=3,4` before 4.2. */
function jobServer(makeFlags: string): readonly number[] {
  const [, reading, writing] = /--jobserver-(?:auth|fds)=(\d+),(\d+)/.exec(makeFlags) ?? [];
  return [Number(reading), Number(writing)].filter((descriptor) => descriptor > 2 && isOpen(descriptor));
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}
