import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";
import type { Environment } from "./environment.js";
import { findVariable } from "./environment.js";

/** The search path for programs. */
export type ProgramSearch = Pick<Environment, "platform" | "variables">;

const usualEndings = ".COM;.EXE;.BAT;.CMD";

/**
 * Finds the file of a program: on PATH if it is given without a folder. On Windows, tries the endings in PATHEXT, as
 * cmd.exe does.
 */
export function findProgram(program: string, { platform, variables }: ProgramSearch): string | undefined {
  const isWindows = platform === "win32";
  const paths = isWindows ? win32 : posix;
  const folders = (findVariable(variables, "PATH", platform) ?? "").split(paths.delimiter);
  const places = namesFolder(program, platform) ? [program] : folders.map((folder) => paths.join(folder, program));
  if (!isWindows) return places.find(isExecutable);
  const known = (findVariable(variables, "PATHEXT", platform) || usualEndings).split(";");
  const hasEnding = known.some((ending) => ending !== "" && program.toLowerCase().endsWith(ending.toLowerCase()));
  return places
    .flatMap((place) => (hasEnding ? [place] : known.map((ending) => `${place}${ending.toLowerCase()}`)))
    .find(isFile);
}

/** Tells whether a program is given by path, so that PATH is not searched. */
export function namesFolder(program: string, platform: NodeJS.Platform): boolean {
  return platform === "win32" ? /[\\/]|^[A-Za-z]:/.test(program) : program.includes("/");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    // The mode of a folder lets users enter it.
    return isFile(path);
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Returns the file name in a path of either kind. */
export function programName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Tells whether a program runs scripts: Node.js, Bun or Deno, with a version in its name or without. */
export function isInterpreter(program: string): boolean {
  return /^(?:node|bun|deno)(?:[.-]?\d+)*(?:\.exe)?$/i.test(programName(program));
}

/** Tells whether a program is AWS's own helper, whose flags this program takes too. */
export function isAwsHelper(program: string): boolean {
  return /^aws_signing_helper(?:\.exe)?$/i.test(programName(program));
}
