import { resolve } from "node:path";
import { readNamedText } from "../aws/files/read-named-file.js";
import type { Environment } from "../aws/environment.js";
import { configFilePath, expandHome, readSharedConfig } from "../aws/shared-config.js";
import type { SharedConfig } from "../aws/shared-config.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";
import type { AwsProfileKeys } from "./connection.js";
import { createLookup } from "./lookup.js";
import type { SettingSources } from "./lookup.js";
import type { VendSettingsSources } from "./vend-settings.js";

export interface ReadSources extends VendSettingsSources {
  /** Files that decide settings, whether they exist or not; grows as settings are resolved. */
  readonly files: readonly string[];
}

/**
 * Gathers the sources of settings: reads the shared config file when there is one. Without a named profile only AWS's
 * own keys of `default` count; `AWS_PROFILE` belongs to the caller and is not consulted.
 *
 * @param profileName The profile to read `rolesanywhere_*` keys from.
 * @param otherwise What a profile that is not in the config file means: it may stand in the credentials file alone.
 * @throws UsageError `ERR_CONFIG_FILE`, `ERR_SETTING` when the named profile cannot be found.
 */
export function readSettingSources(
  flags: SettingSources["flags"],
  profileName: string | undefined,
  environment: Environment,
  otherwise: "refuse" | "default" = "refuse",
): ReadSources {
  const { variables, homeDirectory } = environment;
  const file = configFilePath(environment);
  const files = file === undefined ? [] : [file];
  const config = file === undefined ? undefined : readConfig(file, profileName);
  const named = profileName === undefined ? undefined : findAwsProfile(profileName, config);
  if (profileName !== undefined && named === undefined && otherwise === "refuse")
    throw missingProfile(profileName, file, config);
  const profile = named ?? findAwsProfile("default", config);
  return {
    lookup: createLookup({ flags, variables, profile: named }),
    variables,
    profile,
    homeDirectory,
    readText(path, subject) {
      const absolute = resolve(environment.workingDirectory, expandHome(path, homeDirectory));
      files.push(absolute);
      return readText(absolute, subject);
    },
    files,
  };
}

function readConfig(file: string, profileName: string | undefined): SharedConfig | undefined {
  try {
    return readSharedConfig(file);
  } catch (error) {
    // A caller who named no profile did not ask for this file: its state is no reason to withhold credentials.
    if (profileName === undefined) return undefined;
    throw error;
  }
}

/** AWS's own keys of a profile; undefined where there is no file or no such profile in it. */
export function findAwsProfile(name: string, config: SharedConfig | undefined): AwsProfileKeys | undefined {
  const keys = config?.profiles.get(name);
  if (config === undefined || keys === undefined) return undefined;
  return { name, file: config.file, keys, services: config.services.get(keys.get("services") ?? "") };
}

function missingProfile(name: string, file: string | undefined, config: SharedConfig | undefined): UsageError {
  const where = file ?? "~/.aws/config (no home directory is known)";
  if (config === undefined) {
    return new UsageError(
      "ERR_SETTING",
      `profile "${name}" is asked for, but the AWS config file ${where} does not exist`,
      {
        hints: [message`set AWS_CONFIG_FILE to the file, or leave ${setting("settings-profile")} out`],
      },
    );
  }
  const known = [...config.profiles.keys()];
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
