import { parse } from "unbash";

/** A command as a page shows it, with what the page says that it prints. */
export interface ShownCommand {
  readonly text: string;
  /** Counted from 0 within the block. */
  readonly line: number;
  /** Undefined where the page shows nothing. */
  readonly output: string | undefined;
}

/** Languages of fenced blocks that hold commands for a POSIX shell. */
export const shellLanguages: ReadonlySet<string> = new Set(["console", "sh", "bash", "shell"]);

/** The commands of a block: behind `$ ` in a console block, else statement by statement. */
export function readCommands(language: string, text: string): readonly ShownCommand[] {
  return language === "console" ? readTranscript(text) : readScript(text);
}

/** A command ends where the shell would take it: after continuation lines, quotes and here-documents. */
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

/** Bash takes a here-document that lacks its end, so there the shell's second prompt decides. */
function isOpen(command: string, next: string): boolean {
  if (command.includes("<<") && next.startsWith("> ")) return true;
  return command.endsWith("\\") || parse(command).errors !== undefined;
}

/** A statement reaches to the next one, so that it takes in the `&` and the here-document behind it. */
function readScript(text: string): readonly ShownCommand[] {
  const { commands } = parse(text);
  return commands.map(({ pos }, index) => ({
    text: text.slice(pos, commands[index + 1]?.pos ?? text.length).trimEnd(),
    line: text.slice(0, pos).split("\n").length - 1,
    output: undefined,
  }));
}
