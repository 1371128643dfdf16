import { renewalWindowSeconds } from "../../aws/duration-limits.js";
import type { OptionTable } from "../line/arguments.js";

const group = "Cache";

/** Location of the cache. */
export const cacheFolderOptions = {
  "cache-dir": {
    kind: "string",
    placeholder: "DIR",
    group,
    describe: "cache folder; default: rolesanywhere-ts in the user's cache folder",
  },
} as const satisfies OptionTable;

/** How sessions are cached between runs. */
export const cacheOptions = {
  cache: { kind: "boolean", group, describe: "cache sessions between runs, also for keys in tokens and TPMs" },
  "no-cache": { kind: "boolean", group, describe: "do not read or write the cache" },
  ...cacheFolderOptions,
  "cache-window": {
    kind: "integer",
    placeholder: "SECONDS",
    group,
    default: renewalWindowSeconds.default,
    describe: "refresh a session when this much of it is left; default for sessions under an hour: less",
  },
} as const satisfies OptionTable;

export const cacheConflicts = [["cache", "no-cache"]] as const satisfies readonly (readonly [
  keyof typeof cacheOptions,
  keyof typeof cacheOptions,
])[];
