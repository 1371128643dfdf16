import { lstatSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../errors.js";
import { isDescriptor } from "./descriptor.js";
import { readNamedFile } from "./read-named-file.js";
import { findWideMode, isPlanted, isTrustedOwner, kindOf } from "./ownership.js";

export interface SecretRule {
  /** The file's name in messages, such as `token file`. */
  readonly noun: string;
  /** Whether users other than the owner and group may read it. */
  readonly readableByOthers: boolean;
}

const writableByOthers = 0o022;
const accessOfOthers = 0o007;

/**
 * Reads a file that is a secret or gives access to one. It must be a regular file or a pipe, belong to this user or
 * root, and not be writable by others; `rule` may also forbid others to read it. A descriptor that the caller passed
 * (`/dev/fd/N`, `<(…)`) is trusted.
 *
 * @throws UsageError `ERR_INPUT` that names the violated rule; the system's error when it cannot be read.
 */
export function readSecretFile(path: string, rule: SecretRule): Buffer {
  if (path === "/dev/stdin" || isDescriptor(resolve(path))) return readNamedFile(path);
  refusePlantedLink(path, rule);
  const accept = (stats: Stats) => requireTrusted(path, stats, rule);
  // Checked before opening, because opening a device may have effects; and again afterwards, in case it was replaced.
  accept(statSync(path));
  return readNamedFile(path, accept);
}

function requireTrusted(path: string, stats: Stats, { noun, readableByOthers }: SecretRule): void {
  if (!stats.isFile() && !stats.isFIFO()) {
    if (stats.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: "EISDIR" });
    throw refusal(noun, path, `is a ${kindOf(stats)}, expected a regular file`, "name a file");
  }
  if (!isTrustedOwner(stats.uid)) {
    const expected = `expected user ${process.geteuid?.() ?? 0}, who runs this program, or root`;
    throw refusal(
      noun,
      path,
      `belongs to user ${stats.uid}, ${expected}`,
      `make a file of your own, or chown this one`,
    );
  }
  const written = findWideMode(stats, writableByOthers);
  if (written !== undefined) {
    throw refusal(noun, path, `${written}, which lets others write to it`, `run: chmod go-w ${path}`);
  }
  const read = readableByOthers ? undefined : findWideMode(stats, accessOfOthers);
  if (read !== undefined) {
    throw refusal(noun, path, `${read}, which lets every user read it`, `run: chmod o-rwx ${path}`);
  }
}

function refusePlantedLink(path: string, { noun }: SecretRule): void {
  const found = lstatSync(path);
  if (!found.isSymbolicLink() || !isPlanted(found, path)) return;
  throw refusal(
    noun,
    path,
    `is a link that user ${found.uid} made, in a folder that others can write to`,
    "name the file",
  );
}

function refusal(noun: string, path: string, fault: string, hint: string): UsageError {
  return new UsageError("ERR_INPUT", `${noun} ${path} ${fault}`, { hints: [hint] });
}
