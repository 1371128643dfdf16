import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { forEachChild, parse } from "unbash";
import type { ParsedScript, SyntaxNode } from "unbash";
import { findCommandLines } from "../../scripts/docs/command-lines.js";
import type { Block, Page } from "../../scripts/docs/page.js";
import { readCommands, shellLanguages } from "../../scripts/docs/transcript.js";
import type { ShownCommand } from "../../scripts/docs/transcript.js";
import { profileArn, roleArn, trustAnchorArn } from "./page-account.js";
import type { PageHome } from "./page-home.js";
import { addPageToken } from "./page-token.js";
import { openShell } from "./shell-session.js";
import type { BackgroundCommand, ShellSession } from "./shell-session.js";
import { runTyped } from "./typed-session.js";
import { compareOutput, replaceNames } from "./shown-output.js";
import type { Names } from "./shown-output.js";

/** Outcome of a command, or of a whole block. */
export type Outcome =
  | { readonly kind: "ran"; readonly place: string; readonly isCompared: boolean; readonly fault: string | undefined }
  /** A program is missing. */
  | { readonly kind: "skipped"; readonly place: string; readonly program: string }
  /** The page says that it does not run. */
  | { readonly kind: "exempt"; readonly place: string; readonly reason: string };

/** Programs that a page may use but a machine may lack. */
const optionalPrograms = new Set("aws curl fish jq openssl pwsh python3 step unzip zsh".split(" "));

/** Programs that act outside the home folder. A page may show them, but must say that they do not run. */
const farReaching = new Set("apt apt-get brew docker helm kubectl npm npx pip pip3 sudo systemctl yum".split(" "));

/** Output with which a server command reports that it is ready. */
const readiness: Readonly<Record<string, RegExp>> = {
  emulator: /# emulator ready/,
  serve: /listening on/,
  update: /next renewal at/,
  renew: /renewal at/,
};

/** A command that takes longer counts as a fault. */
const timeoutMs = 30_000;

/** Runs everything on a page, from the first block to the last, in one shell. */
export async function followPage(page: Page, home: PageHome): Promise<readonly Outcome[]> {
  const shell = openShell({ env: home.env, cwd: home.folder, folder: join(home.folder, ".shell"), timeoutMs });
  const walk: Walk = { home, shell, names: new Map([["/home/me", home.folder]]), running: [] };
  const outcomes: Outcome[] = [];
  try {
    for (const block of page.blocks) {
      keepFile(block, home);
      if (holdsProfiles(block)) home.addConfig(block.text);
      if (shellLanguages.has(block.language)) outcomes.push(...(await followBlock(block, page.path, walk)));
    }
    for (const { place, command } of walk.running) {
      const { status, printed } = await command
        .stop()
        .catch((error: unknown) => ({ status: 1, printed: String(error) }));
      const fault = `it ended with status ${status}: ${shorten(printed)}`;
      if (status !== 0) outcomes.push({ kind: "ran", place, isCompared: false, fault });
    }
  } finally {
    await shell.close();
  }
  return outcomes;
}

async function followBlock(block: Block, path: string, walk: Walk): Promise<readonly Outcome[]> {
  const run = block.directives.get("run");
  const reason = /^no, (.+)$/s.exec(run ?? "")?.[1];
  const first = `${path}:${block.line}`;
  if (reason !== undefined) return [{ kind: "exempt", place: first, reason }];
  const setUp = run === "with a token" ? addPageToken(walk.home) : "true";
  if (setUp === undefined) return [{ kind: "skipped", place: first, program: "softhsm2-util" }];
  const commands = readCommands(block.language, block.text);
  const placeOf = ({ line }: ShownCommand) => `${path}:${block.line + line}`;
  // All of a block or nothing: half of it would leave behind what its end cleans up.
  for (const command of commands) {
    const program = isTyped(block) && !canType(walk.home) ? "script" : findMissing(command.text, walk.home);
    if (program !== undefined) return [{ kind: "skipped", place: placeOf(command), program }];
  }
  await walk.shell.run(setUp);
  const outcomes: Outcome[] = [];
  for (const command of commands) {
    const place = placeOf(command);
    const fault = await follow(command, block, walk).catch((error: unknown) => String(error));
    outcomes.push({
      kind: "ran",
      place,
      isCompared: command.output !== undefined,
      fault: fault === undefined ? undefined : `${command.text}\n${fault}`,
    });
  }
  return outcomes;
}

/** Lists the faults, each with its place. */
export function findOutcomeFaults(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap((outcome) =>
    outcome.kind === "ran" && outcome.fault !== undefined ? [`${outcome.place}: ${outcome.fault}`] : [],
  );
}

interface Walk {
  readonly home: PageHome;
  readonly shell: ShellSession;
  readonly names: Names;
  readonly running: { readonly place: string; readonly command: BackgroundCommand }[];
}

