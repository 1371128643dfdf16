import { resolve } from "node:path";
import { readNamedText } from "../aws/files/read-named-file.js";
import type { Environment } from "../aws/environment.js";
import { expandHome, readSharedFiles } from "../aws/shared-config.js";
import type { SharedFile, SharedFiles } from "../aws/shared-config.js";
import { environmentProfile } from "../aws/shared-profiles.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";
import { findAwsProfile } from "./aws-profile.js";
import { createLookup } from "./lookup.js";
import type { LineSettings, SettingSources, SettingsProfile } from "./lookup.js";
import type { VendSettingsSources } from "./vend-settings.js";

export interface ReadSources extends VendSettingsSources {
  /** Files that decide settings, whether they exist or not; grows as settings are resolved. */
  readonly files: readonly string[];
}

export interface ProfileNames {
  /** The profile with the `rolesanywhere_*` keys, which has to be in the config file; its AWS keys count too. */
  readonly settings?: string | undefined;
  /** The profile whose AWS keys count otherwise; default: the one of `AWS_PROFILE`, else `default`. */
  readonly aws?: string | undefined;
}

/** Finds the settings in the `credential_process` line of a profile. */
export type FollowLine = (asked: SettingsProfile, shared: SharedFiles) => LineOfProfile;

export interface LineOfProfile {
  /** The profile whose keys count besides. */
  readonly profile: SettingsProfile | undefined;
  readonly line: LineSettings | undefined;
}

/**
 * Gathers the sources of settings: flags, variables and the shared files. Of the profile that AWS tools would take here
 * only AWS's own keys count, such as `use_fips_endpoint`; credentials in it belong to the caller.
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
  // Without a named profile the file is optional, so an unreadable one does not stop the run.
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

/** A profile that runs this program may stand in the credentials file alone. */
export function findSettingsProfile(
  name: string | undefined,
  { config, credentials }: SharedFiles,
): SettingsProfile | undefined {
  if (name === undefined) return undefined;
  for (const { file, profiles } of [config, credentials]) {
    const keys = profiles.get(name);
    if (keys !== undefined && (file === config.file || keys.has("credential_process"))) return { name, file, keys };
  }
  throw missingProfile(name, config);
}

function missingProfile(name: string, { file, exists, profiles }: SharedFile): UsageError {
  const where = file === "" ? "~/.aws/config (no home directory is known)" : file;
  if (!exists) {
    return new UsageError(
      "ERR_SETTING",
      `profile "${name}" is asked for, but the AWS config file ${where} does not exist`,
      {
        hints: [message`set AWS_CONFIG_FILE to the file, or leave ${setting("settings-profile")} out`],
      },
    );
  }
  const known = [...profiles.keys()];
  return new UsageError("ERR_SETTING", `profile "${name}" is not in ${where}`, {
    hints: [
      known.length === 0
        ? `begin it with a line [profile ${name}]`
        : `profiles there: ${known.slice(0, 10).join(", ")}`,
    ],
  });
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
