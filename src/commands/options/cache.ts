import { renewalWindowSeconds } from "../../aws/duration-limits.js";
import type { OptionTable } from "../line/arguments.js";

const group = "Cache";

/** Where the cache lies. */
export const cacheFolderOptions = {
  "cache-dir": {
    kind: "string",
    placeholder: "DIR",
    group,
    describe: "folder of the cache; rolesanywhere-ts in the platform's place for caches when absent",
  },
} as const satisfies OptionTable;

/** Whether and how sessions are kept between runs. */
export const cacheOptions = {
  cache: { kind: "boolean", group, describe: "keep sessions between runs, also for keys in hardware" },
  "no-cache": { kind: "boolean", group, describe: "neither read nor write the cache" },
  ...cacheFolderOptions,
  "cache-window": {
    kind: "integer",
    placeholder: "SECONDS",
    group,
    default: renewalWindowSeconds.default,
    describe: "renew when this much of a session is left; less by default for sessions shorter than an hour",
  },
} as const satisfies OptionTable;

export const cacheConflicts = [["cache", "no-cache"]] as const satisfies readonly (readonly [
  keyof typeof cacheOptions,
  keyof typeof cacheOptions,
])[];
