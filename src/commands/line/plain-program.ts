import { realpathSync } from "node:fs";
import { basename } from "node:path";
import { findProgram } from "../../aws/find-program.js";
import { isPlainOnWindows } from "../../aws/process-line.js";
import type { Invocation } from "../invocation.js";
import { ownCommand } from "./own-command.js";
import { shortPath } from "./short-path.js";

type Context = Pick<Invocation, "executablePath" | "platform" | "variables">;

/**
 * The words that start this program in a profile's line. On Windows, avoids quotation marks if possible: only the name
 * if PATH finds the same file, else the path, else its short form.
 */
export function plainProgram(invocation: Context): readonly string[] {
  const words = ownCommand(invocation);
  return invocation.platform === "win32" ? words.map((word) => withoutQuotes(word, invocation)) : words;
}

function withoutQuotes(word: string, { platform, variables }: Context): string {
  const name = basename(word);
  if (/\.exe$/i.test(name) && isPlainOnWindows(name)) {
    const found = findProgram(name, { platform, variables });
    if (found !== undefined && realpathSync(found) === realpathSync(word)) return name;
  }
  return isPlainOnWindows(word) ? word : (shortPath(word) ?? word);
}
