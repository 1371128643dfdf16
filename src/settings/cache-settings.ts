import { formatRange, renewalWindowSeconds } from "../aws/duration-limits.js";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import { describeOrigin, strengthOf } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { Lookup } from "./lookup.js";

/** Whether and how sessions are cached between runs. */
export interface CacheSettings {
  /** Undefined if not set: on for keys in files, off for keys in hardware. */
  readonly enabled: boolean | undefined;
  /** As given; undefined for the platform's default. */
  readonly folder: Sourced<string> | undefined;
  /** Seconds, 0-43200; undefined for the built-in rule. */
  readonly windowSeconds: number | undefined;
}

/** @throws UsageError `ERR_SETTING` */
export function resolveCacheSettings(lookup: Lookup): CacheSettings {
  const on = lookup.boolean("cache");
  const off = lookup.boolean("no-cache");
  const window = lookup.integer("cache-window");
  const { minimum, maximum, default: usual } = renewalWindowSeconds;
  if (window !== undefined && (window.value < minimum || window.value > maximum)) {
    throw new UsageError(
      "ERR_SETTING",
      message`${describeOrigin(window.origin)} is ${window.value}, expected ${formatRange(renewalWindowSeconds)} seconds`,
      { hints: [`leave it out to renew when ${usual / 60} minutes are left`] },
    );
  }
  const offWins = off !== undefined && (on === undefined || strengthOf(off.origin) >= strengthOf(on.origin));
  return {
    enabled: offWins ? !off.value : on?.value,
    folder: lookup.string("cache-dir"),
    windowSeconds: window?.value,
  };
}
