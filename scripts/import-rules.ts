// Writes the linter's import rules from scripts/import-table.ts, and the tables of docs/architecture.md from it and from
// scripts/one-place.ts.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packages, rooms } from "./import-table.js";
import type { Permission, Room } from "./import-table.js";
import { jobsTable } from "./one-place.js";

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

interface LinterConfig {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly overrides: readonly Override[];
}

const rule = "no-restricted-imports";
const allRooms = Object.keys(rooms) as Room[];
const permission = (from: Room, to: Room): Permission | undefined =>
  (rooms[from] as Readonly<Partial<Record<Room, Permission>>>)[to];

/** The linter does not merge overrides, so each one repeats every pattern for its files. */
function overrideOf(files: readonly string[], room: Room | undefined, exempt: readonly object[]): Override {
  const patterns = [...packagePatterns(exempt), ...(room === undefined ? [] : roomPatterns(room))];
  return { files, rules: { [rule]: ["error", { patterns }] } };
}

function packagePatterns(exempt: readonly object[]) {
  return packages
    .filter((entry) => !exempt.includes(entry))
    .map(({ names, message }) => ({ group: [...names], message }));
}

function roomPatterns(room: Room) {
  const refused = allRooms.filter((other) => other !== room && permission(room, other) !== "all");
  const entryPoints = {
    group: ["**/main.js", "**/cli.js", "**/index.js", "**/exports/*.js"],
    message: "nothing imports the entry points",
  };
  return [
    ...refused.map((other) => {
      const typesOnly = permission(room, other) === "types";
      const exception = typesOnly ? " but for its types" : "";
      return {
        group: [`**/${other}/**`],
        message: `src/${room}/ may not import src/${other}/${exception}: see docs/architecture.md`,
        ...(typesOnly ? { allowTypeImports: true } : {}),
      };
    }),
    ...(room === "library" || room === "commands" ? [] : [entryPoints]),
  ];
}

/** Replaces the import rules of the linter's configuration by those of the table. */
export function withImportRules(config: LinterConfig): LinterConfig {
  const ofRooms = allRooms.map((room) => {
    const files = `src/${room}/**/*.ts`;
    const exempt = packages.filter((entry) => entry.files.includes(files));
    return overrideOf(room === "library" ? [files, "src/exports/**/*.ts", "src/index.ts"] : [files], room, exempt);
  });
  const ofPackages = packages.flatMap((entry) =>
    entry.files
      .filter((file) => !file.endsWith("/**/*.ts"))
      .map((file) =>
        overrideOf(
          [file],
          allRooms.find((room) => file.startsWith(`src/${room}/`)),
          [entry],
        ),
      ),
  );
  const others = config.overrides.filter((override) => Object.keys(override.rules).join() !== rule);
  return {
    ...config,
    rules: { ...config.rules, [rule]: ["error", { patterns: packagePatterns([]) }] },
    overrides: [...ofRooms, ...ofPackages, ...others],
  };
}

/** Formats the table for docs/architecture.md. */
export function importTable(): string {
  const shown = allRooms.filter((room) => room !== "library" && room !== "commands");
  const words = { all: "yes", types: "types" };
  const cell = (from: Room, to: Room) => {
    const permitted = permission(from, to);
    return from === to ? "" : permitted === undefined ? "·" : words[permitted];
  };
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |");
  return [
    row(["from \\ to", ...shown]),
    row(["from", ...shown].map(() => "---")),
    ...allRooms.map((from) => row([from, ...shown.map((to) => cell(from, to))])),
  ].join("\n");
}

/** Called by scripts/run-typescript.mjs. */
export function main(_words: readonly string[], root: string): number {
  const rules = join(root, ".oxlintrc.json");
  const config = JSON.parse(readFileSync(rules, "utf8")) as LinterConfig;
  writeFileSync(rules, `${JSON.stringify(withImportRules(config), undefined, 2)}\n`);
  const page = join(root, "docs/architecture.md");
  const imports = /^\| from \\ to .*(?:\n\|.*)*/m;
  const jobs = /^\| job \|.*(?:\n\|.*)*/m;
  writeFileSync(
    page,
    readFileSync(page, "utf8")
      .replace(imports, () => importTable())
      .replace(jobs, () => jobsTable()),
  );
  return spawnSync(process.execPath, [join(root, "node_modules/oxfmt/bin/oxfmt"), rules]).status ?? 1;
}
