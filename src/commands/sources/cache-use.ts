import { expandHome } from "../../aws/shared-config.js";
import { resolveCacheSettings } from "../../settings/cache-settings.js";
import type { Lookup } from "../../settings/lookup.js";
import { defaultCacheFolder } from "../../vending/cache/folder.js";
import type { CacheUse } from "../../vending/cache/vend-through-cache.js";
import type { Invocation } from "../invocation.js";

/** Whether, where and how long sessions are cached. The command decides what a later run may use. */
export function resolveCacheUse(lookup: Lookup, invocation: Invocation): Omit<CacheUse, "run"> {
  const { enabled, windowSeconds } = resolveCacheSettings(lookup);
  return { enabled, folder: resolveCacheFolder(lookup, invocation), windowSeconds };
}

/** The cache folder: flag, variable, profile key, else the platform's; undefined without a home folder. */
export function resolveCacheFolder(lookup: Lookup, invocation: Invocation): string | undefined {
  const named = lookup.string("cache-dir");
  return named === undefined ? defaultCacheFolder(invocation) : expandHome(named.value, invocation.homeDirectory);
}
