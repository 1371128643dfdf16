// Writes docs/reference/commands.md from the option tables of the commands, so that no flag is described twice. With
// --check it writes nothing and fails when the page is not what it would write.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = join(root, "docs", "reference", "commands.md");

/** The tables themselves: the sources are bundled into a file that is imported and removed. */
async function loadTables() {
  const folder = join(root, "node_modules", ".cache", `commands-reference-${process.pid}`);
  const file = join(folder, "tables.mjs");
  const contents = [
    'export { registry } from "./src/commands/registry.js";',
    'export { certificateOptions } from "./src/commands/credential-source.js";',
    'export { cacheConflicts, cacheOptions } from "./src/commands/options/cache.js";',
    'export { identityConflicts } from "./src/commands/options/identity.js";',
    'export { environmentName, profileKey } from "./src/settings/lookup.js";',
  ].join("\n");
  await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    outfile: file,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    define: { ROLESANYWHERE_TS_VERSION: '"0.0.0"' },
    logLevel: "warning",
  });
  try {
    const tables = await import(pathToFileURL(file).href);
    const names = Object.keys(tables.registry).toSorted();
    const commands = await Promise.all(names.map(async (name) => [name, await tables.registry[name].load()]));
    return { ...tables, commands };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (text) => `\`${text}\``;
const table = (head, rows) =>
  [
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---").join(" | ")} |`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");

function flagCell(name, { kind, placeholder, short }) {
  const letter = short === undefined ? "" : `-${short}, `;
  return code(`${letter}--${name}${kind === "boolean" ? "" : ` ${placeholder ?? "VALUE"}`}`);
}

function meaningCell({ describe, choices, default: fallback, kind }) {
  const notes = [
    ...(choices === undefined ? [] : [`one of ${choices.map(code).join(", ")}`]),
    ...(fallback === undefined ? [] : [`default ${code(String(fallback))}`]),
    ...(kind === "list" && !/repeat/.test(describe) ? ["repeatable"] : []),
  ];
  // Flags and URLs as code, which no reader takes for a dash or a link.
  const plain = describe.replaceAll(/(?<![\w`-])(?:--[a-z][a-z\d-]*|https?:\/\/[^\s,;)]+)/g, code);
  return cell([plain, ...notes].join("; "));
}

const visible = (options) => Object.entries(options).filter(([, spec]) => spec.hidden !== true);

function groupsOf(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const group = entry[1].group ?? "Flags";
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return [...groups];
}

const anchorOf = (group) => group.toLowerCase().replaceAll(" ", "-");

/** Settings that every command of the certificate path shares, each with its three names. */
function formatShared(shared, { environmentName, profileKey }) {
  const parts = groupsOf(visible(shared)).map(([group, entries]) => {
    const rows = entries.map(([name, spec]) => {
      const names = [flagCell(name, spec), code(environmentName(name))];
      // The profile cannot be named by a key of itself.
      if (name !== "settings-profile") names.push(code(profileKey(name)));
      return [names.join("<br>"), meaningCell(spec)];
    });
    return `### ${group}\n\n${table(["flag, variable, key in the profile", "meaning"], rows)}`;
  });
  return parts.join("\n\n");
}

const namePair = ([one, other]) => `${code(`--${one}`)} and ${code(`--${other}`)}`;

/** A group by its name, with what the command takes of it when that is not all. */
function nameGroup(group, own, shared) {
  const link = `[${group}](#${anchorOf(group)})`;
  const taken = new Set(own.map(([name]) => name));
  const left = visible(shared).filter(([name, spec]) => spec.group === group && !taken.has(name));
  const list = (entries) => entries.map(([name]) => code(`--${name}`)).join(", ");
  if (left.length === 0) return link;
  return left.length < own.length ? `${link} without ${list(left)}` : `of ${link} ${list(own)}`;
}

function formatCommand([name, command], shared, sharedPairs, summary) {
  const isShared = ([flag, spec]) => shared[flag] === spec;
  const entries = visible(command.options);
  const groups = groupsOf(entries.filter(isShared)).map(([group, own]) => nameGroup(group, own, shared));
  const synopsis = ["rolesanywhere-ts", name, entries.length > 0 ? "[flags]" : "", command.positionals?.usage ?? ""];
  const lines = [
    `## rolesanywhere-ts ${name}`,
    `${summary}.`,
    `\`\`\`text\n${[...synopsis, command.passThrough === true ? "-- COMMAND …" : ""].filter(Boolean).join(" ")}\n\`\`\``,
  ];
  if (groups.length > 0) lines.push(`Shared settings: ${groups.join("; ")}.`);
  for (const [group, own] of groupsOf(entries.filter((entry) => !isShared(entry)))) {
    lines.push(
      table(
        [group === "Flags" ? "flag" : `flag (${group})`, "meaning"],
        own.map(([flag, spec]) => [flagCell(flag, spec), meaningCell(spec)]),
      ),
    );
  }
  const pairs = (command.conflicts ?? []).filter((pair) => !sharedPairs.has(namePair(pair)));
  if (pairs.length > 0) lines.push(`Exclude each other: ${pairs.map(namePair).join("; ")}.`);
  return lines.join("\n\n");
}

function formatPage(tables) {
  const { certificateOptions, cacheOptions, commands, registry } = tables;
  const shared = { ...certificateOptions, ...cacheOptions };
  const sharedPairs = new Set([...tables.identityConflicts, ...tables.cacheConflicts].map(namePair));
  return `${[
    "<!-- Written by `npm run reference:commands` from the option tables; changes belong there. -->",
    "# Commands and flags",
    [
      "Every command and every flag, as the program itself knows them. `rolesanywhere-ts COMMAND --help` says the same, with",
      "examples. [Configuration](../configuration.md) explains how the settings work together.",
    ].join("\n"),
    commands.map(([name]) => `[${name}](#rolesanywhere-ts-${name})`).join(" · "),
    "## Shared settings",
    [
      "The commands that use a certificate share these. A flag beats the variable, the variable beats the key in the profile",
      "that `--settings-profile` names. Repeatable flags are lists separated by `;` in variables and keys. Flags without a",
      "value are switches: `--debug`, or `--debug=false`; `true` and `false` in variables and keys.",
    ].join("\n"),
    formatShared(shared, tables),
    `Exclude each other: ${[...sharedPairs].join("; ")}.`,
    ...commands.map((entry) => formatCommand(entry, shared, sharedPairs, registry[entry[0]].summary)),
  ].join("\n\n")}\n`;
}

const text = formatPage(await loadTables());
if (process.argv.includes("--check")) {
  let present = "";
  try {
    present = readFileSync(page, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (present !== text) {
    process.stderr.write('docs/reference/commands.md is not up to date: run "npm run reference:commands"\n');
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, text);
}
