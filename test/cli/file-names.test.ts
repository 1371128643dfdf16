// Names as the file systems of macOS have them: in any case, and in either normalization form of Unicode.
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

const composed = "Clés".normalize("NFC");
const decomposed = composed.normalize("NFD");

let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

test.each([
  ["composed", composed],
  ["decomposed", decomposed],
])("a profile names certificate and key in a folder with a %s name, byte for byte", async (_, name) => {
  const folder = join(createScratch("pki"), name);
  mkdirSync(folder);
  copyFileSync(join(account.folder, "ec-chain.pem"), join(folder, "client.pem"));
  copyFileSync(join(account.folder, "ec-key.pem"), join(folder, "client.key"));
  const config = join(folder, "config");
  const arns = account.flags.slice(account.flags.indexOf("--trust-anchor-arn"));
  const own = ["--certificate", join(folder, "client.pem"), "--private-key", join(folder, "client.key")];
  const env = { ...account.variables, AWS_CONFIG_FILE: config, HOME: createScratch("home") };
  const configured = await runCli(["configure", "--profile", "app", ...own, ...arns], { env });
  expect(configured.status, configured.stderr).toBe(0);
  const { stdout, stderr, status } = await runCli(["credential-process", "--settings-profile", "app"], { env });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(JSON.parse(stdout)).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) as string });
});

test.each([
  ["in their case", "Data.csv", "data.CSV"],
  ["in their normalization form", `${composed}.csv`, `${decomposed}.csv`],
])("members whose names differ only %s are not extracted over each other", async (_, one, other) => {
  await using s3 = await startS3Server();
  const members = [one, other].map((name) => ({ name, data: `${name}\n` }));
  s3.put("acme", "a.zip", writeZip(members));
  const folder = createScratch("extract");
  const words = ["read-s3", "--progress", "none", "s3://acme/a.zip", "--member", "**", "--extract", folder];
  const { stderr, status } = await runCli(words, { env: s3.env });
  expect(status).toBe(2);
  expect(stderr).toContain("another member has the same name");
  expect(readdirSync(folder)).toEqual([]);
});
