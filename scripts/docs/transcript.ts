import { parse } from "unbash";

/** Command that a page shows, with its output there. */
export interface ShownCommand {
  readonly text: string;
  /** Counted from 0 within the block. */
  readonly line: number;
  /** Undefined if the page shows none. */
  readonly output: string | undefined;
}

/** Languages of fenced blocks that hold commands for a POSIX shell. */
export const shellLanguages: ReadonlySet<string> = new Set(["console", "sh", "bash", "shell"]);

/** Returns the commands of a block: after `$ ` in a console block, else one per statement. */
export function readCommands(language: string, text: string): readonly ShownCommand[] {
  return language === "console" ? readTranscript(text) : readScript(text);
}

/** Reads a transcript. A command ends where the shell ends it: after continuation lines, quotes, here-documents. */
function readTranscript(text: string): readonly ShownCommand[] {
  const lines = text.split("\n");
  const commands: ShownCommand[] = [];
  let index = 0;
  while (index < lines.length) {
    const line = index;
    if (lines[index]?.startsWith("$ ") !== true) {
      index++;
      continue;
    }
    let command = (lines[index++] as string).slice(2);
    while (index < lines.length && isOpen(command, lines[index] as string))
      command += `\n${(lines[index++] as string).replace(/^> /, "")}`;
    const first = index;
    while (index < lines.length && lines[index]?.startsWith("$ ") !== true) index++;
    const output = lines.slice(first, index).join("\n").trim();
    commands.push({ text: command, line, output: output === "" ? undefined : output });
  }
  return commands;
}

/** Bash accepts a here-document without its end, so the shell's second prompt decides there. */
function isOpen(command: string, next: string): boolean {
  if (command.includes("<<") && next.startsWith("> ")) return true;
  return command.endsWith("\\") || parse(command).errors !== undefined;
}

/** Splits a script into statements. Each extends to the next one, so it includes a following `&` or here-document. */
function readScript(text: string): readonly ShownCommand[] {
  const { commands } = parse(text);
  return commands.map(({ pos }, index) => ({
    text: text.slice(pos, commands[index + 1]?.pos ?? text.length).trimEnd(),
    line: text.slice(0, pos).split("\n").length - 1,
    output: undefined,
  }));
}
