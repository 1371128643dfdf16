// Every command that speaks HTTP has the same proxies, the same trust and the same words for their faults.
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { startHttpProxy } from "../support/http-proxy.js";
import type { HttpProxy } from "../support/http-proxy.js";
import { createPki } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { startInternet } from "../support/internet.js";
import type { Internet } from "../support/internet.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { startSocksProxy } from "../support/socks-proxy.js";
import type { SocksProxy } from "../support/socks-proxy.js";
import { createScratch } from "../support/scratch.js";

let emulator: Emulator;
let s3: S3Server;
let internet: Internet;
let socks: SocksProxy;
let plain: HttpProxy;
let secure: HttpProxy;
let bundle: string;

beforeAll(async () => {
  emulator = await startEmulator();
  internet = await startInternet(() => Number(new URL(emulator.url).port));
  socks = await startSocksProxy({ portOf });
  s3 = await startS3Server();
  s3.put("b", "a.csv", "x,y\n1,2\n");
  const pki = createPki();
  const leaf = pki.leaf("ec-p256", {
    subject: [["CN", "proxy"]],
    alternativeNames: [["ip", "127.0.0.1"]],
    extendedKeyUsage: ["serverAuth"],
  });
  plain = await startHttpProxy({ portOf });
  secure = await startHttpProxy({ tls: { cert: leaf.pem, key: leaf.key.privateKeyPem }, portOf });
  bundle = join(createScratch("one-wire"), "roots.pem");
  writeFileSync(bundle, internet.authority + pki.root.pem);
});
/** The proxies know every host, and this machine knows none of them. */
const portOf = () => internet.tlsPort;
afterAll(async () => {
  await plain[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
  await socks[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
  await internet.close();
  await emulator.stop();
});

/** Makes every look-up of a name fail, as on a machine without a network. */
const offline = fileURLToPath(new URL("../support/offline.cjs", import.meta.url));
const keys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const base = () => ({ ROLESANYWHERE_TS_CACHE: "off", AWS_CA_BUNDLE: bundle, AWS_REGION: "us-east-1", ...keys });

const rolesanywhere = "rolesanywhere.us-east-1.amazonaws.com";
const sts = "sts.us-east-1.amazonaws.com";
const flags = () => emulatorFlags(emulator, { endpoint: undefined });
const hop = () => ["--assume-role-arn", roleArn(emulator, "Target")];

interface Caller {
  readonly name: string;
  /** The exit status that the emulator's answer leads to. */
  readonly status: number;
  readonly hosts: readonly string[];
  readonly words: () => readonly string[];
}

/** Command lines that reach AWS by its own names. */
const callers: readonly Caller[] = [
  { name: "credential-process", status: 0, hosts: [rolesanywhere], words: () => ["credential-process", ...flags()] },
  {
    name: "a role behind the session",
    status: 0,
    hosts: [rolesanywhere, sts],
    words: () => ["credential-process", ...flags(), ...hop()],
  },
  {
    name: "a scoped session",
    status: 0,
    hosts: [rolesanywhere, sts],
    words: () => ["credential-process", ...flags(), "--scope", "s3-read=data"],
  },
  {
    name: "assume-role",
    status: 0,
    hosts: [rolesanywhere, sts],
    words: () => ["assume-role", roleArn(emulator, "Target"), ...flags()],
  },
  { name: "request", status: 0, hosts: [sts], words: () => ["request", `https://${sts}/`] },
  { name: "read-s3", status: 1, hosts: ["s3.us-east-1.amazonaws.com"], words: () => ["read-s3", "s3://b/a.csv"] },
  { name: "scan", status: 1, hosts: ["dynamodb.us-east-1.amazonaws.com"], words: () => ["scan", "orders"] },
];

function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> {
  return runCli(words, { env: { ...base(), ...env } });
}

const withLogin = (url: string) => url.replace("//", "//me:p%40ss@");
const login = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;

describe.each(callers)("$name", ({ status, hosts, words }) => {
  const places = hosts.map((host) => `${host}:443`);

  it.each([
    ["an http proxy", "HTTPS_PROXY", () => plain, (url: string) => url, undefined],
    ["a proxy without a scheme", "HTTPS_PROXY", () => plain, (url: string) => url.replace("http://", ""), undefined],
    ["an https proxy", "HTTPS_PROXY", () => secure, (url: string) => url, undefined],
    ["a proxy with a login", "HTTPS_PROXY", () => plain, withLogin, login],
    ["an https proxy with a login", "https_proxy", () => secure, withLogin, login],
    ["the proxy for all", "ALL_PROXY", () => plain, (url: string) => url, undefined],
  ] as const)("goes through %s", async (_, variable, proxyOf, write, logged) => {
    const proxy = proxyOf();
    proxy.seen.length = 0;
    proxy.logins.length = 0;
    const result = await run(words(), { [variable]: write(proxy.url) });
    expect(result.status, result.stderr).toBe(status);
    expect([...new Set(proxy.seen)]).toEqual(places);
    expect(new Set(proxy.logins)).toEqual(new Set([logged]));
  });

  it.each([
    ["HTTPS_PROXY", "socks5://"],
    ["HTTPS_PROXY", "socks5h://"],
    ["ALL_PROXY", "socks5://"],
    ["all_proxy", "socks5h://"],
  ])("goes through %s=%s, which resolves the name", async (variable, scheme) => {
    socks.seen.length = 0;
    const result = await run(words(), { [variable]: `${scheme}${socks.host}` });
    expect(result.status, result.stderr).toBe(status);
    expect([...new Set(socks.seen)]).toEqual(places);
  });

  it("logs in to a SOCKS5 proxy", async () => {
    await using asking = await startSocksProxy({ portOf, login: "me:p@ss" });
    const result = await run(words(), { HTTPS_PROXY: `socks5://me:p%40ss@${asking.host}` });
    expect(result.status, result.stderr).toBe(status);
    expect(new Set(asking.logins)).toEqual(new Set(["me:p@ss"]));
  });

  it.each(["amazonaws.com", "*", "example.com, .us-east-1.amazonaws.com"])(
    "goes past the proxy when NO_PROXY is %s",
    async (list) => {
      plain.seen.length = 0;
      // Nobody but the proxies knows the way, and a host of AWS is not asked from here.
      const env = { HTTPS_PROXY: plain.url, NO_PROXY: list, NODE_OPTIONS: `--require=${offline}` };
      expect((await run(words(), env)).status).toBe(4);
      expect(plain.seen).toEqual([]);
    },
  );

  it("says what is wrong with a proxy that it cannot use", async () => {
    const result = await run(words(), { HTTPS_PROXY: "socks4://me:secret@127.0.0.1:9" });
    expect(result).toMatchObject({ stdout: "", status: 2 });
    expect(result.stderr).toContain('(HTTPS_PROXY) is not a supported proxy, found "socks4://***@127.0.0.1:9"');
  });

  it("names the login that a proxy asks for", async () => {
    await using refusing = await startHttpProxy({ connect: 407 });
    const result = await run(words(), { HTTPS_PROXY: refusing.url });
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toContain("refuses to connect to");
    expect(result.stderr).toContain("USER:PASSWORD");
  });

  it("names a proxy that closes the connection", async () => {
    const closing = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(closing, "listening");
    const { port } = closing.address() as AddressInfo;
    const results = await Promise.all(
      ["http", "socks5"].map((scheme) => run(words(), { HTTPS_PROXY: `${scheme}://127.0.0.1:${port}` })),
    );
    closing.close();
    for (const { status: ended, stderr } of results) {
      expect(ended).toBe(4);
      expect(stderr).toContain(
        "through the proxy that the environment names (HTTPS_PROXY): the connection was dropped",
      );
    }
  });

  it("ends within its time when a proxy stays silent", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined).resume()).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const started = performance.now();
    const limits: Readonly<Record<string, readonly string[]>> = {
      request: ["--max-time", "1"],
      "read-s3": ["--read-timeout", "1"],
      scan: ["--timeout", "1"],
    };
    const results = await Promise.all(
      ["http", "socks5"].map((scheme) =>
        run([...words(), ...(limits[words()[0] ?? ""] ?? [])], {
          HTTPS_PROXY: `${scheme}://127.0.0.1:${port}`,
          ROLESANYWHERE_TS_TIME_LIMIT_MS: "1000",
        }),
      ),
    );
    silent.close();
    for (const { status: ended, stdout } of results) expect({ ended, stdout }).toEqual({ ended: 4, stdout: "" });
    expect(performance.now() - started).toBeLessThan(50_000);
  });

  it("trusts the file of SSL_CERT_FILE and the folder of SSL_CERT_DIR", async () => {
    const env = { AWS_CA_BUNDLE: "", HTTPS_PROXY: secure.url };
    const [none, folder] = [createScratch("no-roots"), createScratch("roots")];
    writeFileSync(join(folder, "roots.pem"), readFileSync(bundle));
    for (const roots of [
      { SSL_CERT_FILE: bundle, SSL_CERT_DIR: none },
      { SSL_CERT_FILE: "", SSL_CERT_DIR: folder },
    ]) {
      const result = await run(words(), { ...env, ...roots });
      expect(result.status, result.stderr).toBe(status);
    }
    const refused = await run(words(), { ...env, SSL_CERT_FILE: join(none, "x"), SSL_CERT_DIR: none });
    expect(refused).toMatchObject({ stdout: "", status: 2 });
    expect(refused.stderr).toMatch(/SSL_CERT_FILE and SSL_CERT_DIR give no root certificate: .*ENOENT/);
  });

  it("trusts AWS_CA_BUNDLE alone when it is set, and names the fault", async () => {
    const other = join(createScratch("one-wire-other"), "other.pem");
    writeFileSync(other, createPki().root.pem);
    const result = await run(words(), { AWS_CA_BUNDLE: other, HTTPS_PROXY: plain.url });
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toContain("the server's certificate");
    const missing = await run(words(), { AWS_CA_BUNDLE: "/nowhere/ca.pem" });
    expect(missing).toMatchObject({ stdout: "", status: 2 });
    expect(missing.stderr).toContain("AWS_CA_BUNDLE names /nowhere/ca.pem, which cannot be read: ENOENT");
  });

  it("takes ca_bundle of the AWS profile", async () => {
    const folder = createScratch("one-wire-profile");
    writeFileSync(join(folder, "config"), `[default]\nca_bundle = ${bundle}\n`);
    const env = { AWS_CA_BUNDLE: "", AWS_CONFIG_FILE: join(folder, "config"), HTTPS_PROXY: plain.url };
    const result = await run(words(), env);
    expect(result.status, result.stderr).toBe(status);
  });
});

