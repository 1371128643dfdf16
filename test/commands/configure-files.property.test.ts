// configure over config files of every kind: nothing that was there is lost, whatever is answered, and whenever it is killed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configureCommand } from "../../src/commands/configure/command.js";
import type { Invocation } from "../../src/commands/invocation.js";
import { UsageError } from "../../src/errors.js";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("configure-files");
const file = join(folder, "config");
let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

const names = ["default", "app", "other app", "z"];
const header = fc.constantFrom(
  ...names.flatMap((name) => [`[profile ${name}]`, `[${name}]`, `[ profile ${name} ]`, `[profile "${name}"]`]),
  "[services s]",
  "[sso-session x]",
);
const option = fc.constantFrom(
  "credential_process = /opt/vault-helper --flag",
  "credential_process=rolesanywhere-ts credential-process --role-arn x",
  "Credential_Process : old",
  "region = eu-west-1",
  "rolesanywhere_role_arn = arn:aws:iam::111122223333:role/Old",
  "rolesanywhere_tag = a=1;b=2",
  "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
  "s3 =\n  max_concurrent_requests = 20",
  "credential_process = one\n  two\n  three",
  "  indented = yes",
);
const other = fc.constantFrom("", "# a comment", "; another", "   ", "stray text", "caf\u00e9 = \u00fcber");
const body = fc
  .array(fc.oneof({ weight: 2, arbitrary: header }, { weight: 4, arbitrary: option }, other), { maxLength: 14 })
  .chain((lines) =>
    fc.record({
      lines: fc.constant(lines),
      end: fc.constantFrom("\n", "\n", "\r\n"),
      last: fc.boolean(),
      mark: fc.constantFrom("", "", "\ufeff"),
    }),
  )
  .map(({ lines, end, last, mark }) => mark + lines.join("\n").replaceAll("\n", end) + (last ? end : ""));
const words = fc.record({
  profile: fc.constantFrom("default", "app", "z"),
  keys: fc.boolean(),
  replace: fc.boolean(),
});

/** Lines that hold something, without blanks around and without what marks a kept one. */
function linesOf(text: string): readonly string[] {
  return (
    text
      .split(/[\r\n]+/)
      .map((line) => line.replace(/^# replaced by rolesanywhere-ts configure: /, "").trim())
      // A header may be written anew, so that every SDK finds it.
      .map((line) => (/^\[.*\]/.test(line) ? line.replaceAll(/["\s]/g, "") : line))
      .filter((line) => line !== "" && line !== "\ufeff")
  );
}

/** What is in the first list more often than in the second. */
function lost(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = [...after];
  return before.filter((line) => {
    const at = left.indexOf(line);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

function flagsOf(): Readonly<Record<string, string>> {
  const list = account.flags;
  return Object.fromEntries(
    list.flatMap((word, index) => (word.startsWith("--") ? [[word.slice(2), list[index + 1] ?? ""]] : [])),
  );
}

function invocationOf(): Invocation {
  const state = {
    variables: { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials") },
    homeDirectory: folder,
    workingDirectory: folder,
    platform: process.platform,
    executablePath: process.execPath,
    stdin: { isTTY: false },
    stderr: { isTTY: false, write: () => undefined },
  };
  return state as unknown as Invocation;
}

test("configure keeps the content of 500 config files, and does not touch those that it must not change", async () => {
  const told = { written: 0, refused: 0 };
  const invocation = invocationOf();
  await fc.assert(
    fc.asyncProperty(body, words, async (before, { profile, keys, replace }) => {
      writeFileSync(file, before);
      const flags = { ...flagsOf(), profile, keys, replace, "no-check": true };
      const refusal: unknown = await configureCommand.run({ flags, file }, invocation).then(
        () => undefined,
        (error: unknown) => error,
      );
      const after = readFileSync(file, "utf8");
      told[refusal === undefined ? "written" : "refused"]++;
      expect(refusal === undefined || refusal instanceof UsageError).toBe(true);
      expect(refusal === undefined || after === before).toBe(true);
      expect(lost(linesOf(before), linesOf(after))).toEqual([]);
      expect(after.startsWith("\ufeff")).toBe(before.startsWith("\ufeff"));
    }),
    { numRuns: 500 },
  );
  expect(told.written).toBeGreaterThan(100);
  expect(told.refused).toBeGreaterThan(5);
});

test("a configure that is killed leaves the old file or the new one", async () => {
  const before = "[profile app]\ncredential_process = old\n# mine\n";
  const seen = new Set<string>();
  for (let delay = 0; delay < 600; delay += 40) {
    writeFileSync(file, before);
    const running = startCli(["configure", "--profile", "app", "--replace", "--no-check", ...account.flags], {
      env: { ...account.variables, AWS_CONFIG_FILE: file },
    });
    await Promise.race([wait(delay), running.ended]);
    running.child.kill("SIGKILL");
    await running.ended;
    const after = readFileSync(file, "utf8");
    seen.add(after === before ? "old" : "new");
    expect(after.replace("# replaced by rolesanywhere-ts configure: ", "")).toContain("credential_process = old\n");
    expect(after).toContain("# mine\n");
    expect(after === before || /^credential_process = \S+rolesanywhere-ts\S* .*\n/m.test(after)).toBe(true);
  }
  expect(seen).toContain("old");
});
