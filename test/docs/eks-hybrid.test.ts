// docs/eks-hybrid.md on a machine that is no hybrid node: a config as nodeadm writes it, and a link in the helper's place.
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import { programFile, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

test("check reads the line of nodeadm through the link, and names a profile that accepts no session name", async () => {
  const account = await startEmulatorAccount();
  const folder = createScratch("hybrid");
  const helper = join(folder, "aws_signing_helper");
  symlinkSync(programFile, helper);
  const config = join(folder, "config");
  const line = [helper, "credential-process", ...account.flags, "--role-session-name", "node-1"].join(" ");
  writeFileSync(config, `[profile default]\nregion = us-east-1\ncredential_process = ${line}\n`);
  const { stdout, status } = await runCli(["check", "--profile", "default"], {
    env: { ...account.variables, AWS_CONFIG_FILE: config },
  });
  expect(status).toBe(1);
  expect(stdout).toContain("credential_process runs this program");
  expect(stdout).toMatch(/FAIL CREATE_SESSION[^]*enable acceptRoleSessionName on the Roles Anywhere profile/);
  await account.stop();
});