it.each([
  ["an http proxy", (port: number) => startHttpProxy({ portOf: () => port }), "http://s3.example:8000/b"],
  ["SOCKS5", (port: number) => startSocksProxy({ portOf: () => port }), "s3.example:8000"],
])("plain HTTP goes through %s", async (_, start, seen) => {
  await using proxy = await start(Number(new URL(s3.url).port));
  const HTTP_PROXY = "url" in proxy ? proxy.url : `socks5h://${proxy.host}`;
  const words = ["read-s3", "--endpoint-url", "http://s3.example:8000", "s3://b/a.csv"];
  expect(await run(words, { ...s3.env, HTTP_PROXY })).toMatchObject({ stdout: "x,y\n1,2\n", status: 0 });
  expect(proxy.seen.length).toBeGreaterThan(0);
  expect(proxy.seen.filter((url) => !url.startsWith(seen))).toEqual([]);
});

it("a service on loopback is asked directly", async () => {
  plain.seen.length = 0;
  const words = ["read-s3", "--endpoint-url", s3.url, "s3://b/a.csv"];
  const env = { ...s3.env, HTTP_PROXY: plain.url, ALL_PROXY: plain.url };
  expect(await run(words, env)).toMatchObject({ stdout: "x,y\n1,2\n", status: 0 });
  expect(plain.seen).toEqual([]);
});
