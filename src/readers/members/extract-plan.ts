import { lstatSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Member } from "../archive/archive.js";
import { inputError } from "../input-error.js";

/** The limit of nearly every file system, in bytes. */
const maxPart = 255;
const maxPath = 4000;

/**
 * Checks before anything is written that all members can be written below a folder: their names must not conflict with
 * each other or with existing files.
 */
export class ExtractPlan {
  readonly #root: string;
  /** Maps the identity of each path to true for a file, false for a folder. */
  readonly #files = new Map<string, boolean>();

  /** @param root The real path of the folder. */
  constructor(root: string) {
    this.#root = root;
  }

  /** @throws UsageError `ERR_INPUT`, `ERR_OUTPUT` */
  add({ subject }: Pick<Member, "subject">, parts: readonly string[]): void {
    refuseLongNames(subject, parts, this.#root);
    const identity = identityOf(parts);
    const present = this.#files.get(identity);
    if (present === true) {
      throw inputError(subject, "another member has the same name", [
        message`extract them one by one with ${setting("member")}`,
      ]);
    }
    if (present === false) throw fileAndFolder(subject);
    this.#files.set(identity, true);
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = identityOf(parts.slice(0, depth));
      if (this.#files.get(folder) === true) throw fileAndFolder(subject);
      this.#files.set(folder, false);
    }
    refuseObstacles(this.#root, parts);
  }
}

/** Some file systems ignore case and the Unicode normalization form of names. */
export const identityOf = (parts: readonly string[]): string => parts.join("/").normalize("NFC").toLowerCase();

function fileAndFolder(subject: string): UsageError {
  return inputError(subject, "one name is a file in one member and a folder in another", [
    message`leave one of them out with ${setting("exclude")}, or extract them one by one with ${setting("member")}`,
  ]);
}

function refuseLongNames(subject: string, parts: readonly string[], root: string): void {
  const longest = Math.max(...parts.map((part) => Buffer.byteLength(part)));
  if (longest > maxPart) {
    throw inputError(subject, `a part of its name has ${longest} bytes, expected at most ${maxPart}`, [
      message`leave it out with ${setting("exclude")}, or read its rows without ${setting("extract")}`,
    ]);
  }
  const whole = Buffer.byteLength(join(root, ...parts));
  if (whole > maxPath) {
    throw inputError(subject, `its path has ${whole} bytes, expected at most ${maxPath}`, [
      message`extract into a folder with a shorter path, or leave it out with ${setting("exclude")}`,
    ]);
  }
}

function refuseObstacles(root: string, parts: readonly string[]): void {
  for (let depth = 1; depth <= parts.length; depth++) {
    const path = join(root, ...parts.slice(0, depth));
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (depth === parts.length) {
      if (found.isDirectory()) throw obstacle(path, "a folder is in the way of a file", "remove it");
      return;
    }
    const real = found.isSymbolicLink() ? realPathOf(path) : path;
    if (real !== root && real?.startsWith(root + sep) !== true) {
      throw obstacle(path, `it leads out of "${root}"`, "remove the symbolic link there");
    }
    if (!statSync(path).isDirectory()) throw obstacle(path, "a file is in the way of a folder", "remove it");
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function obstacle(path: string, problem: string, remedy: string): UsageError {
  return new UsageError("ERR_OUTPUT", `cannot extract to "${path}": ${problem}`, {
    hints: [`${remedy}, or extract into another folder`],
  });
}
