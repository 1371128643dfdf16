import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";
import type { Environment } from "./environment.js";
import { findVariable } from "./environment.js";

/** Where programs are looked for. */
export type ProgramSearch = Pick<Environment, "platform" | "variables">;

const usualEndings = ".COM;.EXE;.BAT;.CMD";

/**
 * The file that a program's name or path leads to: on PATH if it has no folder. On Windows a name gets the endings of
 * PATHEXT, as cmd.exe gives them.
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

/** Whether a program is named by a path, and not looked for on PATH. */
export function namesFolder(program: string, platform: NodeJS.Platform): boolean {
  return platform === "win32" ? /[\\/]|^[A-Za-z]:/.test(program) : program.includes("/");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
