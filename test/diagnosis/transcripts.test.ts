// The report of check as a person sees it: at 80 and 120 columns, without colour, in a pipe, and under Node.js 18.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { cleanEnvironment, executable, programWords, runCli } from "../support/run-cli.js";
import { requireCondition } from "../support/tools.js";
import { runAnswered } from "../support/typed-session.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

const old = join(process.env["ROLESANYWHERE_TS_RUNTIMES"] ?? "", "node_modules", "node-18", "bin", "node");

async function report(columns: string | undefined, flags: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr } = await runCli(["check", "--offline", ...emulatorFlags(emulator, flags)], {
    env: { AWS_EC2_METADATA_DISABLED: "true", COLUMNS: columns },
  });
  expect(stderr).toBe("");
  return stdout;
}

describe.each([80, 120])("at %i columns", (columns) => {
  test("no line is longer, and the last lines are the failure with its next step", async () => {
    const text = await report(String(columns), { "private-key": "/nowhere/key.pem" });
    const lines = text.trimEnd().split("\n");
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(text).toMatch(/\n {2}FAIL KEY_FILE [^]*\n {4}no such file\n {4}-> check the path[^]*\n$/);
    // Steps that were skipped stand in one paragraph, and no line of the report is one.
    expect(text).not.toMatch(/^ {2}skip /m);
    expect(lines.filter((line) => line.startsWith("Skipped: "))).toHaveLength(1);
  });
});

const hasTerminal = requireCondition(
  "the report of check on a terminal",
  process.platform === "linux",
  "a terminal made by util-linux's script",
);

describe.skipIf(!hasTerminal)("on a terminal", () => {
  const onTerminal = (columns: number, environment: Readonly<Record<string, string>>) => {
    const flags = emulatorFlags(emulator, { "private-key": "/nowhere/key.pem" });
    const command = [...programWords(), "check", "--offline", ...flags].map((word) => `'${word}'`).join(" ");
    const env = cleanEnvironment({ AWS_EC2_METADATA_DISABLED: "true", TERM: "xterm-256color", ...environment });
    return runAnswered(command, [], { env, cwd: emulator.folder, timeoutMs: 40_000, columns });
  };

  test.each([80, 120])(
    "of %i columns: no longer line, colour only without NO_COLOR, and the same text",
    async (columns) => {
      const coloured = await onTerminal(columns, {});
      const others = [await onTerminal(columns, { NO_COLOR: "1" }), await onTerminal(columns, { TERM: "dumb" })];
      expect(coloured.raw).toMatch(/\u001b\[[\d;]+m *FAIL/);
      for (const { raw, printed, status } of others) {
        expect(raw).not.toContain("\u001b");
        expect({ printed, status }).toEqual({ printed: coloured.printed, status: 1 });
      }
      const lines = coloured.printed.trimEnd().split("\n");
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      // It fills the terminal: what is wider there is not folded at 80 columns.
      expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(columns - 15);
      expect(coloured.printed).toMatch(/FAIL KEY_FILE [^]*\n {4}no such file\n {4}-> check the path[^]*\n$/);
    },
  );
});

test("in a pipe, nothing is clipped, wrapped or coloured", async () => {
  const text = await report(undefined);
  expect(text).not.toContain("\u001b");
  const { stdout } = await runCli(["check", "--offline", "--json", ...emulatorFlags(emulator)], {
    env: { AWS_EC2_METADATA_DISABLED: "true" },
  });
  const { findings } = JSON.parse(stdout) as { findings: { level: string; message: string }[] };
  const passed = findings.filter(({ level }) => level === "pass").map(({ message }) => message);
  expect(passed.length).toBeGreaterThan(20);
  expect(passed.filter((message) => !text.includes(`${message}\n`))).toEqual([]);
});

test.skipIf(!requireCondition("check under Node.js 18", existsSync(old), "Node.js 18 among the runtimes"))(
  "Node.js 18 gets one sentence with the version found and the one needed",
  () => {
    const { stdout, stderr, status } = spawnSync(old, [executable, "check"], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/^rolesanywhere-ts: .*20\.19.*v?18\.\d+|^rolesanywhere-ts: .*v?18\.\d+.*20\.19/);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
  },
);
