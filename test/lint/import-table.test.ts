import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { importTable, withImportRules } from "../../scripts/import-rules.js";
import { rooms as table } from "../../scripts/import-table.js";
import type { Permission, Room } from "../../scripts/import-table.js";
import { createScratch } from "../support/scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rooms = Object.keys(table) as Room[];
const allowed: Readonly<Record<Room, Partial<Record<Room, Permission>>>> = table;

interface Case {
  readonly file: string;
  readonly source: string;
  readonly permitted: boolean;
}

const pairs = rooms.flatMap((from) => rooms.filter((to) => to !== from).map((to) => [from, to] as const));
const cases: readonly Case[] = [
  ...pairs.map(([from, to]) => ({
    file: `src/${from}/value-of-${to}.ts`,
    source: `import { thing } from "../${to}/thing.js";\nexport const here = thing;\n`,
    permitted: allowed[from][to] === "all",
  })),
  ...pairs.map(([from, to]) => ({
    file: `src/${from}/type-of-${to}.ts`,
    source: `import type { Thing } from "../${to}/thing.js";\nexport const here = (thing: Thing): Thing => thing;\n`,
    permitted: allowed[from][to] !== undefined,
  })),
  ...[
    ["src/vending/client.ts", "@aws-sdk/client-s3", false],
    ["src/readers/client.ts", "@aws-sdk/client-s3", true],
    ["src/delivery/parser.ts", "yargs", false],
    ["src/main.ts", "yargs", false],
    ["src/commands/program.ts", "yargs", false],
    ["src/commands/line/option-help.ts", "yargs", true],
    ["src/identity/tpm/signer.ts", "node-forge", false],
    ["src/identity/pkcs12/rc2.ts", "node-forge", true],
    ["src/identity/tpm2.ts", "pkcs11js", false],
    ["src/readers/signer.ts", "@smithy/signature-v4", false],
    ["test/support/smithy-oracle.ts", "@smithy/signature-v4", true],
  ].map(([file, name, permitted]) => ({
    file: file as string,
    source: `import { thing } from "${name as string}";\nexport const here = thing;\n`,
    permitted: permitted as boolean,
  })),
];

const findings = new Map<string, string>();

beforeAll(() => {
  const folder = createScratch("lint");
  for (const { file, source } of cases) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  const config = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as { options?: unknown };
  delete config.options;
  writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
  const { stdout } = spawnSync(process.execPath, [oxlint, "--format", "json"], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string; help?: string }[] };
  for (const { code, filename, help } of diagnostics) {
    if (code.includes("no-restricted-imports")) findings.set(filename, help ?? "");
  }
});

test("the linter's rules are the table, cell by cell", () => {
  const wrong = cases.filter(({ file, permitted }) => findings.has(file) === permitted);
  expect(wrong.map(({ file, permitted }) => `${file} should be ${permitted ? "permitted" : "refused"}`)).toEqual([]);
});

test("the linter's configuration and the page are made from the table", () => {
  const config = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as Parameters<
    typeof withImportRules
  >[0];
  expect(withImportRules(config)).toEqual(config);
  expect(readFileSync(join(root, "docs/architecture.md"), "utf8")).toContain(importTable());
});

test("a breach is refused with a message that names the way out", () => {
  expect(findings.get("src/emulator/value-of-signing.ts")).toContain("src/emulator/ may not import src/signing/");
});

test("no file of the sources is a drawer", () => {
  const drawers = /^(utils?|helpers?|common|misc|shared|types|constants)\.ts$/;
  const names = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).map(
    (path) => path.split("/").at(-1) ?? "",
  );
  expect(names.filter((name) => drawers.test(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(50);
});
