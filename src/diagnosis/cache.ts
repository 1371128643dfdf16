import { existsSync } from "node:fs";
import type { VendSettings } from "../settings/vend-settings.js";
import { quoteForShell } from "../aws/reader-shell.js";
import type { ReaderShell } from "../aws/reader-shell.js";
import { cacheKey } from "../vending/cache/key.js";
import { findRefusal, findSession } from "../vending/cache/inspect.js";
import { listFiles } from "../vending/cache/sweep.js";
import { minutesLeft } from "../vending/freshness.js";
import type { CacheUse } from "../vending/cache/vend-through-cache.js";
import type { Finding } from "./finding.js";
import { pass, skip, warn } from "./finding.js";

interface CacheQuestion {
  readonly use: Pick<CacheUse, "enabled" | "folder">;
  readonly settings: VendSettings;
  /** DER of the client certificate; undefined if it cannot be read. */
  readonly leaf: Uint8Array | undefined;
  readonly now: Date;
  readonly shell: ReaderShell;
}

/** Reports the state of the cache folder and its locks, and the cached session of these settings and certificate. */
export function inspectCache({
  use: { enabled, folder },
  settings,
  leaf,
  now,
  shell,
}: CacheQuestion): readonly Finding[] {
  if (enabled === false) return [skip("CACHE_FOLDER", "cache", "off by the settings")];
  if (folder === undefined) return [skip("CACHE_FOLDER", "cache", "no home folder is known, so nothing is kept")];
  if (!existsSync(folder)) return [pass("CACHE_FOLDER", folder, "not there yet; the first session makes it")];
  const refusal = findRefusal(folder);
  if (refusal !== undefined)
    return [
      warn(
        "CACHE_FOLDER",
        folder,
        `not used: ${refusal}`,
        `rm -r ${quoteForShell(folder, shell)}, which only holds what can be asked for again`,
      ),
    ];
  const locks = listFiles(folder).filter((name) => name.endsWith(".lock")).length;
  const state = pass(
    "CACHE_FOLDER",
    folder,
    locks === 0
      ? "in use, nobody is asking AWS"
      : `in use, ${locks === 1 ? "one run is" : `${locks} runs are`} asking AWS`,
  );
  if (leaf === undefined) return [state];
  const role = settings.hops.at(-1)?.value.RoleArn ?? settings.roleArn.value.text;
  const kept = findSession(folder, cacheKey(settings, leaf), now.getTime());
  if (kept === undefined) return [state, pass("CACHE_ENTRY", role, "no session is kept for these settings")];
  const minutes = minutesLeft(kept, now.getTime());
  const told = `a session is kept, ${minutes} ${minutes === 1 ? "minute" : "minutes"} left`;
  if (kept.holdOff === undefined) return [state, pass("CACHE_ENTRY", role, told)];
  return [
    state,
    warn(
      "CACHE_ENTRY",
      role,
      `${told}; AWS failed when it was due for renewal, so it is being used up`,
      "see the network and aws parts of this report",
    ),
  ];
}
