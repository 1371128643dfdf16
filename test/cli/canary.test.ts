import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { programWords, runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { credentials, readServed } from "../support/served.js";

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
  ["a scope", () => ({ scope: "s3-read=bucket/key", "scope-duration": "300", "scope-description": "a job" }), []],
  ["a key as scope policy", () => ({ "scope-policy": `file://${join(folder, "plain.key")}` }), []],
  ["a refused scope", () => ({ "scope-policy": "{}" }), []],
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

const forms = () => {
  const pem = readFileSync(join(folder, "plain.key"), "utf8");
  return { "PEM text": pem, "escaped PEM text": pem.replaceAll("\n", "\\n"), "base64 of PEM text": btoa(pem) };
};

test.each(["PEM text", "escaped PEM text", "base64 of PEM text"] as const)(
  "%s in place of a file is refused by every command, and is shown and written nowhere",
  async (form) => {
    const value = forms()[form];
    const flags = emulatorFlags(emulator, { "private-key": value });
    const lines: readonly (readonly string[])[] = [
      ["credential-process", ...flags],
      ["credential-process", "--debug", ...flags],
      ["credentials", ...flags],
      ["exec", ...flags, "--", "env"],
      ["exec", "--server", ...flags, "--", "env"],
      ["update", "--once", ...flags],
      ["renew", "--once", "--step-ca", "https://localhost:1", ...flags.slice(0, 4)],
      ["configure", "--profile", "app", "--no-check", ...flags],
      ["configure", "--keys", "--profile", "app", "--no-check", ...flags],
      ["check", ...flags],
      ["check", "--json", ...flags],
      ["trust-policy", ...flags],
      ["sign-string", "--private-key", value],
      ["read-certificate-data", "--certificate", value],
      ["request", `${emulator.url}/`, ...flags],
      ["assume-role", roleArn(emulator, "Target"), ...flags],
      ["serve", "--lazy", "--listen", "127.0.0.1:0", ...flags],
      ["read-s3", "s3://bucket/key", ...flags],
      ["scan", "table", ...flags],
    ];
    for (const line of lines) {
      const own = createScratch("canary-inline");
      const { stdout, stderr, status } = await runCli(line, {
        env: { HOME: own, AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL: emulator.url, AWS_REGION: "us-east-1" },
      });
      expect(status, line[0]).not.toBe(0);
      expect((stdout + stderr).replaceAll(/\s+/g, " "), line[0]).toContain("(inline, not shown)");
      expect(stderr + stdout).toContain("env:NAME, fd:N or a file");
      expect(findSecrets(stdout + stderr, [...keySecrets(), value.slice(40, 90)])).toEqual([]);
      expect(findSecretsInFiles(own, [...keySecrets(), value.slice(40, 90)])).toEqual([]);
    }
  },
);

test("what serve answers while it cannot get a session holds no secret", async () => {
  const flags = emulatorFlags(emulator, { "private-key": join(folder, "damaged.key"), "pkcs8-password": password });
  const cli = startCli(["serve", "--lazy", "--imds", "--container", "--listen", "127.0.0.1:0", ...flags], {
    env: { HOME: home },
  });
  const served = await readServed(cli);
  const paths = ["/credentials", "/healthz", "/metrics", "/latest/meta-data/iam/security-credentials/", "/nowhere"];
  const replies = await Promise.all(paths.map((path) => credentials(served, path)));
  const { stdout, stderr } = await cli.stop();
  expect(replies[0]?.status).toBeGreaterThanOrEqual(500);
  for (const { body } of replies) expect(findSecrets(body, keySecrets())).toEqual([]);
  expect(findSecrets(stdout + stderr, keySecrets())).toEqual([]);
});

test("a PIN in a URI is not written into a profile", async () => {
  const own = createScratch("canary-pin");
  const flags = emulatorFlags(emulator, { "private-key": `pkcs11:object=x?pin-value=${password}` });
  const { stderr, status } = await runCli(["configure", "--profile", "app", "--no-check", ...flags], {
    env: { HOME: own },
  });
  expect(status).toBe(2);
  expect(stderr).toContain("the PIN in --private-key is a secret, which is not written into a config file");
  expect(findSecretsInFiles(own, [password])).toEqual([]);
});

test.each(["-v", "-s"])(
  "request %s shows no secret header, also when the service refuses the signature",
  async (flag) => {
    const secrets = {
      "x-amz-server-side-encryption-customer-key": "Y2FuYXJ5LXNzZS1jLWtleQ==",
      "x-amz-copy-source-server-side-encryption-customer-key": "Y2FuYXJ5LWNvcHkta2V5",
      "x-vault-token": "canary-vault",
      cookie: "session=canary-cookie",
      "x-client": "Bearer canary-bearer",
    };
    const server = createServer((request, response) => {
      const lines = Object.entries(request.headers).map(([name, value]) => `${name}:${String(value)}`);
      const text = [
        "GET",
        request.url?.split("?")[0],
        request.url?.split("?")[1],
        ...lines.sort(),
        "",
        "host",
        "UNSIGNED",
      ];
      response.writeHead(403, { "content-type": "application/xml", "set-cookie": "canary-set-cookie" });
      response.end(
        `<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>${text.join("\n").replaceAll("&", "&amp;")}</CanonicalRequest></Error>`,
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const headers = Object.entries(secrets).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    const words = [`http://127.0.0.1:${port}/a?sig=canary-query&X-Amz-Security-Token=canary-token`, ...headers];
    const { stderr } = await runCli(
      ["request", ...words, "--service", "s3", "--region", "us-east-1", ...(flag === "-v" ? [flag] : [])],
      { env: { HOME: home, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: password } },
    );
    server.close();
    expect(stderr).toContain("canonical requests side by side");
    expect(stderr).toContain("***");
    expect(stderr.replaceAll(/\s|\|/g, "")).not.toMatch(/canary/i);
    expect(findSecrets(stderr, [...Object.values(secrets), password])).toEqual([]);
  },
);

test.each([
  ["exec", ["exec", "--profile", "app", "--", "true"]],
  ["request", ["request", "--profile", "app", "http://127.0.0.1:1/", "--service", "s3", "--region", "us-east-1"]],
  ["assume-role", ["assume-role", "arn:aws:iam::111122223333:role/X", "--source-profile", "app"]],
  ["check", ["check", "--offline", "--profile", "app"]],
  ["check --json", ["check", "--offline", "--json", "--profile", "app"]],
  ["check --methods", ["check", "--methods", "--profile", "app"]],
  ["scan", ["scan", "table", "--profile", "app"]],
])("%s shows no password of a credential_process line that fails", async (_, words) => {
  const own = createScratch("canary-profile");
  mkdirSync(join(own, ".aws"));
  const line = `${programWords().join(" ")} credential-process --pkcs8-password ${password} --certificate /nowhere.pem`;
  writeFileSync(join(own, ".aws", "config"), `[profile app]\nregion = us-east-1\ncredential_process = ${line}\n`);
  const { stdout, stderr } = await runCli(words, { env: { HOME: own, AWS_EC2_METADATA_DISABLED: "true" } });
  expect((stdout + stderr).length).toBeGreaterThan(20);
  expect(findSecrets(stdout + stderr, [password])).toEqual([]);
});

test.each([
  `http://user:${password}@127.0.0.1:1`,
  `socks5://user:${password}@127.0.0.1:1`,
  `user:${password}@127.0.0.1:1`,
  `http://user:${password}@127.0.0.1:x`,
  `user:${password}@127.0.0.1:x`,
])("a password in the proxy %s is shown by no command", async (proxy) => {
  const flags = emulatorFlags(emulator, { endpoint: undefined });
  const lines: readonly (readonly string[])[] = [
    ["credential-process", "--debug", ...flags],
    ["check", ...flags],
    ["check", "--json", ...flags],
    ["request", "-v", "https://bucket.s3.amazonaws.com/"],
    ["request", "-v", "--proxy", proxy, "https://bucket.s3.amazonaws.com/"],
    ["scan", "table"],
    ["read-s3", "s3://bucket/key"],
  ];
  const env = {
    HOME: home,
    HTTPS_PROXY: proxy,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: password,
    AWS_REGION: "us-east-1",
    AWS_MAX_ATTEMPTS: "1",
  };
  const results = await Promise.all(lines.map((line) => runCli(line, { env })));
  for (const { stdout, stderr } of results) expect(findSecrets(stdout + stderr, [password])).toEqual([]);
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
