import { createPrivateKey } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const password = "canary-Passw0rd-7f3a";
const folder = createScratch("canary");
const home = createScratch("canary-home");
let emulator: Emulator;
let keyLines: readonly string[];

beforeAll(async () => {
  emulator = await startEmulator();
  const key = createPrivateKey(readFileSync(join(emulator.folder, "ec-key.pem")));
  const encrypted = String(key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password }));
  const plain = String(key.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(folder, "encrypted.key"), encrypted);
  writeFileSync(join(folder, "plain.key"), plain);
  writeFileSync(join(folder, "password.txt"), `${password}\n`);
  const body = key.export({ type: "pkcs8", format: "der" }).subarray(36, 68);
  // The last line of the plain key holds the public point, which the certificate shows as well.
  keyLines = [
    ...plain.split("\n").slice(1, -3),
    ...encrypted.split("\n").slice(1, -3),
    body.toString("hex"),
    body.toString("base64"),
  ];
  // A damaged copy: its error must not quote what it could not read.
  writeFileSync(join(folder, "damaged.key"), plain.replace("MIG", "MIX"));
});
afterAll(() => emulator.stop());

const runs: readonly (readonly [string, () => Record<string, string | undefined>, readonly string[]])[] = [
  ["a vend", () => ({ "private-key": join(folder, "plain.key") }), []],
  [
    "a vend with the password as flag",
    () => ({ "private-key": join(folder, "encrypted.key"), "pkcs8-password": password }),
    [],
  ],
  [
    "a vend with a password file",
    () => ({ "private-key": join(folder, "encrypted.key"), "password-file": join(folder, "password.txt") }),
    [],
  ],
  [
    "a wrong key for the password",
    () => ({ "private-key": join(folder, "plain.key"), "pkcs8-password": password }),
    [],
  ],
  ["a wrong password", () => ({ "private-key": join(folder, "encrypted.key"), "pkcs8-password": `${password}x` }), []],
  ["a damaged key", () => ({ "private-key": join(folder, "damaged.key") }), []],
  ["a key as certificate", () => ({ certificate: join(folder, "plain.key") }), []],
  ["a key as intermediates", () => ({ intermediates: join(folder, "plain.key") }), []],
  ["a refusal", () => ({ "role-arn": roleArn(emulator, "Untrusting") }), []],
  ["a hop", () => ({ "assume-role-arn": roleArn(emulator, "Target") }), []],
  ["a refused hop", () => ({ "assume-role-arn": roleArn(emulator, "Partner") }), []],
  ["a password in the endpoint", () => ({ endpoint: `http://user:${password}@127.0.0.1:1` }), []],
];

test.each(
  runs.flatMap(([what, flags]) => [[what, flags, []] as const, [`${what}, with --debug`, flags, ["--debug"]] as const]),
)("%s shows no secret", async (_, flags, more) => {
  const { AWS_ENDPOINT_URL_STS } = emulator.variables;
  const { stdout, stderr } = await runCli(["credential-process", ...emulatorFlags(emulator, flags()), ...more], {
    env: { AWS_ENDPOINT_URL_STS, HOME: home },
  });
  const issued = stdout === "" ? [] : secretsOf(stdout);
  expect(findSecrets(stdout, keySecrets())).toEqual([]);
  expect(findSecrets(stderr, [...keySecrets(), ...issued])).toEqual([]);
  expect(findSecretsInFiles(home, [...keySecrets(), ...issued])).toEqual([]);
});

test.each([
  ["check", []],
  ["check", ["--debug"]],
  ["check", ["--json", "--offline"]],
  ["check", ["--methods"]],
  ["trust-policy", ["--debug"]],
] as const)(
  "%s %j shows no secret, with the password in its environment and on its command line",
  async (command, more) => {
    const { AWS_ENDPOINT_URL_STS } = emulator.variables;
    const flags = emulatorFlags(emulator, { "private-key": join(folder, "encrypted.key"), "pkcs8-password": password });
    const { stdout, stderr } = await runCli([command, ...flags, ...more], {
      env: {
        AWS_ENDPOINT_URL_STS,
        HOME: home,
        ROLESANYWHERE_TS_PKCS12_PASSWORD: password,
        AWS_EC2_METADATA_DISABLED: "true",
      },
    });
    expect(stdout.length).toBeGreaterThan(100);
    expect(findSecrets(stdout + stderr, keySecrets())).toEqual([]);
  },
);

test("the search itself finds what is planted", () => {
  writeFileSync(join(folder, "planted"), `x${password}x`);
  expect(findSecrets(`… ${keyLines[0]} …`, keySecrets())).toHaveLength(1);
  expect(findSecretsInFiles(folder, [password])).toContain(join(folder, "planted"));
});

test("what this command leaves on disk is for its owner alone", () => {
  const wide = filesBelow(home).filter((path) => (statSync(path).mode & 0o077) !== 0);
  expect(wide).toEqual([]);
});

function keySecrets(): readonly string[] {
  return [...keyLines, password];
}

function secretsOf(document: string): readonly string[] {
  const { SecretAccessKey, SessionToken } = JSON.parse(document) as Record<string, string>;
  return [SecretAccessKey ?? "", SessionToken ?? ""];
}

function findSecrets(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1)));
}

function findSecretsInFiles(root: string, secrets: readonly string[]): readonly string[] {
  return filesBelow(root).filter((path) => findSecrets(readFileSync(path, "latin1"), secrets).length > 0);
}

function filesBelow(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