/** Tells whether a block is part of an AWS config file. */
export function holdsProfiles({ language, text }: Block): boolean {
  return language === "ini" && /^\[(?:default|profile |services )/m.test(text);
}

/** Saves a block where `<!-- file: hops.json -->` before it tells readers to put it. */
function keepFile(block: Block, { folder, localise }: PageHome): void {
  const name = block.directives.get("file");
  if (name === undefined) return;
  const path = name.replace(/^~(?=\/)/, folder);
  write(path.startsWith("/") ? localise(path) : join(folder, path), localise(block.text));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
}

/** @returns The fault; undefined if there is none. */
async function follow(shown: ShownCommand, block: Block, walk: Walk): Promise<string | undefined> {
  const { home, shell, names } = walk;
  const far = findPrograms(shown.text).find((name) => farReaching.has(name));
  if (far !== undefined)
    return `${far} reaches beyond the home folder: write <!-- run: no, REASON --> before the block`;
  const text = replaceNames(home.localise(complete(shown.text)), names);
  const output = shown.output === undefined ? undefined : home.localise(shown.output);
  if (output !== undefined) keepShownFile(shown.text, output, home);
  const server = findServer(shown.text);
  if (server !== undefined) return followServer(withFreePort(text, server), output, server, walk);
  const { printed, status } = isTyped(block)
    ? await runTyped(text, replaceNames(output ?? "", names), { env: home.env, cwd: home.folder, timeoutMs })
    : await shell.run(text);
  const difference = output === undefined ? undefined : compareOutput(output, printed, names);
  if (difference !== undefined) return `${difference}\n  all of it:\n${shorten(printed)}`;
  const expected = Number(/^status (\d+)$/.exec(block.directives.get("run") ?? "")?.[1] ?? 0);
  return status === expected ? undefined : `status ${status}, expected ${expected}: ${shorten(printed)}`;
}

async function followServer(text: string, output: string | undefined, name: string, walk: Walk) {
  const command = await walk.shell.start(text);
  walk.running.push({ place: text, command });
  const until = Date.now() + 20_000;
  let difference: string | undefined = "it does not get ready";
  while (Date.now() < until && difference !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    if (output !== undefined) difference = compareOutput(output, command.printed(), walk.names);
    // If its output goes to a file, nothing more is known.
    else if (/(?<![2&])>/.test(text) || readiness[name]?.test(command.printed()) === true) difference = undefined;
  }
  return difference === undefined ? undefined : `${difference}\n  all of it:\n${shorten(command.printed())}`;
}

function shorten(text: string): string {
  return text.length > 2_000 ? `${text.slice(0, 2_000)}\n  (and more)` : text;
}

/** Returns the name of a command of this program that runs until it is stopped. */
function findServer(text: string): string | undefined {
  const [first, ...more] = findCommandLines("sh", text);
  const [name = ""] = first?.words ?? [];
  if (first === undefined || more.length > 0 || !text.startsWith("rolesanywhere-ts") || /&\s*$/.test(text))
    return undefined;
  const ends = first.words.includes("--help") || (["update", "renew"].includes(name) && first.words.includes("--once"));
  return Object.hasOwn(readiness, name) && !ends ? name : undefined;
}

/** The page's port may be in use here. */
function withFreePort(text: string, name: string): string {
  const free = text.replaceAll(/(?<=--listen[ =]127\.0\.0\.1:|--port[ =])\d+/g, "0");
  return name !== "serve" || /--(?:port|listen)\b/.test(text) ? free : text.replace(/\bserve\b/, "serve --port 0");
}

/** Adds what a page omits from a command of this program: the three ARNs. */
function complete(text: string): string {
  const arns = { "--trust-anchor-arn": trustAnchorArn, "--profile-arn": profileArn, "--role-arn": roleArn };
  let whole = text;
  for (const [flag, arn] of Object.entries(arns)) whole = whole.replaceAll(`${flag} …`, `${flag} ${arn}`);
  const rest = Object.entries(arns).flat().join(" ");
  return whole.replaceAll(/(?<=rolesanywhere-ts [^|]*) …(?= |$)/gm, ` ${rest}`);
}

/** Saves the file that a page shows by `cat`, as its reader would have it. */
function keepShownFile(text: string, output: string, { folder }: PageHome): void {
  const [, path] = /^cat (\S+)$/.exec(text) ?? [];
  if (path !== undefined) write(join(folder, path.replace(/^~\//, "")), output);
}

/** `<!-- run: on a terminal -->`: the page shows what to type after the program's questions. */
function isTyped({ directives }: Block): boolean {
  return directives.get("run") === "on a terminal";
}

/** `script` has other flags on other systems. */
function canType({ env }: PageHome): boolean {
  return process.platform === "linux" && isOnPath("script", env);
}

function isOnPath(name: string, env: PageHome["env"]): boolean {
  return (env["PATH"] ?? "").split(delimiter).some((place) => existsSync(join(place, name)));
}

function findPrograms(text: string): readonly string[] {
  const programs = new Set<string>();
  const visit = (node: SyntaxNode | ParsedScript) => {
    if (node.type === "Command" && node.name !== undefined) programs.add(node.name.value);
    // The command of exec.
    if (node.type === "Word" && text.slice(0, node.pos).endsWith("-- ")) programs.add(node.value);
    forEachChild(node, visit);
  };
  visit(parse(text));
  return [...programs];
}

function findMissing(text: string, { env }: PageHome): string | undefined {
  const programs = findPrograms(text);
  const missing = programs.find((name) => optionalPrograms.has(name) && !isOnPath(name, env));
  if (missing !== undefined || !programs.includes("python3")) return missing;
  const modules = [...text.matchAll(/\b(?:import|from) (\w+)/g)].map(([, name = ""]) => name);
  // pandas needs it for Parquet files.
  if (text.includes("read_parquet")) modules.push("pyarrow");
  return modules.find((name) => spawnSync("python3", ["-c", `import ${name}`], { env }).status !== 0);
}
