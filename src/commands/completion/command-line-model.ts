import type { OptionSpec, OptionTable } from "../line/arguments.js";
import type { AnyCommand } from "../command.js";
import { groupOptions } from "../line/help.js";

/** Kind of a value: words from a list, a file, a folder, a profile of the AWS files, or anything. */
export type ValueKind = "words" | "file" | "directory" | "profile" | "anything";

export interface CompletedFlag {
  readonly name: string;
  readonly short: string | undefined;
  readonly describe: string;
  /** Undefined for a flag without a value. */
  readonly value: ValueKind | undefined;
  readonly words: readonly string[];
  readonly placeholder: string;
  readonly repeatable: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** Words allowed besides the flags, if they are few. */
  readonly words: readonly string[];
  /** Whether another program's command line follows. */
  readonly passThrough: boolean;
}

/** Input for the scripts of all shells. */
export interface CommandLineModel {
  /** The word that starts the program. */
  readonly programName: string;
  readonly commands: readonly CompletedCommand[];
  readonly describes: boolean;
}

const kindByPlaceholder: Readonly<Record<string, ValueKind>> = {
  DIR: "directory",
  FILE: "file",
  PATH: "file",
  PROFILE: "profile",
};

export function toCompletedCommand(command: AnyCommand, summary: string): CompletedCommand {
  const flags = groupOptions(command.options as OptionTable).flatMap(([, options]) => options);
  return {
    name: command.name,
    summary: toAscii(summary),
    flags: [...flags.map(([name, spec]) => toCompletedFlag(name, spec)), helpFlag],
    words: command.positionals?.choices ?? [],
    passThrough: command.passThrough === true,
  };
}

/** Groups commands by identical flag, so that scripts name each flag only once. */
export function mergeFlags(
  commands: readonly CompletedCommand[],
): readonly { readonly flag: CompletedFlag; readonly commands: readonly string[] }[] {
  const merged = new Map<string, { flag: CompletedFlag; commands: string[] }>();
  for (const { name, flags } of commands) {
    for (const flag of flags) {
      const key = JSON.stringify(flag);
      const entry = merged.get(key) ?? { flag, commands: [] };
      entry.commands.push(name);
      merged.set(key, entry);
    }
  }
  return [...merged.values()];
}

const helpFlag: CompletedFlag = {
  name: "help",
  short: undefined,
  describe: "show help for this command",
  value: undefined,
  words: [],
  placeholder: "",
  repeatable: false,
};

/** Windows PowerShell decodes a program's output with its own code page. */
function toAscii(text: string): string {
  return text.replaceAll("\u2026", "...");
}

function toCompletedFlag(name: string, spec: OptionSpec): CompletedFlag {
  const { short, describe, kind, choices = [], placeholder = "VALUE" } = spec;
  const named = Object.hasOwn(kindByPlaceholder, placeholder) ? kindByPlaceholder[placeholder] : undefined;
  const value = choices.length > 0 ? "words" : (named ?? "anything");
  return {
    name,
    short,
    describe: toAscii(describe),
    value: kind === "boolean" ? undefined : value,
    words: choices,
    placeholder,
    repeatable: kind === "list",
  };
}
