import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openEntry, sealEntry } from "./entry.js";
import type { Entry } from "./entry.js";
import { stampFile } from "./file-stamp.js";
import { keepFile } from "./keep-file.js";
import { describeFault, readPrivateFile } from "./private-file.js";
import type { Text } from "../../message.js";

/** One slot in the cache: the files for one set of settings, and the secret that seals the session. */
export interface SessionSlot {
  readonly folder: string;
  /** Name of the session's file in the folder. */
  readonly entryName: string;
  readonly lockPath: string;
  readonly failurePath: string;
  /** An identifier that no other process uses. */
  readonly unique: string;
  /** @returns undefined without a trusted and readable entry; `debug` gets the reason. */
  readonly read: () => Entry | undefined;
  /** Changes when another session is written. */
  readonly stamp: () => string | undefined;
  /** Writes the session; if that fails, `debug` gets the reason. */
  readonly write: (entry: Entry) => void;
}

/** @param key From `cacheKey`. */
export function createSlot(folder: string, key: string, secret: Uint8Array, debug: (line: Text) => void): SessionSlot {
  const entryName = `${key}.session`;
  const path = join(folder, entryName);
  const unique = randomBytes(6).toString("hex");
  return {
    folder,
    entryName,
    lockPath: join(folder, `${key}.lock`),
    failurePath: join(folder, `${key}.failure`),
    unique,
    read() {
      try {
        const entry = openEntry(readPrivateFile(path), entryName, secret);
        if (entry === undefined) debug(`cache: ${path} is damaged or sealed with another key, taken as a miss`);
        return entry;
      } catch (error) {
        const fault = describeFault(error);
        debug(fault === "ENOENT" ? "cache: no session kept yet" : `cache: ${path} not used: ${fault}`);
        return undefined;
      }
    },
    stamp: () => stampFile(path)?.stamp,
    write(entry) {
      try {
        keepFile(path, sealEntry(entry, entryName, secret));
      } catch (error) {
        debug(`cache: session not kept: ${describeFault(error)}`);
      }
    },
  };
}
