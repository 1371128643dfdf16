import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Finding } from "./finding.js";
import { fail, pass, warn } from "./finding.js";
import { splitCommandLine } from "./command-line.js";

export interface ProgramLookup {
  readonly path: string | undefined;
  /** The file that runs now. */
  readonly executablePath: string;
  /** What `PROGRAM version` prints; undefined when it does not run. */
  readonly versionOf: (program: string) => Promise<string | undefined>;
  readonly version: string;
}

/** Whether the profile's `credential_process` line is read alike by every SDK, and whether its program is this one. */
export async function checkProfileCommand(
  line: string,
  subject: string,
  lookup: ProgramLookup,
): Promise<readonly Finding[]> {
  const { words, shellOnly } = splitCommandLine(line);
  const [program] = words ?? [];
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
  return [...findings, await checkProgram(program, subject, lookup)];
}

function splitFinding(subject: string, count: number, shellOnly: readonly string[], line: string): Finding {
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

async function checkProgram(
  program: string,
  subject: string,
  { path, executablePath, versionOf, version }: ProgramLookup,
): Promise<Finding> {
  const found = findProgram(program, path);
  if (found === undefined) {
    return fail(
      "PROFILE_EXECUTABLE",
      subject,
      `the program "${program}" is ${program.includes("/") ? "not there or may not be run" : "not on PATH"}`,
      "give its full path, since callers may have another PATH",
    );
  }
  if (realpathSync(found) === realpathSync(executablePath))
    return pass("PROFILE_EXECUTABLE", subject, `${found}, this very program`);
  const other = await versionOf(found);
  if (other === version) return pass("PROFILE_EXECUTABLE", subject, `${found}, version ${other}`);
  return warn(
    "PROFILE_EXECUTABLE",
    subject,
    other === undefined ? `${found} is another program` : `${found} is version ${other}, this is ${version}`,
    "name this program there if it is meant",
  );
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
