// What check says of the shared files is what the tools do: generated files go through each of them, one process a tool.
// ROLESANYWHERE_TS_CONFIG_RUNS sets how many; CI sets 1,000. ROLESANYWHERE_TS_CONFIG_SEED draws others.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitCommandLine } from "../../src/aws/command-line.js";
import { tools } from "../../src/diagnosis/profile/parsers/outcome.js";
import type { Outcome, Tool } from "../../src/diagnosis/profile/parsers/outcome.js";
import { profileReaders, readProfiles } from "../support/profile-readers.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";

const runs = Number(process.env["ROLESANYWHERE_TS_CONFIG_RUNS"] ?? "120");
const seed = Number(process.env["ROLESANYWHERE_TS_CONFIG_SEED"] ?? "1");
const folder = createScratch("profile-readers");
const give = join(folder, "give");
writeFileSync(
  give,
  `#!/bin/sh\n[ $# = 1 ] && [ "$1" = app ] || exit 1\necho '{"Version":1,"AccessKeyId":"PROCESS","SecretAccessKey":"s","SessionToken":"t","Expiration":"2099-01-01T00:00:00Z"}'\n`,
);
chmodSync(give, 0o755);

const name = fc.constantFrom("app", "app", "app", "app", "default", "default", "my app", "größe", "a+b", "a,b", "a:b");
// NAME stands for the name of the profile.
const headers = fc.constantFrom(
  "[profile NAME]",
  "[profile NAME]",
  "[profile NAME]",
  "[ profile NAME ]",
  "[profile  NAME]",
  "[profile\tNAME]",
  '[profile "NAME"]',
  "[profile 'NAME']",
  "[NAME]",
  "[default]",
  "[profile default]",
  "[profile other]",
  "  [profile NAME]",
  "[profile NAME] # mine",
  "[profile NAME]#mine",
  "[profile NAME",
  "profile NAME]",
  "[Profile NAME]",
);
const lines = fc.constantFrom(
  `credential_process = ${give} app`,
  `credential_process = ${give} app`,
  `credential_process=${give} app`,
  `credential_process : ${give} app`,
  `Credential_Process = ${give} app`,
  `  credential_process = ${give} app`,
  `credential_process = ${give} app # comment`,
  `credential_process = ${give} app #comment`,
  `credential_process = "${give}" app`,
  `credential_process = "${give}" "app"`,
  `credential_process = '${give}' 'app'`,
  `credential_process = ${give} 'app'`,
  `credential_process = ${give}  app ; comment`,
  `credential_process = ${give} \\app`,
  `credential_process = ${give} \\\n  app`,
  `credential_process = ${give} app\n  further`,
  `credential_process =\n  ${give} app`,
  "credential_process =",
  "region = us-east-1",
  "  region = us-east-1",
  "output = json",
  "s3 =\n  max_concurrent_requests = 20",
  "aws_access_key_id = KEYS\naws_secret_access_key = s",
  "# comment",
  "  ; comment",
  "",
  "a line without a sign",
);
const text = fc
  .record({
    sections: fc.array(fc.tuple(headers, fc.array(lines, { maxLength: 4 })), { maxLength: 3 }),
    before: fc.constantFrom("", "", "", "", "region = us-east-1\n", "\n", "\ufeff"),
    end: fc.constantFrom("\n", "\n", "\n", "\r\n"),
  })
  .map(({ sections, before, end }) =>
    (before + sections.map(([header, body]) => [header, ...body, ""].join("\n")).join("")).replaceAll("\n", end),
  );
const credentials = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  fc.constantFrom(
    "[NAME]\naws_access_key_id = KEYS\naws_secret_access_key = s\n",
    `[NAME]\ncredential_process = ${give} app\n`,
    `[profile NAME]\ncredential_process = ${give} app\n`,
    `[ NAME ]\ncredential_process = ${give} app\n`,
    "[other]\naws_access_key_id = KEYS\naws_secret_access_key = s\n",
    "[NAME]\nregion = us-east-1\n[NAME]\nregion = us-east-1\n",
    "not a section\n",
  ),
);

type Found = "process" | "keys" | "nothing";

/** What comes of each line when a shell runs it. */
const byShell = new Map<string, Promise<Found>>();

