import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./run-program.js";
import type { CliResult } from "./run-cli.js";
import { createScratch } from "./scratch.js";
import { requireCondition, requireTools } from "./tools.js";

const archive = process.env["ROLESANYWHERE_TS_BARE_DEBIAN"] ?? "";

/** Tells whether programs can run here in another root folder, as another user. */
export function requireRoots(what: string): boolean {
  return (
    requireTools(what, "unshare") &&
    requireCondition(what, process.getuid?.() === 0, "root, who may change the root folder")
  );
}

/** Tells the same for a Debian with only its base system. */
export function requireBareDebian(what: string): boolean {
  return (
    requireRoots(what) &&
    requireCondition(what, existsSync(archive), "a bare Debian, which ROLESANYWHERE_TS_BARE_DEBIAN names")
  );
}

/** Unpacks a Debian with only its base system into a folder. */
export function createBareDebian(): string {
  const folder = createScratch("debian");
  execFileSync("tar", ["--extract", "--numeric-owner", "--exclude=./dev/*", "--file", archive, "--directory", folder]);
  return folder;
}

/** Makes a root folder read-only but for these of its folders, as `readOnlyRootFilesystem` does. */
const seal = (writable: readonly string[]) =>
  [
    'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"',
    ...writable.map((path) => `mount --bind "$0${path}" "$0${path}" && mount -o remount,bind,rw "$0${path}"`),
  ].join(" && ");

/**
 * Builds a command that runs a program in a root folder, with separate devices and processes but the same network.
 *
 * @param writable The folders of a root that is read-only otherwise.
 */
function words(
  root: string,
  user: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  writable?: readonly string[],
) {
  for (const name of ["dev", "proc"]) mkdirSync(join(root, name), { recursive: true });
  const script = `${writable === undefined ? "" : `${seal(writable)} && `}mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && user=$1 && shift && exec "$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v chroot)" --userspec="$user" "$0" "$@"`;
  const variables = Object.entries({ PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/tmp", ...environment });
  const assigned = variables.map(([name, value]) => `${name}=${value}`);
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
  return [...namespaces, "env", "-i", ...assigned, "/bin/sh", "-c", script, root, user, ...command];
}

export function runInRoot(
  root: string,
  command: readonly string[],
  {
    user = "0:0",
    environment = {},
    writable,
  }: {
    readonly user?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly writable?: readonly string[];
  } = {},
): Promise<CliResult> {
  return runProgram("unshare", words(root, user, command, environment, writable), { timeoutMs: 100_000 });
}

export function startInRoot(
  root: string,
  command: readonly string[],
  user: string,
  environment: Readonly<Record<string, string>>,
  writable?: readonly string[],
): ChildProcessWithoutNullStreams {
  return spawn("unshare", words(root, user, command, environment, writable));
}

/** Stops the program inside: `unshare` ignores SIGTERM while it waits for it. */
export async function stopInRoot(started: ChildProcessWithoutNullStreams): Promise<void> {
  const closed = once(started, "close");
  const within = readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, "utf8").trim();
  if (within !== "") process.kill(Number(within), "SIGTERM");
  await closed;
}
