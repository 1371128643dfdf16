import { existsSync } from "node:fs";
import type { VendSettings } from "../settings/vend-settings.js";
import { findRefusal, listSessions } from "../vending/cache/inspect.js";
import { listFiles } from "../vending/cache/sweep.js";
import { minutesLeft } from "../vending/freshness.js";
import type { CacheUse } from "../vending/cache/vend-through-cache.js";
import type { Finding } from "./finding.js";
import { pass, skip, warn } from "./finding.js";

/** State of the cache folder, its locks, and the session that it keeps for the role of these settings. */
export function inspectCache(
  { enabled, folder }: Pick<CacheUse, "enabled" | "folder">,
  { roleArn, hops }: VendSettings,
  now: Date,
): readonly Finding[] {
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
        `rm -r ${folder}, which only holds what can be asked for again`,
      ),
    ];
  const locks = listFiles(folder).filter((name) => name.endsWith(".lock")).length;
  const state = pass(
    "CACHE_FOLDER",
    folder,
    locks === 0 ? "in use, nobody is asking AWS" : `in use, ${locks} runs are asking AWS`,
  );
  const role = hops.at(-1)?.value.RoleArn ?? roleArn.value.text;
  const kept = listSessions(folder, now.getTime()).find((session) => session.roleArn === role);
  if (kept === undefined) return [state, pass("CACHE_ENTRY", role, "no session is kept")];
  const told = `a session is kept, ${minutesLeft(kept, now.getTime())} minutes left`;
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
