import { readSharedFiles } from "../../aws/shared-config.js";
import type { SharedFiles } from "../../aws/shared-config.js";
import { givesCredentials, readSharedProfiles } from "../../aws/shared-profiles.js";
import { followProfile } from "../../diagnosis/profile/source.js";
import { readSettingSources } from "../../settings/sources.js";
import { hasCertificateSettings } from "../../settings/vend-settings.js";
import type { Invocation } from "../invocation.js";
import { settingsProfileName } from "../sources/resolve-settings.js";
import type { CheckInput } from "./input.js";
import { isOwnSource } from "./settings.js";

/**
 * Chooses what to check: the named profile, else the given settings, else the profile of `AWS_PROFILE`, else all
 * profiles that run this program, else the default profile.
 *
 * @returns Names of profiles; undefined for the given settings.
 */
export function chooseTargets(
  { profile, given, scope }: CheckInput,
  invocation: Invocation,
): readonly (string | undefined)[] {
  if (profile !== undefined) return [profile];
  if (scope === "methods" || namesSettings(given, invocation)) return [undefined];
  const { AWS_PROFILE: named = "" } = invocation.variables;
  if (named !== "") return [named];
  const files = readSharedFiles(invocation);
  const own = ownProfiles(files, invocation);
  if (own.length > 0) return own;
  return [givesCredentials(readSharedProfiles(invocation).profiles.get("default")) ? "default" : undefined];
}

/** Returns the profiles of either shared file that run this program. */
export function ownProfiles(files: SharedFiles, invocation: Invocation): readonly string[] {
  const names = new Set([...files.config.profiles.keys(), ...files.credentials.profiles.keys()]);
  return [...names].filter((name) => isOwnSource(followProfile(name, files), invocation));
}

function namesSettings(given: CheckInput["given"], invocation: Invocation): boolean {
  return (
    settingsProfileName(given, invocation) !== undefined ||
    hasCertificateSettings(readSettingSources(given, {}, invocation).lookup)
  );
}
