import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import { splitCommandLine } from "../../aws/command-line.js";
import { RolesAnywhereError, UsageError, textsOf } from "../../errors.js";
import { message } from "../../message.js";
import type { SettingSources } from "../../settings/lookup.js";
import { findSettingsProfile } from "../../settings/sources.js";
import type { FollowLine } from "../../settings/sources.js";
import type { Invocation } from "../invocation.js";
import { parseArguments } from "../line/arguments.js";
import { credentialProcessOptions } from "../options/credential-process.js";

/**
 * The settings of a profile: the flags of its line, and the keys of the profile that the line names with
 * `--settings-profile`, else its own.
 */
export function createLineReader(invocation: Pick<Invocation, "executablePath">): FollowLine {
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
 * The flags of a `credential_process` line that runs this program, by its name or its real path.
 *
 * @returns undefined when the line runs another program, or this one by a shell.
 * @throws UsageError `ERR_SETTING` when the flags are not those of `credential-process`.
 */
export function readOwnLine(
  line: string,
  subject: string,
  { executablePath }: Pick<Invocation, "executablePath">,
): SettingSources["flags"] | undefined {
  const words = ownWords(line, executablePath);
  if (words === undefined) return undefined;
  try {
    const { profile, ...flags } = parseArguments(words, credentialProcessOptions).options;
    return profile === undefined ? flags : { "settings-profile": profile, ...flags };
  } catch (error) {
    if (!(error instanceof RolesAnywhereError)) throw error;
    const { message: said, hints } = textsOf(error);
    throw new UsageError("ERR_SETTING", message`${subject}: ${said}`, { hints, cause: error });
  }
}

/** The words behind `credential-process`. */
function ownWords(line: string, executablePath: string): readonly string[] | undefined {
  const words = splitCommandLine(line).words ?? [];
  const start = words.indexOf("credential-process");
  const program = words[start - 1];
  if (program === undefined || !isOwn(program, executablePath)) return undefined;
  const isDirect = start === 1 || (start === 2 && isInterpreter(words[0] ?? ""));
  return isDirect ? words.slice(start + 1) : undefined;
}

function isOwn(program: string, executablePath: string): boolean {
  if (/^rolesanywhere-ts(?:\.(?:cjs|cmd|exe))?$/i.test(baseName(program))) return true;
  if (!isAbsolute(program)) return false;
  try {
    return realpathSync(program) === realpathSync(executablePath);
  } catch {
    return false;
  }
}

function isInterpreter(program: string): boolean {
  return /^(?:node|bun|deno)(?:[.-]?\d+)*(?:\.exe)?$/i.test(baseName(program));
}

/** Of a path of either kind. */
function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
