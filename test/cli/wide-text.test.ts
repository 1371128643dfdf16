// Files that Windows PowerShell's `>` wrote: UTF-16 with a byte order mark.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const wide = (text: string) => Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "utf16le");
const folder = createScratch("wide");
let account: EmulatorAccount;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, wide(text), { mode: 0o600 });
  return path;
}

beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

const vend = (more: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(["credential-process", ...more], { env: { ...account.variables, ROLESANYWHERE_TS_CACHE: "off", ...env } });

test("a config file in UTF-16 has its profiles", async () => {
  const keys = account.flags.flatMap((word, index, words) =>
    word.startsWith("--") ? [`rolesanywhere_${word.slice(2).replaceAll("-", "_")} = ${words[index + 1]}\n`] : [],
  );
  const home = createScratch("home");
  const config = join(home, "config");
  writeFileSync(config, wide(`[profile prod]\n${keys.join("")}`));
  const { stderr, status } = await vend(["--settings-profile", "prod"], { AWS_CONFIG_FILE: config });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
});

test.skipIf(!requireTools("a password file in UTF-16", "openssl"))(
  "a password file in UTF-16 opens the key",
  async () => {
    const [, certificate = "", , key = ""] = account.flags;
    const encrypted = join(folder, "encrypted.key");
    execFileSync("openssl", ["pkcs8", "-topk8", "-in", key, "-out", encrypted, "-passout", "pass:ä secret"]);
    const more = ["--certificate", certificate, "--private-key", encrypted, ...account.flags.slice(4)];
    const { stderr, status } = await vend([...more, "--password-file", write("password", "ä secret\n")]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  },
);

test("a document with roles in UTF-16 is read", async () => {
  const roles = write("roles.json", JSON.stringify([{ RoleArn: "arn:aws:iam::111122223333:role/Target" }]));
  const { stdout, stderr, status } = await vend([...account.flags, "--hops", `file://${roles}`]);
  expect({ stderr, status, found: stdout.includes("SessionToken") }).toEqual({ stderr: "", status: 0, found: true });
});