function runInShell(line: string): Promise<Found> {
  const found = byShell.get(line) ?? runProgram("sh", ["-c", line]).then((ended) => nameOf(ended.stdout, ended.status));
  byShell.set(line, found);
  return found;
}

function nameOf(output: string, status: number | string = 0): Found {
  if (status !== 0) return "nothing";
  return output.includes("PROCESS") ? "process" : output.includes("KEYS") ? "keys" : "nothing";
}

async function runSplit(line: string): Promise<Found> {
  const { words = [] } = splitCommandLine(line);
  return words.length === 2 && words[0] === give && words[1] === "app" ? "process" : "nothing";
}

/** The SDK for .NET doubles each backslash that stands before no quotation mark. */
const runByDotnet = (line: string) => runInShell(line.replaceAll(/\\(?!")/g, "\\\\"));

/** What comes of a `credential_process` line in each tool. */
const runLine: Readonly<Record<Tool, (line: string) => Promise<Found>>> = {
  "the AWS CLI and boto3": runSplit,
  "the AWS SDK for JavaScript": runInShell,
  "the AWS SDK for Go": runInShell,
  "the AWS SDK for Java": runInShell,
  "the AWS SDK for .NET": runByDotnet,
};

/** One of each kind, whatever is drawn. */
const known = [
  { name: "app", config: `[profile app]\ncredential_process = ${give} app\n`, credentials: "" },
  { name: "app", config: "", credentials: "[app]\naws_access_key_id = KEYS\naws_secret_access_key = s\n" },
  { name: "app", config: "[profile other]\n", credentials: "" },
];

type World = (typeof known)[number];

test("check predicts what each tool reads in generated files", { timeout: 180_000 + runs * 400 }, async () => {
  const drawn = fc.sample(fc.record({ name, config: text, credentials }), { numRuns: runs, seed }).map((world) => ({
    name: world.name,
    config: world.config.replaceAll("NAME", world.name),
    credentials: world.credentials.replaceAll("NAME", world.name),
  }));
  const { wrong, kinds } = await compareReaders([...known, ...drawn]);
  expect(wrong).toEqual({});
  for (const found of Object.values(kinds)) expect(found).toEqual(["keys", "nothing", "process"]);
});

test("check predicts what each tool reads after keys without a value", { timeout: 900_000 }, async () => {
  const starts = ["credential_process =", "region =", "region = x"];
  const between = [
    "credential_process =",
    `credential_process = ${give} other`,
    `  credential_process = ${give} app`,
    "region =",
    "  region = x",
    "  ; comment",
    "; comment",
    "",
    "  ",
    "\t[default]",
  ];
  const bodies = starts.flatMap((first) => between.flatMap((second) => between.map((third) => [first, second, third])));
  const worlds = bodies.map((body) => ({
    name: "app",
    config: ["[profile app]", ...body, `credential_process = ${give} app`, ""].join("\n"),
    credentials: "",
  }));
  const { wrong } = await compareReaders([...known, ...worlds]);
  expect(wrong).toEqual({});
});

/** What each tool that runs here gets, and the first files for which `check` predicts something else. */
async function compareReaders(worlds: readonly World[]) {
  const place = createScratch("profile-worlds");
  const folders = worlds.map(({ name: profile, config, credentials: other }, index) => {
    const own = join(place, String(index));
    mkdirSync(own);
    writeFileSync(join(own, "name"), profile);
    writeFileSync(join(own, "config"), config);
    writeFileSync(join(own, "credentials"), other);
    return own;
  });
  const kinds: Partial<Record<Tool, readonly Found[]>> = {};
  const wrong: Partial<Record<Tool, readonly unknown[]>> = {};
  for (const tool of profileReaders) {
    const found = (await readProfiles(tool, "shared files through", folders))?.map((answer) => nameOf(answer));
    if (found === undefined) continue;
    const differing: unknown[] = [];
    for (const [index, world] of worlds.entries()) {
      const outcome: Outcome = tools[tool](world, world.name);
      const predicted = outcome.kind === "process" ? await runLine[tool](outcome.line) : outcome.kind;
      if (predicted !== found[index]) differing.push({ world, predicted: outcome, found: found[index] });
    }
    kinds[tool] = [...new Set(found)].toSorted();
    if (differing.length > 0) wrong[tool] = differing.slice(0, 3);
  }
  return { wrong, kinds };
}
