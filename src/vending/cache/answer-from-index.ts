import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionCredentials } from "../../aws/credentials.js";
import { judgeKept } from "../freshness.js";
import { openEntry } from "./entry.js";
import { stampFile } from "./file-stamp.js";
import { defaultCacheFolder, refuseFolder } from "./folder.js";
import { indexPath, namedFolder, readIndexRecord } from "./invocation-index.js";
import type { IndexedInvocation } from "./invocation-index.js";
import { readPrivateFile } from "./private-file.js";

export interface IndexAnswer {
  readonly credentials: SessionCredentials;
  /** The region of CreateSession. */
  readonly region: string;
}

/**
 * Returns the cached session for exactly this invocation, before anything is parsed or loaded. If in doubt, returns
 * undefined, and the full path reports what is wrong.
 *
 * @param workingDirectory Called only if the invocation has relative paths.
 */
export function answerFromIndex(
  invocation: IndexedInvocation,
  workingDirectory: () => string,
  nowMs: number,
): IndexAnswer | undefined {
  const folder = namedFolder(invocation) ?? defaultCacheFolder(invocation);
  if (folder === undefined || refuseFolder(folder) !== undefined) return undefined;
  const record = readIndexRecord(indexPath(folder, invocation));
  const keyFile = record?.files[0]?.[0];
  if (record === undefined || keyFile === undefined || nowMs >= record.untilMs) return undefined;
  if (record.files.some(([path, stamp]) => stampFile(path)?.stamp !== stamp)) return undefined;
  try {
    if (record.workingDirectory !== null && record.workingDirectory !== workingDirectory()) return undefined;
    const entry = openEntry(readPrivateFile(join(folder, record.entry)), record.entry, readFileSync(keyFile));
    if (entry === undefined) return undefined;
    if (judgeKept(entry, record.windowSeconds ?? undefined, nowMs).due) return undefined;
    return { credentials: entry.credentials, region: record.region };
  } catch {
    return undefined;
  }
}
