import { existsSync } from "node:fs";
import { join } from "node:path";
import { readHeader } from "./entry.js";
import type { EntryHeader } from "./entry.js";
import { refuseFolder } from "./folder.js";
import { judgeKept } from "../freshness.js";
import { readPrivateFile } from "./private-file.js";
import { listFiles, removeFile } from "./sweep.js";

/** A session as anyone who may read the folder sees it; no secret. */
export type KeptSession = Pick<EntryHeader, "roleArn" | "source" | "endMs" | "holdOff">;

/** Why the folder is not used as a cache; undefined when it is, or when it is not there yet. */
export function findRefusal(folder: string): string | undefined {
  return existsSync(folder) ? refuseFolder(folder) : undefined;
}

/** The sessions that are kept and still in force, those that end first first. */
export function listSessions(folder: string, nowMs: number): readonly KeptSession[] {
  return listFiles(folder)
    .filter((name) => /^[^.]+\.session$/.test(name))
    .map((name) => readSession(join(folder, name)))
    .filter((header): header is EntryHeader => header !== undefined && judgeKept(header, undefined, nowMs).usable)
    .map(({ roleArn, source, endMs, holdOff }) => ({ roleArn, source, endMs, holdOff }))
    .sort((one, other) => one.endMs - other.endMs);
}

/** The session that is kept under a key of `cacheKey` and still in force. */
export function findSession(folder: string, key: string, nowMs: number): KeptSession | undefined {
  const header = readSession(join(folder, `${key}.session`));
  return header !== undefined && judgeKept(header, undefined, nowMs).usable ? header : undefined;
}

/** What `clearFolder` did. */
export interface Clearing {
  readonly sessions: number;
  /** Folders that have the name of a file of the cache and something in them: not the cache's own. */
  readonly left: readonly string[];
}

/** Removes every file of the cache and nothing else. */
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
