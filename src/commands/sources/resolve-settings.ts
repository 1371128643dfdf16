import type { SettingSources } from "../../settings/lookup.js";
import { readSettingSources } from "../../settings/sources.js";
import type { ReadSources } from "../../settings/sources.js";
import { resolveVendSettings } from "../../settings/vend-settings.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import type { Invocation } from "../invocation.js";

/**
 * Resolves the settings of the certificate path from the given flags. Their `settings-profile` (or
 * `ROLESANYWHERE_TS_SETTINGS_PROFILE`) names the profile with the `rolesanywhere_*` keys.
 *
 * @throws UsageError
 */
export function resolveSettings(flags: SettingSources["flags"], invocation: Invocation): VendSettings {
  return resolveVendSettings(readSources(flags, invocation));
}

/** Returns the sources themselves, for commands with settings besides those of the certificate path. */
export function readSources(flags: SettingSources["flags"], invocation: Invocation): ReadSources {
  return readSettingSources(
    flags,
    { settings: settingsProfileName(flags, invocation) },
    invocation,
    invocation.followLine,
  );
}

export function settingsProfileName(flags: SettingSources["flags"], { variables }: Invocation): string | undefined {
  const flag = flags["settings-profile"];
  if (typeof flag === "string" && flag !== "") return flag;
  const variable = variables["ROLESANYWHERE_TS_SETTINGS_PROFILE"];
  return variable === "" ? undefined : variable;
}
