// Every command that speaks HTTP has the same proxies, the same trust and the same words for their faults.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { startHttpProxy } from "../support/http-proxy.js";
import type { HttpProxy } from "../support/http-proxy.js";
import { createPki } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";

let emulator: Emulator;
let s3: S3Server;
let plain: HttpProxy;
let secure: HttpProxy;
let bundle: string;

beforeAll(async () => {
  emulator = await startEmulator({ tls: true });
  s3 = await startS3Server();
  s3.put("b", "a.csv", "x,y\n1,2\n");
  const pki = createPki();
  const leaf = pki.leaf("ec-p256", {
    subject: [["CN", "proxy"]],
    alternativeNames: [["ip", "127.0.0.1"]],
    extendedKeyUsage: ["serverAuth"],
  });
  plain = await startHttpProxy();
  secure = await startHttpProxy({ tls: { cert: leaf.pem, key: leaf.key.privateKeyPem } });
  bundle = join(createScratch("one-wire"), "roots.pem");
  writeFileSync(bundle, readFileSync(emulator.variables["AWS_CA_BUNDLE"] ?? "", "utf8") + pki.root.pem);
});
afterAll(async () => {
  await plain[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
  await emulator.stop();
});

const keys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const base = () => ({ ROLESANYWHERE_TS_CACHE: "off", AWS_CA_BUNDLE: bundle, AWS_REGION: "us-east-1", ...keys });

/** Command lines over TLS, and the exit status that the emulator's answer leads to. */
const callers: readonly (readonly [name: string, status: number, words: () => readonly string[]])[] = [
  ["credential-process", 0, () => ["credential-process", ...emulatorFlags(emulator)]],
  ["a role behind the session", 0, () => ["credential-process", ...emulatorFlags(emulator), ...hop()]],
  ["assume-role", 0, () => ["assume-role", roleArn(emulator, "Target"), ...emulatorFlags(emulator)]],
  ["request", 0, () => ["request", `${emulator.url}/`, "--service", "sts"]],
  ["read-s3", 1, () => ["read-s3", "--endpoint-url", emulator.url, "s3://b/a.csv"]],
  ["scan", 1, () => ["scan", "--endpoint-url", emulator.url, "orders"]],
];
const hop = () => ["--assume-role-arn", roleArn(emulator, "Target")];

function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> {
  return runCli(words, { env: { ...base(), AWS_ENDPOINT_URL_STS: emulator.url, ...env } });
}

describe.each(callers)("%s", (_, status, words) => {
  const host = () => new URL(emulator.url).host;

  it.each([
    ["an http proxy", () => plain, (url: string) => url],
    ["a proxy without a scheme", () => plain, (url: string) => url.replace("http://", "")],
    ["an https proxy", () => secure, (url: string) => url],
    ["a proxy with a login", () => plain, (url: string) => url.replace("//", "//me:p%40ss@")],
  ])("goes through %s", async (kind, proxyOf, write) => {
    const proxy = proxyOf();
    proxy.seen.length = 0;
    proxy.logins.length = 0;
    const result = await run(words(), { HTTPS_PROXY: write(proxy.url) });
    expect(result.status, result.stderr).toBe(status);
    expect(new Set(proxy.seen)).toEqual(new Set([host()]));
    const login = kind.endsWith("login") ? `Basic ${Buffer.from("me:p@ss").toString("base64")}` : undefined;
    expect(new Set(proxy.logins)).toEqual(new Set([login]));
  });

  it.each(["127.0.0.1", "*", "example.com, 127.0.0.1"])("goes past the proxy when NO_PROXY is %s", async (list) => {
    plain.seen.length = 0;
    expect((await run(words(), { HTTPS_PROXY: plain.url, NO_PROXY: list })).status).toBe(status);
    expect(plain.seen).toEqual([]);
  });

  it("says what is wrong with a proxy that it cannot use", async () => {
    const result = await run(words(), { HTTPS_PROXY: "socks4://me:secret@127.0.0.1:9" });
    expect(result).toMatchObject({ stdout: "", status: 2 });
    expect(result.stderr).toContain(
      '(HTTPS_PROXY) is not an http:// or https:// URL, found "socks4://***@127.0.0.1:9"',
    );
  });

  it("names the login that a proxy asks for", async () => {
    await using refusing = await startHttpProxy({ connect: 407 });
    const result = await run(words(), { HTTPS_PROXY: refusing.url });
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toContain("refuses to connect to");
    expect(result.stderr).toContain("USER:PASSWORD");
  });

  it("trusts AWS_CA_BUNDLE alone when it is set, and names the fault", async () => {
    const other = join(createScratch("one-wire-other"), "other.pem");
    writeFileSync(other, createPki().root.pem);
    const result = await run(words(), { AWS_CA_BUNDLE: other });
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toContain("the server's certificate");
    const missing = await run(words(), { AWS_CA_BUNDLE: "/nowhere/ca.pem" });
    expect(missing).toMatchObject({ stdout: "", status: 2 });
    expect(missing.stderr).toContain("AWS_CA_BUNDLE names /nowhere/ca.pem, which cannot be read: ENOENT");
  });

  it("takes ca_bundle of the AWS profile", async () => {
    const folder = createScratch("one-wire-profile");
    writeFileSync(join(folder, "config"), `[default]\nca_bundle = ${bundle}\n`);
    const env = { AWS_CA_BUNDLE: "", AWS_CONFIG_FILE: join(folder, "config") };
    const result = await run(words(), env);
    expect(result.status, result.stderr).toBe(status);
  });
});

it("plain HTTP is forwarded by the proxy, with the URL in full", async () => {
  plain.seen.length = 0;
  const words = ["read-s3", "--endpoint-url", s3.url, "s3://b/a.csv"];
  expect(await run(words, { ...s3.env, HTTP_PROXY: plain.url })).toMatchObject({ stdout: "x,y\n1,2\n", status: 0 });
  expect(plain.seen.length).toBeGreaterThan(0);
  expect(plain.seen.every((url) => url.startsWith(`${s3.url}/b`))).toBe(true);
});
