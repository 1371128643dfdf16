import { existsSync } from "node:fs";
import { join } from "node:path";
import { readHeader } from "./entry.js";
import type { EntryHeader } from "./entry.js";
import { refuseFolder } from "./folder.js";
import { judgeKept } from "../freshness.js";
import { readPrivateFile } from "./private-file.js";
import { listFiles, removeFile } from "./sweep.js";

/** The part of a session that is not secret. */
export type KeptSession = Pick<EntryHeader, "roleArn" | "source" | "endMs" | "holdOff">;

/** Explains why the folder is not used as a cache; undefined if it is used or does not exist yet. */
export function findRefusal(folder: string): string | undefined {
  return existsSync(folder) ? refuseFolder(folder) : undefined;
}

/** Lists the valid sessions in the cache, those that expire first at the beginning. */
export function listSessions(folder: string, nowMs: number): readonly KeptSession[] {
  return listFiles(folder)
    .filter((name) => /^[^.]+\.session$/.test(name))
    .map((name) => readSession(join(folder, name)))
    .filter((header): header is EntryHeader => header !== undefined && judgeKept(header, undefined, nowMs).usable)
    .map(({ roleArn, source, endMs, holdOff }) => ({ roleArn, source, endMs, holdOff }))
    .sort((one, other) => one.endMs - other.endMs);
}

/** Finds the valid session for a key from `cacheKey`. */
export function findSession(folder: string, key: string, nowMs: number): KeptSession | undefined {
  const header = readSession(join(folder, `${key}.session`));
  return header !== undefined && judgeKept(header, undefined, nowMs).usable ? header : undefined;
}

/** The result of `clearFolder`. */
export interface Clearing {
  readonly sessions: number;
  /** Folders that are named like a file of the cache but are not empty: not created by the cache. */
  readonly left: readonly string[];
}

/** Removes all files of the cache and nothing else. */
export function clearFolder(folder: string): Clearing {
  const names = listFiles(folder);
  const left = names.filter((name) => !removeFile(folder, name));
  const sessions = names.filter((name) => /^[^.]+\.session$/.test(name) && !left.includes(name)).length;
  return { sessions, left: left.map((name) => join(folder, name)) };
}

function readSession(path: string): EntryHeader | undefined {
  try {
    return readHeader(readPrivateFile(path));
  } catch {
    return undefined;
  }
}
