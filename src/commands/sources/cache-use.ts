import { expandHome } from "../../aws/shared-config.js";
import { resolveCacheSettings } from "../../settings/cache-settings.js";
import type { Lookup } from "../../settings/lookup.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import { defaultCacheFolder } from "../../vending/cache/folder.js";
import type { CacheUse } from "../../vending/cache/vend-through-cache.js";
import type { IndexedRun } from "../../vending/cache/write-index.js";
import type { Invocation } from "../invocation.js";

/** Whether, where and how long sessions are cached. The command decides what a later run may use. */
export function resolveCacheUse(lookup: Lookup, invocation: Invocation): Omit<CacheUse, "run"> {
  const { enabled, windowSeconds } = resolveCacheSettings(lookup);
  return { enabled, folder: resolveCacheFolder(lookup, invocation), windowSeconds };
}

/** The key by which a later run skips its settings; undefined for a run with a password or a trace. */
export function indexedRun(
  { identity, region, debug }: VendSettings,
  settingsFiles: readonly string[],
  invocation: Invocation,
): IndexedRun | undefined {
  const { pkcs8Password, pkcs12Password, pkcs11Pin, tpmKeyPassword } = identity;
  const secrets = [pkcs8Password, pkcs12Password, pkcs11Pin, tpmKeyPassword];
  if (debug || secrets.some((secret) => secret !== undefined)) return undefined;
  const { argv, variables, homeDirectory, platform, workingDirectory, startedMs } = invocation;
  const surroundings = { argv, variables, homeDirectory, platform, workingDirectory, startedMs };
  return { ...surroundings, settingsFiles, region: region.value };
}

/** Finds the cache folder: flag, variable, profile key, else the platform's; undefined without a home folder. */
export function resolveCacheFolder(lookup: Lookup, invocation: Invocation): string | undefined {
  const named = lookup.string("cache-dir");
  return named === undefined ? defaultCacheFolder(invocation) : expandHome(named.value, invocation.homeDirectory);
}
