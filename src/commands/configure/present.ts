import { profileNameOf, readSharedFiles } from "../../aws/shared-config.js";
import type { ConfigSection } from "../../aws/shared-config.js";
import { parseIni } from "../../aws/ini/document.js";
import { splitWords } from "../../aws/command-line.js";
import { quoteValue } from "../../aws/inline-value.js";
import { UsageError } from "../../errors.js";
import type { Invocation } from "../invocation.js";

/** The profile as it is in the config file. */
export interface PresentProfile {
  readonly keys: ConfigSection | undefined;
  /** Whether to edit the section, by the text between its brackets. */
  readonly matches: (header: string) => boolean;
}

/**
 * @throws UsageError `ERR_CONFIG_FILE` for a file that cannot be read, `ERR_SETTING` if tools disagree which of two
 *   sections is the profile.
 */
export function readPresent(profile: string, invocation: Invocation): PresentProfile {
  const { config } = readSharedFiles(invocation);
  if (config.fault !== undefined) throw config.fault;
  const headers = parseIni(config.bytes.toString("latin1"))
    .lines.flatMap((line) => (line.kind === "header" ? [line.header] : []))
    .filter((header) => profileNameOf(header) === profile);
  const isPlain = (header: string) => header === "default";
  const [plain, named] = [headers.findLastIndex(isPlain), headers.findLastIndex((header) => !isPlain(header))];
  if (profile !== "default" || plain === -1 || named === -1)
    return { keys: config.profiles.get(profile), matches: (header) => profileNameOf(header) === profile };
  if (plain > named)
    throw new UsageError(
      "ERR_SETTING",
      `${config.file} has [default] behind [profile default]: the AWS CLI takes the one, other tools the other`,
      { hints: ["make them one section, or write another profile with --profile"] },
    );
  // If [profile default] comes last, every tool uses it.
  return {
    keys: config.profiles.get(profile),
    matches: (header) => !isPlain(header) && profileNameOf(header) === profile,
  };
}

/** Lists the keys that would change, with their current values. Shows only the program of a command line. */
export function describeChanges(
  keys: ConfigSection | undefined,
  changes: Readonly<Record<string, string | undefined>>,
  { platform }: Pick<Invocation, "platform">,
): readonly string[] {
  return Object.entries(changes).flatMap(([key, value]) => {
    const old = keys?.get(key);
    return old === undefined || old === value ? [] : [`${key} = ${show(key, old, platform)}`];
  });
}

/** The words of another program's line may be secrets. */
function show(key: string, value: string, platform: NodeJS.Platform): string {
  if (key !== "credential_process") return value;
  const [program = ""] = splitWords(value, platform) ?? [];
  return `${quoteValue(program)} …`;
}
