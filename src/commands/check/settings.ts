import { splitCommandLine } from "../../diagnosis/profile/command-line.js";
import { UsageError } from "../../errors.js";
import type { SettingSources } from "../../settings/lookup.js";
import { readSettingSources } from "../../settings/sources.js";
import type { ReadSources } from "../../settings/sources.js";
import { parseArguments } from "../line/arguments.js";
import type { AwsContext } from "./aws-context.js";
import { credentialProcessOptions } from "../credential-process.js";
import type { Invocation } from "../invocation.js";
import { settingsProfileName } from "../sources/resolve-settings.js";

/**
 * Sources of settings as a vend would have them. With `--profile` whose section is a `credential_process` line of this program,
 * they are the flags of that line; flags of the check itself come first.
 *
 * @throws UsageError
 */
export function readCheckedSources(
  flags: SettingSources["flags"],
  profile: string | undefined,
  context: AwsContext,
  invocation: Invocation,
): ReadSources {
  const fromLine = profile === undefined ? undefined : flagsOfLine(context.processLine);
  const merged = { ...fromLine, ...flags };
  const { profile: lineProfile, ...rest } = merged as Record<string, SettingSources["flags"][string]>;
  const named = settingsProfileName(rest, invocation) ?? (typeof lineProfile === "string" ? lineProfile : undefined);
  const own = fromLine === undefined && named === undefined ? profile : named;
  const sources = readSettingSources(rest, { settings: own }, invocation);
  if (profile !== undefined && own === profile && context.processLine !== undefined) {
    if (sources.lookup.string("trust-anchor-arn") === undefined) throw unknownSettings(profile);
  }
  return sources;
}

function unknownSettings(profile: string): UsageError {
  return new UsageError(
    "ERR_SETTING",
    `the credentials of profile "${profile}" come from another program, its settings are unknown`,
    { hints: ["give the flags to check, or let rolesanywhere-ts configure write the profile"] },
  );
}

/** The flags after `credential-process` in the line; undefined when the line is not one of this program. */
function flagsOfLine(line: string | undefined): SettingSources["flags"] | undefined {
  const words = splitCommandLine(line ?? "").words ?? [];
  const start = words.indexOf("credential-process");
  if (start === -1) return undefined;
  return parseArguments(words.slice(start + 1), credentialProcessOptions).options;
}
