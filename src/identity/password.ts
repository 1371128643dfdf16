import { readNamedFile } from "../aws/files/read-named-file.js";
import { expandHome } from "../aws/shared-config.js";
import { IdentityError } from "../errors.js";
import { describeOrigin, type Sourced } from "../origin.js";
import type { IdentityContext } from "./source.js";

/** Where a password or PIN may come from, in the order in which they count. */
export interface PasswordSources {
  readonly given: Sourced<string> | undefined;
  readonly file: Sourced<string> | undefined;
  /** Asked on a terminal when nothing else gives it. */
  readonly question: string;
  /** The error when nothing gives it, such as `the private key is encrypted and no password is given`. */
  readonly missing: string;
  /** Flag and variable to name in the hint. */
  readonly hint: string;
}

/** Answers of this process: each renewal of a long-running command reads the key again, and its owner is asked once. */
const answers = new Map<string, Promise<string>>();

/** @throws IdentityError `ERR_PASSWORD` when nothing gives it and there is no terminal */
export async function resolvePassword(sources: PasswordSources, context: IdentityContext): Promise<string> {
  const found = readGivenPassword(sources, context);
  if (found !== undefined) return found;
  if (context.prompt !== undefined) {
    const answer = answers.get(sources.question) ?? context.prompt(sources.question);
    answers.set(sources.question, answer);
    return answer;
  }
  throw new IdentityError("ERR_PASSWORD", sources.missing, {
    hints: [sources.hint, "there is no terminal to ask on"],
  });
}

/** What flag, environment, profile or file give; never asks. */
export function readGivenPassword(
  { given, file }: Pick<PasswordSources, "given" | "file">,
  { homeDirectory }: Pick<IdentityContext, "homeDirectory">,
): string | undefined {
  return given?.value ?? (file === undefined ? undefined : readPasswordFile(file, homeDirectory));
}

/**
 * The first line of the file, without its line end.
 *
 * @throws IdentityError `ERR_PASSWORD`
 */
export function readPasswordFile({ value, origin }: Sourced<string>, homeDirectory: string | undefined): string {
  try {
    const text = readNamedFile(expandHome(value, homeDirectory))
      .toString("utf8")
      .replace(/^\uFEFF/, "");
    return text.split(/\r?\n/, 1)[0] ?? "";
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown fault";
    throw new IdentityError(
      "ERR_PASSWORD",
      `cannot read the password file "${value}" (${describeOrigin(origin)}): ${reason}`,
      { cause: error, hints: ["check the path and the mode of the file"] },
    );
  }
}
