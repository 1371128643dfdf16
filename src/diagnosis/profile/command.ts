import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { splitWords } from "../../aws/command-line.js";
import { findProgram, isAwsHelper, isInterpreter, namesFolder } from "../../aws/find-program.js";
import type { ProgramSearch } from "../../aws/find-program.js";
import { quoteValue } from "../../aws/inline-value.js";
import type { Finding } from "../finding.js";
import { fail, pass, warn } from "../finding.js";
import { findDifferences } from "./line-readers.js";

export interface ProgramLookup extends ProgramSearch {
  /** Path of the running program. */
  readonly executablePath: string;
}

/**
 * Checks that all SDKs split the profile's `credential_process` line alike, and that it runs this program. Does not run
 * the line: it can be any program, and its output can be credentials.
 */
export function checkProfileCommand(line: string, subject: string, lookup: ProgramLookup): readonly Finding[] {
  const { platform } = lookup;
  const words = splitWords(line, platform);
  const [program, script] = words ?? [];
  if (words === undefined || program === undefined) {
    return [
      fail(
        "PROFILE_COMMAND",
        subject,
        platform === "win32"
          ? "a quotation mark is left open, or the line is empty"
          : "a quotation mark or backslash is left open, or the line is empty",
        'put paths with spaces into "double quotes"',
      ),
    ];
  }
  return [checkWords(line, words, subject, platform), checkProgram(program, script, subject, lookup)];
}

function checkWords(line: string, words: readonly string[], subject: string, platform: NodeJS.Platform): Finding {
  const code = "PROFILE_COMMAND";
  const isWindows = platform === "win32";
  if (isWindows ? line.includes("\n") : /\n|\\$/.test(line))
    return fail(
      code,
      subject,
      "goes on in another line, which some tools take as part of it and others do not",
      "one line, no continuation: rolesanywhere-ts configure writes it so",
    );
  if (/\s[#;]/.test(line))
    return fail(
      code,
      subject,
      "has a # or ; after white space, where some SDKs cut the line off",
      "remove the comment",
    );
  if (isWindows && words.some((word) => word.startsWith("'")))
    return fail(
      code,
      subject,
      "has words in single quotes, which are part of the words on Windows",
      "rolesanywhere-ts configure writes it without quotation marks",
    );
  const differences = findDifferences(line, words, platform);
  if (differences.length === 0)
    return pass(code, subject, `${words.length} ${words.length === 1 ? "word" : "words"}, split alike by every SDK`);
  return warn(
    code,
    subject,
    differences.join("; "),
    isWindows
      ? "rolesanywhere-ts configure writes it without quotation marks: settings as keys of the profile, the program by a plain path"
      : "write paths out, and let rolesanywhere-ts configure quote the line, or put the settings into keys of the profile",
  );
}

function checkProgram(
  program: string,
  script: string | undefined,
  subject: string,
  { executablePath, ...search }: ProgramLookup,
): Finding {
  const code = "PROFILE_EXECUTABLE";
  const found = findProgram(program, search);
  if (found === undefined) {
    const why = namesFolder(program, search.platform) ? "not there or may not be run" : "not on PATH";
    return fail(
      code,
      subject,
      `the program ${quoteValue(program)} is ${why}`,
      "give its full path, since callers may have another PATH",
    );
  }
  if (isBatch(found) && !isBatch(program)) {
    return warn(
      code,
      subject,
      `${found} is a batch file, which the AWS CLI and boto3 do not find by the name ${quoteValue(program)}`,
      "let rolesanywhere-ts configure write the line: it starts node or an .exe file",
    );
  }
  const real = realpathSync.native(found);
  const own = realpathSync.native(executablePath);
  if (real === own) return pass(code, subject, `${found}, this very program`);
  const interpreted = isInterpreter(real) && script !== undefined && isAbsolute(script);
  if (interpreted && existsSync(script) && realpathSync.native(script) === own)
    return pass(code, subject, `${script}, this very program`);
  if (haveSameBytes(real, own)) return pass(code, subject, `${found}, a copy of this program`);
  if (isAwsHelper(program))
    return pass(code, subject, `${found}, AWS's own helper: its flags are those of this program`);
  return warn(
    code,
    subject,
    `${found} is another program, or another version of this one: it is not run, and its settings are unknown`,
    "if this program is meant, give the path of this one: rolesanywhere-ts configure writes it",
  );
}

/** Tells whether a line runs AWS's own helper, whose flags this program accepts too. */
export function runsAwsHelper(line: string, platform: NodeJS.Platform): boolean {
  return isAwsHelper(splitWords(line, platform)?.[0] ?? "");
}

function isBatch(path: string): boolean {
  return /\.(?:cmd|bat)$/i.test(path);
}

function haveSameBytes(one: string, other: string): boolean {
  try {
    return statSync(one).size === statSync(other).size && readFileSync(one).equals(readFileSync(other));
  } catch {
    return false;
  }
}
