import { quoteForPosixShell } from "../printable.js";
import { findVariable } from "./environment.js";
import type { Environment } from "./environment.js";

/** The shell into which a person pastes this program's output. */
export type ReaderShell = "posix" | "powershell" | "cmd";

const ownProgram = /(?:^|\/)(?:node|bun|rolesanywhere-ts[^/]*)$/;

/**
 * Detects the shell that started this program. PowerShell passes PSModulePath to its children; a shell that it started
 * also sets `_` to the program that it runs. On Windows every process has PSModulePath, and PowerShell adds folders.
 */
export function readerShellOf({ platform, variables }: Pick<Environment, "platform" | "variables">): ReaderShell {
  const modulePath = findVariable(variables, "PSModulePath", platform);
  if (platform !== "win32") {
    return modulePath === undefined || ownProgram.test(variables["_"] ?? "") ? "posix" : "powershell";
  }
  if (findVariable(variables, "MSYSTEM", platform) !== undefined) return "posix";
  const home = findVariable(variables, "USERPROFILE", platform)?.toLowerCase();
  const folders = (modulePath ?? "").toLowerCase().split(";");
  const added = folders.some(
    (folder) => /\\powershell\\(?:\d+\\)?modules\\?$/.test(folder) || (home !== undefined && folder.startsWith(home)),
  );
  return added ? "powershell" : "cmd";
}

const plainWord = /^[\w@%+=:,./[\]-]+$/;

/** Quotes one word for the shell, if needed. */
export function quoteForShell(word: string, shell: ReaderShell): string {
  if (shell === "cmd") return /^[\w@+=:./\\-]+$/.test(word) ? word : `"${word}"`;
  if (plainWord.test(word) && (shell === "posix" || !/[@%,[\]]/.test(word))) return word;
  return shell === "posix" ? quoteForPosixShell(word) : quoteForPowershell(word);
}

const statements = {
  posix: (name, value) => `export ${name}=${plainWord.test(value) ? value : quoteForPosixShell(value)}\n`,
  powershell: (name, value) => `$env:${name} = ${quoteForPowershell(value)};\n`,
  cmd: (name, value) => `set "${name}=${value}"\r\n`,
} as const satisfies Record<ReaderShell, (name: string, value: string) => string>;

/** Formats statements that set variables in a shell, one per line. */
export function formatAssignments(variables: Readonly<Record<string, string>>, shell: ReaderShell): string {
  return Object.entries(variables)
    .map(([name, value]) => statements[shell](name, value))
    .join("");
}

const removals = {
  posix: (names) => `unset ${names.join(" ")}`,
  powershell: (names) => `Remove-Item ${names.map((name) => `Env:${name}`).join(", ")} -ErrorAction Ignore`,
  cmd: (names) => names.map((name) => `set "${name}="`).join(" & "),
} as const satisfies Record<ReaderShell, (names: readonly string[]) => string>;

/** Formats one line that removes variables in a shell, whether they are set or not. */
export function formatRemoval(names: readonly string[], shell: ReaderShell): string {
  return removals[shell](names);
}

/**
 * Quotes a value. Printable ASCII is literal in single quotes. Other characters are written as subexpressions:
 * PowerShell treats curly quotes as quotes, and decodes program output with its own code page.
 */
export function quoteForPowershell(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  const escaped = value
    .replaceAll(/[`$"]/g, "`$&")
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `$([char]${unit.charCodeAt(0)})`);
  return `"${escaped}"`;
}
