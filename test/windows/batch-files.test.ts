// What `exec` starts on Windows: batch files, as most commands of npm packages are.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let account: EmulatorAccount;
const folder = createScratch("batch");
const windowsPath = (path: string) => `Z:${path.replaceAll("/", "\\")}`;

beforeAll(async () => {
  account = await startEmulatorAccount();
  writeFileSync(
    join(folder, "tool.cmd"),
    `@echo %AWS_ACCESS_KEY_ID:~0,4% "%~1" "%~2">${windowsPath(join(folder, "said"))}\r\n@exit /b 3\r\n`,
  );
  const node = windowsPath(process.env["ROLESANYWHERE_TS_WINDOWS_NODE"] ?? "");
  writeFileSync(join(folder, "shim.cmd"), `@"${node}" "%~dp0\\show.cjs" %*\r\n`);
  writeFileSync(join(folder, "show.cjs"), "process.stdout.write(JSON.stringify(process.argv.slice(2)))");
});
afterAll(() => account.stop());

const run = (...command: readonly string[]) =>
  runCli(["exec", ...account.flags, "--", ...command], {
    env: { ...account.variables, ROLESANYWHERE_TS_CACHE: "off", WINEPATH: windowsPath(folder) },
  });

test.each([
  ["by its name, found on PATH", "tool"],
  ["by its name with the extension", "tool.cmd"],
  ["by its path without the extension", windowsPath(join(folder, "tool"))],
])("a batch file is started %s, and its status is ours", async (_how, command) => {
  const { stderr, status } = await run(command, "two words", "a&b");
  expect({ stderr, status }).toEqual({ stderr: "", status: 3 });
  expect(readFileSync(join(folder, "said"), "utf8").trim()).toBe('ASIA "two words" "a&b"');
});

test.each([
  ["JSON", '{"a":[1,"b c"]}'],
  ["every character of cmd.exe but a quotation mark", "a&b|c<d>e^f(g)!h,i;j=k"],
])("an argument arrives whole through npm's shim: %s", async (_what, argument) => {
  const { stdout, stderr } = await run("shim", argument);
  expect({ stderr, stdout }).toEqual({ stderr: "", stdout: JSON.stringify([argument]) });
});

test("a program that is not there is named", async () => {
  const { stderr, status } = await run("no-such-program");
  expect(status).toBe(127);
  expect(stderr).toContain('cannot run "no-such-program": it is not found');
});

test.each([
  ["a line break", ["two\nlines"], "a batch file cannot take an argument with a line break"],
  ['" and & outside of it', ['{"url":"http://x/?a=1&b=2"}'], "which would run as a command"],
  ["9000 characters", ["x".repeat(9_000)], "more than 8191 characters of arguments"],
])("an argument that cmd.exe cannot pass on is refused: %s", async (_what, args, says) => {
  const { stderr, status } = await run("tool", ...args);
  expect({ status, says: stderr.includes(`cannot run "tool": `) && stderr.includes(says) }).toEqual({
    status: 126,
    says: true,
  });
});
