import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { splitCommandLine } from "../../aws/command-line.js";
import { quoteValue } from "../../aws/inline-value.js";
import type { Finding } from "../finding.js";
import { fail, pass, warn } from "../finding.js";

export interface ProgramLookup {
  readonly path: string | undefined;
  /** The file that runs now. */
  readonly executablePath: string;
}

/**
 * Whether the profile's `credential_process` line is read alike by every SDK, and whether its program is this one. Nothing
 * on the line is run: it may be anything, and what it prints may be credentials.
 */
export function checkProfileCommand(line: string, subject: string, lookup: ProgramLookup): readonly Finding[] {
  const { words, shellOnly } = splitCommandLine(line);
  const [program, script] = words ?? [];
  if (words === undefined || program === undefined) {
    return [
      fail(
        "PROFILE_COMMAND",
        subject,
        "a quotation mark or backslash is left open, or the line is empty",
        'put paths with spaces into "double quotes"',
      ),
    ];
  }
  const findings = [splitFinding(subject, words.length, shellOnly, line)];
  return [...findings, checkProgram(program, script, subject, lookup)];
}

function splitFinding(subject: string, count: number, shellOnly: readonly string[], line: string): Finding {
  if (/\n|\\$/.test(line))
    return fail(
      "PROFILE_COMMAND",
      subject,
      "goes on in another line, which some tools take as part of it and others do not",
      "one line, no continuation: rolesanywhere-ts configure writes it so",
    );
  if (/\s[#;]/.test(line))
    return fail(
      "PROFILE_COMMAND",
      subject,
      "has a # or ; after white space, where some SDKs cut the line off",
      "remove the comment",
    );
  if (shellOnly.length === 0) return pass("PROFILE_COMMAND", subject, `${count} words, split alike by every SDK`);
  const found = shellOnly.map((char) => `"${char}"`).join(" ");
  return warn(
    "PROFILE_COMMAND",
    subject,
    `has ${found}: SDKs that use a shell read it otherwise than the AWS CLI and boto3, which use none`,
    "write paths out, and put what must stay literal into 'single quotes'",
  );
}

function checkProgram(
  program: string,
  script: string | undefined,
  subject: string,
  { path, executablePath }: ProgramLookup,
): Finding {
  const found = findProgram(program, path);
  if (found === undefined) {
    return fail(
      "PROFILE_EXECUTABLE",
      subject,
      `the program ${quoteValue(program)} is ${program.includes("/") ? "not there or may not be run" : "not on PATH"}`,
      "give its full path, since callers may have another PATH",
    );
  }
  const real = realpathSync(found);
  const own = realpathSync(executablePath);
  if (real === own) return pass("PROFILE_EXECUTABLE", subject, `${found}, this very program`);
  const interpreted = isInterpreter(real) && script !== undefined && isAbsolute(script);
  if (interpreted && existsSync(script) && realpathSync(script) === own)
    return pass("PROFILE_EXECUTABLE", subject, `${script}, this very program`);
  if (haveSameBytes(real, own)) return pass("PROFILE_EXECUTABLE", subject, `${found}, a copy of this program`);
  return warn(
    "PROFILE_EXECUTABLE",
    subject,
    `${found} is another program, or another version of this one: it is not run, and its settings are unknown`,
    "if this program is meant, give the path of this one: rolesanywhere-ts configure writes it",
  );
}

function isInterpreter(path: string): boolean {
  return /^(?:node|bun|deno)(?:[.-]?\d+)*(?:\.exe)?$/i.test(basename(path));
}

function haveSameBytes(one: string, other: string): boolean {
  try {
    return statSync(one).size === statSync(other).size && readFileSync(one).equals(readFileSync(other));
  } catch {
    return false;
  }
}

function findProgram(program: string, path: string | undefined): string | undefined {
  const candidates =
    isAbsolute(program) || program.includes("/")
      ? [program]
      : (path ?? "").split(delimiter).map((folder) => join(folder, program));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
