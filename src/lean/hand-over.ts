import { host } from "./host.js";

/** The full program, in the folder of this one. */
const fullName = "rolesanywhere-ts-full";

/** Ends an exchange that this edition cannot make. Thrown where a lock may be held: the lock is released on the way. */
export class HandOver extends Error {}

/** Lets the full program run instead as soon as this run has failed. */
export function requestHandOver(reason: string): HandOver {
  host.wanted = reason;
  return new HandOver(reason);
}

/** Called before an error is reported. Does not return if a hand-over was requested. */
export function handOverIfRequested(): void {
  if (host.wanted !== undefined) handOver(host.wanted);
}

/**
 * Replaces this process by the full program: same arguments, variables and streams, so it behaves as if it had been
 * started in place of this one.
 *
 * @param reason What this edition does not do, for the message if there is no full program.
 */
export function handOver(reason: string): never {
  const path = fullPath();
  const error = host.exec(path);
  const name = host.errorName(-error) ?? `${-error}`;
  const faults: Readonly<Record<string, string>> = {
    ENOENT: `there is no ${path}`,
    ELOOP: `${path} is the lean edition too`,
  };
  const lines = [
    `error[ERR_NOT_AVAILABLE]: the lean edition does not ${reason}, and ${faults[name] ?? `${path} does not start (${name})`}`,
    `hint: install rolesanywhere-ts as ${path}: the standalone executable, or a link to the bundle`,
  ];
  host.write(2, Buffer.from(lines.map((line) => `rolesanywhere-ts: ${line}\n`).join("")));
  return host.exit(2);
}

/** Tells whether the full program is there. */
export function hasFullProgram(): boolean {
  return typeof host.stat(fullPath(), true) !== "number";
}

function fullPath(): string {
  const { executable = "" } = host;
  return `${executable.slice(0, executable.lastIndexOf("/"))}/${fullName}`;
}
