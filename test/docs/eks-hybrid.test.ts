// docs/eks-hybrid.md without a hybrid node: a config as nodeadm writes it, with the helper or a link in its place.
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { programFile, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

/** A config as nodeadm writes it, its helper put there by `install`. */
function writeConfig(install: (helper: string, ran: string) => void, ...flags: readonly string[]) {
  const folder = createScratch("hybrid");
  const [helper, ran, config] = [join(folder, "aws_signing_helper"), join(folder, "ran"), join(folder, "config")];
  install(helper, ran);
  const line = [helper, "credential-process", ...account.flags, ...flags].join(" ");
  writeFileSync(config, `[profile default]\nregion = us-east-1\ncredential_process = ${line}\n`);
  return { ran, env: { ...account.variables, AWS_CONFIG_FILE: config } };
}

const asHelper = (helper: string, ran: string) => writeFileSync(helper, `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 });
const asLink = (helper: string) => symlinkSync(programFile, helper);

describe.each([
  ["the helper", asHelper, "AWS's own helper: its flags are those of this program"],
  ["a link in its place", asLink, "this very program"],
] as const)("a line of nodeadm with %s", (_, install, program) => {
  test("is checked, and a profile that accepts no session name is named", async () => {
    const { env, ran } = writeConfig(install, "--role-session-name", "node-1");
    const { stdout, status } = await runCli(["check", "--profile", "default"], { env });
    expect(status).toBe(1);
    expect(stdout).toContain("credential_process runs aws_signing_helper; its flags are checked");
    expect(stdout).toContain(program);
    expect(stdout).toMatch(/FAIL CREATE_SESSION[^]*enable acceptRoleSessionName on the Roles Anywhere profile/);
    expect(existsSync(ran)).toBe(false);
  });

  test("gives the settings of every command", async () => {
    const { env, ran } = writeConfig(install);
    const words = ["credentials", "--settings-profile", "default", "--format", "json"];
    const { stdout, stderr, status } = await runCli(words, { env });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) });
    expect(existsSync(ran)).toBe(false);
  });
});
