import { lstatSync, readlinkSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../../errors.js";
import { isDescriptor } from "./descriptor.js";
import { isPlanted, kindOf } from "./ownership.js";
import { cannotWrite } from "./write-failure.js";

/** The target of a path, after all links were followed. */
export type Target =
  /** A file. It does not exist yet if `present` is undefined. */
  | { readonly kind: "file"; readonly path: string; readonly present: Stats | undefined }
  /** A device, a named pipe or an open descriptor such as /dev/stdout, which is written to directly. */
  | { readonly kind: "stream"; readonly path: string };

export interface TargetOptions {
  /** The content is secret: it is only written to a file, and not to one that another user may have planted. */
  readonly secret: boolean;
}

const maxLinks = 40;

/**
 * Finds the target of a write without writing anything. Follows a link unless another user may have planted it.
 *
 * @throws UsageError `ERR_OUTPUT` for a folder, and for what another user may have planted; for a secret also for
 *   devices, pipes and sockets.
 */
export function findTarget(path: string, { secret }: TargetOptions): Target {
  let place = path;
  for (let links = 0; links < maxLinks; links++) {
    const found = lstatOf(place, path);
    if (found?.isSymbolicLink() !== true) return accept(place, found, secret);
    if (isPlanted(found, place)) throw planted(place, found);
    if (isDescriptor(place)) {
      if (secret) throw notAFile(path, "an open descriptor");
      return { kind: "stream", path: place };
    }
    place = resolve(dirname(place), readlinkSync(place));
  }
  throw cannotWrite(path, { code: "ELOOP" });
}

/** Finds a target that must be a file, for a secret or an edit. */
export function findFile(path: string, options: TargetOptions): Extract<Target, { kind: "file" }> {
  const target = findTarget(path, options);
  if (target.kind === "stream") throw notAFile(path, `a ${kindOf(statSync(target.path))}`);
  return target;
}

function accept(path: string, present: Stats | undefined, secret: boolean): Target {
  if (present === undefined) return { kind: "file", path, present };
  if (present.isDirectory()) {
    throw new UsageError("ERR_OUTPUT", `"${path}" is a folder (directory), expected a file`, {
      hints: [`name a file in it, such as ${join(path, secret ? "credentials" : "output")}`],
    });
  }
  if (present.isFile()) {
    if (isPlanted(present, path, secret ? "any" : "sticky")) throw planted(path, present);
    return { kind: "file", path, present };
  }
  if (secret || present.isSocket()) throw notAFile(path, `a ${kindOf(present)}`);
  return { kind: "stream", path };
}

function lstatOf(place: string, path: string): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function notAFile(path: string, what: string): UsageError {
  return new UsageError("ERR_OUTPUT", `"${path}" is ${what}, expected a regular file: nothing is written`, {
    hints: ["name a file"],
  });
}

function planted(path: string, found: Stats): UsageError {
  return new UsageError(
    "ERR_OUTPUT",
    `${kindOf(found)} "${path}" belongs to user ${found.uid}, and others can write to its folder: nothing is written`,
    { hints: ["choose a folder that only you can write to, or remove what is there"] },
  );
}
