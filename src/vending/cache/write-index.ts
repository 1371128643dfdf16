import { isAbsolute } from "node:path";
import { stampFile } from "./file-stamp.js";
import type { FileStamp } from "./file-stamp.js";
import { defaultCacheFolder } from "./folder.js";
import { indexPath, namedFolder, readIndexRecord } from "./invocation-index.js";
import type { IndexedInvocation, IndexRecord } from "./invocation-index.js";
import { keepFile } from "./keep-file.js";
import { describeFault } from "./private-file.js";
import type { SessionSlot } from "./session-slot.js";
import type { Text } from "../../message.js";

/** A run that the index can record. */
export interface IndexedRun extends IndexedInvocation {
  readonly workingDirectory: string;
  /** Files that determined the settings, whether they exist or not. */
  readonly settingsFiles: readonly string[];
  /** When this process started, in milliseconds since 1970: before it read any file. */
  readonly startedMs: number;
  readonly region: string;
}

interface IndexUpdate {
  readonly run: IndexedRun;
  readonly slot: SessionSlot;
  /** Plain files of the identity, the one that opens the entry first; undefined if anything else was involved. */
  readonly identityFiles: readonly string[] | undefined;
  /** Until when the identity is valid, in milliseconds since 1970. */
  readonly untilMs: number;
  readonly windowSeconds: number | undefined;
  readonly debug: (line: Text) => void;
}

/** The coarsest resolution of a file system's timestamps. */
const coarsestStampMs = 2_000;

/**
 * Lets later runs of the same command line in the same environment skip the full path. Writes nothing if a password is
 * involved (the record's name would let others verify guesses of it), if the key is not a plain file, or if a file
 * changed so recently that its stamp might not show another change.
 */
export function writeIndexRecord({ run, slot, identityFiles, untilMs, windowSeconds, debug }: IndexUpdate): void {
  if (identityFiles === undefined || (namedFolder(run) ?? defaultCacheFolder(run)) !== slot.folder) return;
  const stamps = [...identityFiles, ...run.settingsFiles].map(stampFile);
  const settled = stamps.filter(
    (stamp): stamp is FileStamp => stamp !== undefined && stamp.changedMs < run.startedMs - coarsestStampMs,
  );
  if (settled.length < stamps.length) return debug("cache: not indexed: a file was changed just now");
  const record: IndexRecord = {
    entry: slot.entryName,
    files: settled.map(({ path, stamp }) => [path, stamp]),
    workingDirectory: settled.every(({ path }) => isAbsolute(path)) ? null : run.workingDirectory,
    windowSeconds: windowSeconds ?? null,
    untilMs,
    region: run.region,
  };
  const path = indexPath(slot.folder, run);
  if (JSON.stringify(readIndexRecord(path)) === JSON.stringify(record)) return;
  try {
    keepFile(path, JSON.stringify(record));
  } catch (error) {
    debug(`cache: not indexed: ${describeFault(error)}`);
  }
}
