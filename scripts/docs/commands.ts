import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { findCommandLines, findShellFaults } from "./command-lines.js";
import type { Fault } from "./fault.js";
import { readOwnNames, refusalOf } from "./own-program.js";
import type { OwnNames } from "./own-program.js";
import type { Block, Page, Span } from "./page.js";
import { readCommands, shellLanguages } from "./transcript.js";

/** Finds blocks that do not parse, and calls of this program that it would refuse. */
export async function findCommandFaults(pages: readonly Page[]): Promise<readonly Fault[]> {
  const names = await readOwnNames();
  const faults = await Promise.all(
    pages.flatMap((page) => [
      ...page.blocks.map((block) => blockFaults(page.path, block)),
      ...page.spans.map((span) => spanFaults(page.path, span, names)),
    ]),
  );
  const settings = pages.flatMap(({ path, blocks }) =>
    blocks.flatMap(({ line, text }) => settingFaults(path, line, text, names)),
  );
  return [...faults.flat(), ...settings];
}

async function blockFaults(path: string, block: Block): Promise<readonly Fault[]> {
  const at = (line: number, message: string): Fault => ({ path, line: block.line + line, message });
  if (block.language === "") return [at(-1, "the block does not say what it holds: name a language, such as `text`")];
  const syntax = syntaxFault(block);
  if (syntax !== undefined) return [at(0, syntax)];
  if (!shellLanguages.has(block.language)) return refusals(path, block.line, block.language, block.text);
  const commands = readCommands(block.language, block.text);
  if (commands.length === 0) return [at(0, "the block shows no command: begin it with `$ `")];
  const faults = commands.map(async ({ text, line }) => [
    ...findShellFaults(text).map((fault) => at(line + fault.line, `the shell would not take this: ${fault.message}`)),
    ...(await refusals(path, block.line + line, "sh", text)),
  ]);
  return (await Promise.all(faults)).flat();
}

/** Explains why a block of data does not parse. */
function syntaxFault({ language, text }: Block): string | undefined {
  try {
    if (language === "json") JSON.parse(text);
    if (language === "ndjson") for (const line of text.split("\n")) JSON.parse(line);
    if (language === "yaml")
      for (const { errors } of parseAllDocuments(text)) if (errors[0] !== undefined) throw errors[0];
    return undefined;
  } catch (error) {
    return `no ${language}: ${error instanceof Error ? error.message.split("\n", 1)[0] : String(error)}`;
  }
}

async function refusals(path: string, firstLine: number, language: string, text: string): Promise<readonly Fault[]> {
  const checked = findCommandLines(language, text).map(async ({ words, line }) => {
    const refusal = await refusalOf(words);
    return refusal === undefined
      ? []
      : [{ path, line: firstLine + line, message: `the program refuses this: ${refusal}` }];
  });
  return (await Promise.all(checked)).flat();
}

/** Checks text between backticks: whole commands, and names of flags, variables, keys and codes. */
async function spanFaults(path: string, { text, line }: Span, names: OwnNames): Promise<readonly Fault[]> {
  if (/^rolesanywhere-ts [a-z-]+$/.test(text)) return namedCommand(path, line, text, names);
  if (text.startsWith("rolesanywhere-ts ")) return refusals(path, line, "sh", text);
  const unknown = (kind: string, found: readonly string[], known: ReadonlySet<string>) =>
    found.filter((name) => !known.has(name)).map((name) => ({ path, line, message: `there is no ${kind} ${name}` }));
  const flags = text.startsWith("--") ? (text.match(/(?<=^|\s)--[a-z][a-z\d-]*/g) ?? []) : [];
  return [
    ...unknown(
      "flag",
      flags.filter((flag) => !foreignFlags.has(flag)),
      names.flags,
    ),
    ...unknown("variable", text.match(/^ROLESANYWHERE_TS_[A-Z\d_]+(?![\w…])/g) ?? [], withSpecial(names.variables)),
    ...unknown("profile key", text.match(/^rolesanywhere_(?!ts_)[a-z\d_]+(?!\w|[*{])/g) ?? [], names.profileKeys),
    ...unknown("error code", text.match(/^ERR_[A-Z\d_]+$/g) ?? [], names.codes),
  ];
}

/** Checks this program's variables and profile keys in a file or a block. */
function settingFaults(path: string, firstLine: number, text: string, names: OwnNames): readonly Fault[] {
  const variables = withSpecial(names.variables);
  return text.split("\n").flatMap((content, index) => {
    const at = (message: string): Fault => ({ path, line: firstLine + index, message });
    const wrong = (content.match(/\bROLESANYWHERE_TS_[A-Z\d_]+\b/g) ?? []).filter((name) => !variables.has(name));
    const keys = content.match(/^rolesanywhere_\w+(?=\s*=)/g) ?? [];
    return [
      ...wrong.map((name) => at(`there is no variable ${name}`)),
      ...keys.filter((key) => !names.profileKeys.has(key)).map((key) => at(`there is no profile key ${key}`)),
    ];
  });
}

/** Checks a command that is only named, without arguments. */
function namedCommand(path: string, line: number, text: string, { commands }: OwnNames): readonly Fault[] {
  const name = text.slice(text.indexOf(" ") + 1);
  return name.startsWith("-") || commands.has(name) ? [] : [{ path, line, message: `there is no command ${name}` }];
}

/** Flags of other programs that pages use without the program's name. */
const foreignFlags = new Set([
  "--aws-sigv4",
  "--bytecode",
  "--compile",
  "--enabled",
  "--env-file",
  "--insecure",
  "--no-password",
  "--seed",
]);

/** Variables that do not belong to a flag. */
function withSpecial(variables: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([
    ...variables,
    "ROLESANYWHERE_TS_CACHE",
    "ROLESANYWHERE_TS_EXECUTABLE",
    "ROLESANYWHERE_TS_LEAN",
    "ROLESANYWHERE_TS_RUNTIMES",
    "ROLESANYWHERE_TS_SESSION",
    "ROLESANYWHERE_TS_SESSION_EXPIRATION",
    "ROLESANYWHERE_TS_WINDOWS_NODE",
    "ROLESANYWHERE_TS_WINDOWS_STANDALONE",
  ]);
}

/** Checks the files below `examples` in the same way, whatever their type. */
export async function findExampleFaults(root: string): Promise<readonly Fault[]> {
  const names = await readOwnNames();
  const faults = listFiles(root, "examples").map(async (path) => {
    const text = readFileSync(join(root, path), "utf8");
    const language = languageOf(path);
    const syntax = syntaxFault({ language, text, line: 1, directives: new Map() });
    if (syntax !== undefined) return [{ path, line: 0, message: syntax }];
    return [...settingFaults(path, 1, text, names), ...(await refusals(path, 1, language, text))];
  });
  return (await Promise.all(faults)).flat();
}

function listFiles(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(root, path) : [path];
  });
}

function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/^Dockerfile/i.test(name)) return "dockerfile";
  if (!name.includes(".") || /\.(?:service|socket|timer|conf)$/.test(name)) return "ini";
  return name.slice(name.lastIndexOf(".") + 1);
}
