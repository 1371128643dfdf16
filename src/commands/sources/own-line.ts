import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import { splitWords } from "../../aws/command-line.js";
import { isAwsHelper, isInterpreter, programName } from "../../aws/find-program.js";
import { RolesAnywhereError, UsageError, textsOf } from "../../errors.js";
import { message } from "../../message.js";
import type { SettingSources } from "../../settings/lookup.js";
import { findSettingsProfile } from "../../settings/sources.js";
import type { FollowLine } from "../../settings/sources.js";
import type { Invocation } from "../invocation.js";
import { parseArguments, refusePositionals } from "../line/arguments.js";
import { areWholeFlags, explainRefusal } from "../line/mend-line.js";
import { credentialProcessOptions } from "../options/credential-process.js";

/**
 * Reads the settings of a profile: the flags of its line, and the keys of the line's `--settings-profile`, else its own
 * keys.
 */
export function createLineReader(invocation: Pick<Invocation, "executablePath" | "platform">): FollowLine {
  return (asked, shared) => {
    const { profiles } = shared.credentials;
    const text = profiles.get(asked.name)?.get("credential_process") ?? asked.keys.get("credential_process") ?? "";
    const subject = `credential_process of profile "${asked.name}" in ${asked.file}`;
    const flags = text === "" ? undefined : readOwnLine(text, subject, invocation);
    if (flags === undefined) return { profile: asked, line: undefined };
    const line = { flags, profile: asked.name, file: asked.file, beatsEnvironment: false };
    const other = flags["settings-profile"];
    if (typeof other !== "string" || other === "" || other === asked.name) return { profile: asked, line };
    return { profile: findSettingsProfile(other, shared), line };
  };
}

/**
 * Parses the flags of a `credential_process` line that runs this program, by its name or real path, or the official
 * helper, which has the same flags.
 *
 * @returns undefined if the line runs another program, or a shell that runs this one.
 * @throws UsageError `ERR_SETTING` if the flags are not those of `credential-process`.
 */
export function readOwnLine(
  line: string,
  subject: string,
  invocation: Pick<Invocation, "executablePath" | "platform">,
): SettingSources["flags"] | undefined {
  const words = ownWords(line, invocation);
  if (words === undefined) return undefined;
  try {
    const { options, positionals } = parseArguments(words, credentialProcessOptions);
    refusePositionals(positionals, undefined);
    const { profile, ...flags } = options;
    return profile === undefined ? flags : { "settings-profile": profile, ...flags };
  } catch (refusal) {
    const error = explainRefusal(refusal, words, credentialProcessOptions);
    if (!(error instanceof RolesAnywhereError)) throw error;
    const { message: said, hints } = textsOf(error);
    throw new UsageError("ERR_SETTING", message`${subject}: ${said}`, { hints, cause: error });
  }
}

/** Returns the words around `credential-process`: flags may also come before it. */
function ownWords(
  line: string,
  { executablePath, platform }: Pick<Invocation, "executablePath" | "platform">,
): readonly string[] | undefined {
  const words = splitWords(line, platform) ?? [];
  const start = isInterpreter(words[0] ?? "") ? 2 : 1;
  if (!isOwn(words[start - 1] ?? "", executablePath)) return undefined;
  if (words[start] === "credential-process") return words.slice(start + 1);
  const command = words.findIndex(
    (word, index) =>
      word === "credential-process" && areWholeFlags(words.slice(start, index), credentialProcessOptions),
  );
  return command > start ? words.toSpliced(command, 1).slice(start) : undefined;
}

function isOwn(program: string, executablePath: string): boolean {
  if (/^rolesanywhere-ts(?:\.(?:cjs|cmd|exe))?$/i.test(programName(program)) || isAwsHelper(program)) return true;
  if (!isAbsolute(program)) return false;
  try {
    return realpathSync.native(program) === realpathSync.native(executablePath);
  } catch {
    return false;
  }
}
