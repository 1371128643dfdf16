import { forEachChild, parse } from "unbash";
import type { ParsedScript, SyntaxNode, Word } from "unbash";
import { parseAllDocuments } from "yaml";
import { shellLanguages } from "./transcript.js";

/** Call of this program in a text: the words after its name. */
export interface CommandLine {
  readonly words: readonly string[];
  /** Counted from 0 within the text. */
  readonly line: number;
}

/** Programs that run the program named after them. */
const wrappers = new Set(
  "sudo env npx node time nohup timeout docker podman kubectl systemd-run watch exec".split(" "),
);
const program = /^(?:.*\/)?rolesanywhere-ts(?:\.cjs)?$/;
const isProgram = (word: string) => program.test(word);

/** Syntax error in a shell script. */
export interface ShellFault {
  readonly message: string;
  readonly line: number;
}

export function findShellFaults(text: string): readonly ShellFault[] {
  return (parse(text).errors ?? []).map(({ message, pos }) => ({ message, line: lineAt(text, pos) }));
}

/** Finds every call of this program in a text of the given language: `sh` or another file type. */
export function findCommandLines(language: string, text: string): readonly CommandLine[] {
  if (shellLanguages.has(language)) return inShell(text);
  if (language === "ini" || language === "service") return inSettings(text);
  if (language === "yaml" || language === "yml") return inYaml(text);
  if (language === "dockerfile") return inDockerfile(text);
  return [];
}

function inShell(text: string, firstLine = 0): readonly CommandLine[] {
  const found: CommandLine[] = [];
  const visit = (node: SyntaxNode | ParsedScript) => {
    if (node.type === "Command" && node.name !== undefined) {
      const words = wordsOf([node.name, ...node.suffix.filter((item): item is Word => item.type === "Word")]);
      if (words !== undefined) found.push({ words, line: firstLine + lineAt(text, node.pos) });
    }
    forEachChild(node, visit);
  };
  visit(parse(text));
  return found;
}

function wordsOf(all: readonly Word[]): readonly string[] | undefined {
  return ownWords(all.map(({ value }) => value));
}

function ownWords(words: readonly string[]): readonly string[] | undefined {
  const [first = ""] = words;
  if (isProgram(first)) return words.slice(1);
  const index = wrappers.has(first) ? words.findIndex(isProgram) : -1;
  return index === -1 ? undefined : words.slice(index + 1);
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length - 1;
}

/** Reads `credential_process = …` of AWS config files, `ExecStart=…` of systemd units, and commands in comments. */
function inSettings(text: string): readonly CommandLine[] {
  return text.split("\n").flatMap((line, index) => {
    const value = /^(?:credential_process\s*=|Exec\w+=|#\s{2,})\s*(.*)$/.exec(line)?.[1];
    return value === undefined ? [] : inShell(value.replace(/^-/, ""), index);
  });
}

function inYaml(text: string): readonly CommandLine[] {
  const found: (readonly string[])[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string") found.push(...inShell(value).map(({ words }) => words));
    if (Array.isArray(value)) {
      const words = value.every((item) => typeof item === "string") ? ownWords(value) : undefined;
      if (words === undefined) for (const item of value) visit(item);
      else found.push(words);
    } else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) visit(item);
  };
  for (const document of parseAllDocuments(text)) visit(document.toJS());
  return [...found.map((words) => ({ words, line: 0 })), ...inSettings(text)];
}

function inDockerfile(text: string): readonly CommandLine[] {
  const joined = text.replaceAll(/\\\n/g, "  ");
  return joined.split("\n").flatMap((line, index) => {
    const [, value = ""] = /^(?:RUN|CMD|ENTRYPOINT)\s+(.*)$/.exec(line) ?? [];
    if (!value.startsWith("[")) return inShell(value, index);
    const words = ownWords(JSON.parse(value) as string[]);
    return words === undefined ? [] : [{ words, line: index }];
  });
}
