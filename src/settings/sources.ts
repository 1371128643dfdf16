import { resolve } from "node:path";
import { readNamedText } from "../aws/files/read-named-file.js";
import { quoteValue } from "../aws/inline-value.js";
import type { Environment } from "../aws/environment.js";
import { expandHome, readSharedFiles } from "../aws/shared-config.js";
import type { SharedFiles } from "../aws/shared-config.js";
import { describeUnknownProfile, environmentProfile } from "../aws/shared-profiles.js";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { findAwsProfile } from "./aws-profile.js";
import { createLookup } from "./lookup.js";
import type { LineSettings, SettingSources, SettingsProfile } from "./lookup.js";
import type { VendSettingsSources } from "./vend-settings.js";

export interface ReadSources extends VendSettingsSources {
  /** Files that affect settings, whether they exist or not; grows as settings are resolved. */
  readonly files: readonly string[];
}

export interface ProfileNames {
  /** The profile with the `rolesanywhere_*` keys, which must be in the config file; its AWS keys are used too. */
  readonly settings?: string | undefined;
  /** The profile for AWS keys otherwise; default: the one in `AWS_PROFILE`, else `default`. */
  readonly aws?: string | undefined;
}

/** Finds the settings in the `credential_process` line of a profile. */
export type FollowLine = (asked: SettingsProfile, shared: SharedFiles) => LineOfProfile;

export interface LineOfProfile {
  /** The profile whose keys are used in addition. */
  readonly profile: SettingsProfile | undefined;
  readonly line: LineSettings | undefined;
}

/**
 * Reads the sources of settings: flags, variables and the shared files. Of the profile that AWS tools would use, only
 * AWS's own keys are used, such as `use_fips_endpoint`; its credentials belong to the caller.
 *
 * @throws UsageError `ERR_CONFIG_FILE`, `ERR_SETTING` when a named profile cannot be read or found.
 */
export function readSettingSources(
  flags: SettingSources["flags"],
  names: ProfileNames,
  environment: Environment,
  followLine?: FollowLine | LineSettings,
): ReadSources {
  const { variables, homeDirectory } = environment;
  const shared = readSharedFiles(environment);
  const { config, credentials } = shared;
  const files = [config.file, credentials.file].filter((file) => file !== "");
  const named = names.settings ?? names.aws ?? environmentProfile(variables);
  // Without a named profile the file is optional, so an unreadable file does not stop the run.
  if (named !== undefined && config.fault !== undefined) throw config.fault;
  const asked = findSettingsProfile(names.settings, shared);
  const { profile, line } =
    typeof followLine === "function" && asked !== undefined
      ? followLine(asked, shared)
      : { profile: asked, line: typeof followLine === "object" ? followLine : undefined };
  return {
    lookup: createLookup({ flags, variables, profile, line }),
    variables,
    profile: findAwsProfile(named ?? "default", shared),
    homeDirectory,
    readText(path, subject) {
      const absolute = resolve(environment.workingDirectory, expandHome(path, homeDirectory));
      files.push(absolute);
      return readText(absolute, subject);
    },
    files,
  };
}

/** Finds a profile. One that runs this program may be only in the credentials file. */
export function findSettingsProfile(name: string | undefined, shared: SharedFiles): SettingsProfile | undefined {
  if (name === undefined) return undefined;
  for (const { file, profiles } of [shared.config, shared.credentials]) {
    const keys = profiles.get(name);
    if (keys !== undefined && (file === shared.config.file || keys.has("credential_process")))
      return { name, file, keys };
  }
  if (shared.credentials.profiles.has(name))
    throw new UsageError(
      "ERR_SETTING",
      `profile ${quoteValue(name)} is in ${shared.credentials.file}, where settings of this program are not looked for`,
      { hints: [`put them into a section [profile ${name}] of ${shared.config.file}`] },
    );
  const { fault, hint } = describeUnknownProfile(name, shared);
  throw new UsageError("ERR_SETTING", fault, { hints: [hint] });
}

function readText(path: string, subject: Text): string {
  return readNamedText(
    path,
    (reason) =>
      new UsageError("ERR_SETTING", message`${subject} names ${path}, which cannot be read: ${reason}`, {
        hints: ["check the path and the mode of the file"],
      }),
  );
}
