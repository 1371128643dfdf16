import { resolve } from "node:path";
import { expandHome } from "../../aws/shared-config.js";
import { formatProcessLine } from "../../aws/process-line.js";
import type { ProcessLine, SettingValue } from "../../aws/process-line.js";
import { UsageError } from "../../errors.js";
import { environmentName } from "../../message.js";
import { profileKey } from "../../settings/lookup.js";
import { grammars } from "../../settings/values.js";
import { parseMaterialSource } from "../../settings/material-source.js";
import { cachedCertificateOptions } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { plainProgram } from "../line/plain-program.js";

/** By flag name, in the order of the flags. */
export type ProfileSettings = ReadonlyMap<string, SettingValue>;

const secrets: ReadonlySet<string> = new Set(["pkcs8-password", "pkcs12-password", "pkcs11-pin", "tpm-key-password"]);
const materials: ReadonlySet<string> = new Set(["certificate", "private-key", "intermediates"]);
const paths: ReadonlySet<string> = new Set([
  "password-file",
  "cert-store",
  "pkcs11-lib",
  "pkcs11-pin-file",
  "cache-dir",
]);
const unwritten: ReadonlySet<string> = new Set(["settings-profile", "debug", "with-proxy"]);

/** All settings of the certificate path that a profile may have. */
export const profileSettingNames: readonly string[] = Object.keys(cachedCertificateOptions).filter(
  (name) => !unwritten.has(name),
);

/**
 * Collects the settings for the profile: flags, else variables, because tools that read the profile may have another
 * environment. Makes paths absolute, because these tools may have another working directory.
 *
 * @throws UsageError `ERR_SETTING` for a password, which must not be in a config file.
 */
export function gatherSettings(
  flags: Readonly<Record<string, SettingValue | undefined>>,
  invocation: Invocation,
): ProfileSettings {
  const settings = new Map<string, SettingValue>();
  for (const name of profileSettingNames) {
    const value = flags[name] ?? readBoolean(name, invocation.variables[environmentName(name)]);
    if (value === undefined || value === "") continue;
    if (secrets.has(name)) {
      throw refuseSecret(`--${name}`);
    }
    settings.set(name, typeof value === "string" ? absolute(name, value, invocation) : value);
  }
  return settings;
}

/** Parses a variable of a boolean flag, such as `off` or `1`. */
function readBoolean(name: string, text: string | undefined): string | boolean | undefined {
  const options: Readonly<Record<string, { readonly kind: string }>> = cachedCertificateOptions;
  return text === undefined || options[name]?.kind !== "boolean" ? text : (grammars.boolean.parse(text) ?? text);
}

function refuseSecret(subject: string): UsageError {
  return new UsageError("ERR_SETTING", `${subject} is a secret, which is not written into a config file`, {
    hints: ["put it into a file of your own and name that with --password-file or --pkcs11-pin-file"],
  });
}

function absolute(name: string, value: string, invocation: Invocation): string {
  const { workingDirectory, homeDirectory } = invocation;
  const toPath = (path: string) => resolve(workingDirectory, expandHome(path, homeDirectory));
  if (value.startsWith("file://")) return `file://${toPath(value.slice("file://".length))}`;
  if (!materials.has(name)) return paths.has(name) ? toPath(value) : value;
  const source = parseMaterialSource({ value, origin: { kind: "flag", setting: name } });
  if (source.kind === "pkcs11" && /pin-value=/i.test(value)) throw refuseSecret(`the PIN in --${name}`);
  if (source.kind === "spiffe") return withSocket(value, invocation);
  return source.kind === "file" ? toPath(source.path) : value;
}

/** Adds the agent's socket: tools that read the profile may not have its variable. */
function withSocket(value: string, { variables }: Invocation): string {
  return value.replace(/^spiffe:(?=\?|$)/, () => `spiffe:${variables["SPIFFE_ENDPOINT_SOCKET"] ?? ""}`);
}

/** Converts the settings to keys of the profile, and removes the keys of all other settings. */
export function toProfileKeys(settings: ProfileSettings): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    profileSettingNames.map((name) => {
      const value = settings.get(name);
      const text = Array.isArray(value) ? value.join(";") : value?.toString();
      if (text !== undefined && (/\p{Cc}/u.test(text) || text !== text.trim())) {
        throw new UsageError(
          "ERR_SETTING",
          `--${name} has line ends or blanks around it, which no config file carries`,
          {
            hints: ["put long values into a file and name that"],
          },
        );
      }
      return [profileKey(name), text];
    }),
  );
}

/** Formats the profile's line. Decides whether it reads the settings from the profile's keys. */
export function toProcessLine(
  { profile, settings, asKeys }: { profile: string; settings: ProfileSettings; asKeys: boolean },
  invocation: Invocation,
): ProcessLine {
  const program = plainProgram(invocation);
  return formatProcessLine({ program, profile, settings, asKeys, platform: invocation.platform });
}
