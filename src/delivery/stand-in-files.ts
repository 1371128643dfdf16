import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeLeftovers, temporaryPath } from "../aws/files/temporary.js";

const ownDescriptors = `/proc/${process.pid}/fd`;

/** Temporary replacements of config files, for one child process. */
export interface StandInFiles {
  /** Environment variables that name them to the child. */
  readonly variables: Readonly<Record<string, string>>;
  /** Closes or deletes them. */
  readonly remove: () => void;
}

export interface StandIn {
  /** The variable that names the file. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Provides files to a child process while it runs. Where possible, the files have no name in the file system, so that
 * nothing is left behind if this process is killed.
 *
 * @param descriptors The folder through which other processes open this process's files.
 * @throws Error of the file system
 */
export function createStandIns(files: readonly StandIn[], descriptors = ownDescriptors): StandInFiles {
  const held: HeldFile[] = [];
  const remove = () => {
    for (const file of held) file.remove();
  };
  try {
    for (const { name, bytes } of files) held.push(hold(name, bytes, descriptors));
  } catch (error) {
    remove();
    throw error;
  }
  return { variables: Object.fromEntries(held.map(({ name, path }) => [name, path])), remove };
}

/** Removes files left behind by killed runs, on systems where these files have names. */
export function sweepStandIns(descriptors = ownDescriptors): void {
  if (!existsSync(descriptors)) removeLeftovers(folderName());
}

interface HeldFile {
  readonly name: string;
  readonly path: string;
  readonly remove: () => void;
}

function folderName(): string {
  return join(tmpdir(), "rolesanywhere-ts-exec");
}

function hold(name: string, bytes: Uint8Array, descriptors: string): HeldFile {
  const folder = temporaryPath(folderName());
  mkdirSync(folder, { mode: 0o700 });
  const path = join(folder, name);
  const file = openSync(path, "wx+", 0o600);
  const nameless = join(descriptors, String(file));
  const isNameless = leadsTo(nameless, path);
  // Unlinked before anything is written.
  if (isNameless) {
    unlinkSync(path);
    rmdirSync(folder);
  }
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
  if (isNameless) return { name, path: nameless, remove: () => closeSync(file) };
  closeSync(file);
  return { name, path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function leadsTo(link: string, path: string): boolean {
  try {
    return statSync(link).ino === lstatSync(path).ino;
  } catch {
    return false;
  }
}
