import type { IdentitySource } from "../../identity/source.js";
import { resolveIdentitySource } from "../../settings/identity-settings.js";
import type { SettingSources } from "../../settings/lookup.js";
import { readSettingSources } from "../../settings/sources.js";
import type { Invocation } from "../invocation.js";
import { settingsProfileName } from "./resolve-settings.js";

/**
 * Where certificate and key are, for a diagnostic command that asks for no session.
 *
 * @throws UsageError
 */
export function resolveIdentity(flags: SettingSources["flags"], invocation: Invocation): IdentitySource {
  return resolveIdentitySource(readSettingSources(flags, settingsProfileName(flags, invocation), invocation).lookup);
}
