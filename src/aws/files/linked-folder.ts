// A folder that readers access through a symbolic link, as Kubernetes mounts secrets: `client.pem -> ..data/client.pem`
// and `..data -> ..2026_11_30_12_00_00.1`. A new folder and a new link replace all files in it atomically.
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isPlanted } from "./ownership.js";
import { writeLike } from "./previous-copy.js";
import { flushFolder } from "./replacement.js";
import { removeLeftovers, temporaryPath } from "./temporary.js";
import { cannotWrite } from "./write-failure.js";

export interface LinkedFile {
  /** The link to the folder. */
  readonly link: string;
  /** The file's name in the folder. */
  readonly name: string;
}

const maxLinks = 40;
/** A folder with more or larger files is not a folder of certificates. */
const maxFiles = 32;
const maxFileBytes = 1024 * 1024;

/** @returns undefined if the path does not lead through a link to a folder with few files next to it. */
export function findLinkedFile(path: string): LinkedFile | undefined {
  let place = path;
  for (let links = 0; links < maxLinks; links++) {
    const folder = dirname(place);
    if (isReplaceable(folder)) return { link: resolve(folder), name: basename(place) };
    const found = lstatSync(place, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() !== true) return undefined;
    place = resolve(folder, readlinkSync(place));
  }
  return undefined;
}

function isReplaceable(link: string): boolean {
  const found = lstatSync(link, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() !== true || isPlanted(found, link)) return false;
  const target = readlinkSync(link);
  if (target !== basename(target) || target === "." || target === "..") return false;
  const files = listFiles(join(dirname(link), target));
  return files.length <= maxFiles && files.every(([, stats]) => stats.isFile() && stats.size <= maxFileBytes);
}

/**
 * Replaces files in the folder behind the link. The previous folder stays until the next replacement.
 *
 * @param contents New contents, by name.
 * @returns The previous folder.
 * @throws UsageError `ERR_OUTPUT`; the link is unchanged then.
 */
export function replaceLinkedFiles(link: string, contents: ReadonlyMap<string, Uint8Array>): string {
  const parent = dirname(link);
  try {
    const previous = readlinkSync(link);
    removeLeftovers(link, true);
    const name = newName(link);
    const made = temporaryPath(join(parent, name));
    const folder = lstatSync(join(parent, previous));
    mkdirSync(made, { mode: 0o700 });
    try {
      for (const [file, stats] of listFiles(join(parent, previous)))
        writeLike(join(made, file), contents.get(file) ?? readFileSync(join(parent, previous, file)), stats);
      giveAccessLike(made, folder);
      renameSync(made, join(parent, name));
    } catch (error) {
      rmSync(made, { recursive: true, force: true });
      throw error;
    }
    const newLink = temporaryPath(link);
    symlinkSync(name, newLink);
    renameSync(newLink, link);
    flushFolder(parent);
    removeOld(link, [previous, name]);
    return join(parent, previous);
  } catch (error) {
    throw cannotWrite(link, error);
  }
}

/** Creates a name in the format of Kubernetes. */
function newName(link: string): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-T:]/g, "_");
  for (let number = 1; ; number++) {
    const name = `..${time}.${number}${ownSuffix(link)}`;
    if (lstatSync(join(dirname(link), name), { throwIfNoEntry: false }) === undefined) return name;
  }
}

/** Returns the suffix of folders that this program created for a link. */
function ownSuffix(link: string): string {
  return `.${basename(link).replace(/^\.+/, "")}.rolesanywhere-ts`;
}

/** Removes folders that this program created, complete or not, except the current and the previous one. */
function removeOld(link: string, kept: readonly string[]): void {
  const suffix = ownSuffix(link);
  for (const name of readdirSync(dirname(link))) {
    const [, rest = ""] = /^\.{2,3}\d{4}(?:_\d\d){5}\.\d+(\..*)$/.exec(name) ?? [];
    const isOwn = rest === suffix || (rest.startsWith(`${suffix}.`) && rest.endsWith(".partial"));
    if (isOwn && !kept.includes(name)) rmSync(join(dirname(link), name), { recursive: true, force: true });
  }
}

function giveAccessLike(folder: string, { uid, gid, mode }: Stats): void {
  if (process.platform === "win32") return;
  try {
    if (uid !== process.geteuid?.() || gid !== process.getegid?.()) chownSync(folder, uid, gid);
    chmodSync(folder, mode & 0o777);
  } catch {
    // A folder of another owner becomes private to this user.
  }
}

function listFiles(folder: string): readonly (readonly [name: string, stats: Stats])[] {
  return readdirSync(folder).map((name) => [name, lstatSync(join(folder, name))]);
}
