// Pastes the examples of every command's help into the shell whose reader sees them, with a stand-in for the program that
// writes down its words.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { formatExample } from "../../src/commands/line/help.js";
import { registry } from "../../src/commands/registry.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const isHere = requireTools("the examples of the help, pasted into PowerShell", "bash", "pwsh");
const program = "rolesanywhere-ts";

/** Every example as it is shown, a line each; those for another shell are left out. */
async function readExamples(env: Readonly<Record<string, string>>, others: RegExp): Promise<readonly string[]> {
  const helps = await Promise.all(
    ["", ...Object.keys(registry)].map((name) => runCli(["help", name].filter(Boolean), { env })),
  );
  const shown = helps.flatMap(({ stdout }) => (stdout.split("\nExamples:\n")[1] ?? "").split("\n"));
  const lines = shown.flatMap((line) => (line.startsWith("    ") ? [line.slice(4)] : []));
  expect(lines).toHaveLength(shown.filter((line) => /^ {2}\S.*:$/.test(line)).length);
  return lines.filter((line) => !others.test(line));
}

/** A home with a stand-in that writes its words down, one call a line, and prints what every shell passes over. */
function createHome(): {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly words: () => readonly string[][];
} {
  const home = createScratch("pasted");
  mkdirSync(join(home, "bin"));
  mkdirSync(join(home, ".config/fish/completions"), { recursive: true });
  const record = 'for word; do printf "%s\\037" "$word"; done >>"$HOME/words"; echo >>"$HOME/words"; echo "#"';
  writeFileSync(join(home, "bin", program), `#!/bin/sh\n${record}\n`);
  chmodSync(join(home, "bin", program), 0o755);
  writeFileSync(join(home, "words"), "");
  const path = `${join(home, "bin")}:${process.env["PATH"] ?? ""}`;
  const words = () =>
    readFileSync(join(home, "words"), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("\u001f").slice(0, -1));
  return { home, env: { HOME: home, PATH: path }, words };
}

const inPowershell = `
$lines = Get-Content -LiteralPath lines
foreach ($line in $lines) {
  $errors = $null
  [void][System.Management.Automation.Language.Parser]::ParseInput($line, [ref]$null, [ref]$errors)
  foreach ($found in $errors) { [Console]::Error.WriteLine("$($found.Message) in $line") }
  Invoke-Expression $line
}
`;

async function pasteIntoPowershell(lines: readonly string[], shim = false): Promise<readonly string[][]> {
  const { home, env, words } = createHome();
  writeFileSync(join(home, "lines"), lines.map((line) => `${line}\n`).join(""));
  writeFileSync(join(home, "paste.ps1"), inPowershell);
  // What npm installs beside the .cmd file.
  const pipe = `if ($MyInvocation.ExpectingInput) { $input | & $own $args } else { & $own $args }`;
  if (shim)
    writeFileSync(
      join(home, "bin", `${program}.ps1`),
      `$own = "$PSScriptRoot/${program}"\n${pipe}\nexit $LASTEXITCODE\n`,
    );
  const script = shim ? `Set-Alias ${program} ${join(home, "bin", `${program}.ps1`)}; ./paste.ps1` : "./paste.ps1";
  const { stderr } = await runProgram("pwsh", ["-NoProfile", "-Command", script], { env, cwd: home });
  expect(stderr).toBe("");
  return words();
}

describe.skipIf(!isHere)("the examples of every help", () => {
  let forBash: readonly string[];
  let forPowershell: readonly string[];
  let bashWords: readonly string[][];
  let parsed: CliResult;
  let pasted: CliResult;
  beforeAll(async () => {
    [forBash, forPowershell] = await Promise.all([
      readExamples({}, /Invoke-Expression/),
      readExamples({ PSModulePath: "/modules" }, /^source/),
    ]);
    const { home, env, words } = createHome();
    writeFileSync(join(home, "lines"), forBash.map((line) => `${line}\n`).join(""));
    parsed = await runProgram("bash", ["-n", "lines"], { env, cwd: home });
    pasted = await runProgram("bash", ["lines"], { env, cwd: home });
    bashWords = words();
  });

  it("are one call of the program each, in bash and in PowerShell", async () => {
    for (const run of [parsed, pasted]) expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(bashWords).toHaveLength(forBash.length);
    expect(await pasteIntoPowershell(forPowershell)).toHaveLength(forPowershell.length);
  });

  it("with the same text for both shells give the same words in both", async () => {
    const shared = forBash.filter((line) => forPowershell.includes(line));
    expect(shared.length).toBeGreaterThan(forBash.length * 0.8);
    const expected = shared.map((line) => bashWords[forBash.indexOf(line)]);
    expect(await pasteIntoPowershell(shared)).toEqual(expected);
  });

  it("pass unchanged through npm's script for PowerShell, except for the first --", async () => {
    const shared = forBash.filter((line) => forPowershell.includes(line));
    const expected = shared.map((line) => bashWords[forBash.indexOf(line)]?.filter((word) => word !== "--"));
    expect(await pasteIntoPowershell(shared, true)).toEqual(expected);
  });

  it("for PowerShell do not redirect data, which Windows PowerShell writes as UTF-16", () => {
    expect(
      forPowershell.filter((line) => line.includes(">") && !line.includes('"') && !line.includes(".fish")),
    ).toEqual([]);
  });
});

it("the examples for cmd quote only with double quotes", async () => {
  const commands = await Promise.all(Object.values(registry).map(({ load }) => load()));
  const shown = commands.flatMap(({ examples }) => examples.map((example) => formatExample(example, "cmd")));
  const lines = shown.map((text) => text.split("\n    ")[1] ?? "");
  const ofOwnKind = /^(?:source|for \/f) /;
  expect(lines.filter((line) => /'|eval/.test(line) && !ofOwnKind.test(line))).toEqual([]);
});
