// `renew` with authorities that nobody here wrote: Smallstep's step-ca and GlobalSign's EST server.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEstServer, startStepCa } from "../support/authority-servers.js";
import type { EstAuthority, StepAuthority } from "../support/authority-servers.js";
import { startEmulatorAccount } from "../support/emulator-account.js";
import { cleanEnvironment, pythonEnvironment, runCli, startCli } from "../support/run-cli.js";
import { get, readServed } from "../support/served.js";
import { requireTools } from "../support/tools.js";

const read = (file: string) => readFileSync(file, "utf8");
const leafOf = ({ certificate }: { readonly certificate: string }) => new X509Certificate(read(certificate));
const flagsOf = ({ certificate, key }: { readonly certificate: string; readonly key: string }, caFile: string) => [
  "--once",
  "--before",
  "1/1",
  ...Object.entries({ certificate, "private-key": key, "authority-ca": caFile, "trust-anchor-bundle": caFile }).flatMap(
    ([name, value]) => [`--${name}`, value],
  ),
];

describe.skipIf(!requireTools("renewal by step-ca", "step", "step-ca"))("step-ca", () => {
  let authority: StepAuthority;
  beforeAll(async () => {
    authority = await startStepCa();
  }, 60_000);
  afterAll(() => authority.stop());

  const renew = (pair: { readonly certificate: string; readonly key: string }, ...words: readonly string[]) =>
    runCli(["renew", ...flagsOf(pair, authority.caFile), "--step-ca", authority.url, ...words]);

  test.each([
    ["EC", "P-256"],
    ["RSA", "2048"],
  ])("renews a certificate with an %s key, and with a new key", async (kind, size) => {
    const words = kind === "RSA" ? ["--kty", kind, "--size", size] : ["--kty", kind, "--curve", size];
    const pair = await authority.enroll(...words, "--not-after", "10h");
    for (const more of [[], ["--rekey"]]) {
      const [before, key] = [leafOf(pair), read(pair.key)];
      // An authority writes whole seconds: the next certificate has to end later.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const { status, stderr } = await renew(pair, ...more);
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("is renewed") as string });
      const after = leafOf(pair);
      expect(after.serialNumber).not.toBe(before.serialNumber);
      expect([after.subject, after.subjectAltName]).toEqual([before.subject, before.subjectAltName]);
      expect(after.checkPrivateKey(createPrivateKey(read(pair.key)))).toBe(true);
      expect(read(pair.key) === key).toBe(more.length === 0);
    }
  });

  test("refuses where the provisioner forbids renewal", async () => {
    const pair = await authority.enroll("--provisioner", "frozen");
    const { status, stderr } = await renew(pair);
    expect(status).toBe(1);
    expect(stderr).toMatch(/error\[ERR_ACCESS_DENIED\]: step-ca refuses renew: HTTP 401, .+\n.*disableRenewal/);
  });

  test("refuses the certificate of another authority in the handshake, in words", async () => {
    const other = await startStepCa();
    try {
      const { status, stderr } = await renew(await other.enroll());
      expect(status).toBe(1);
      expect(stderr).toMatch(/error\[ERR_ACCESS_DENIED\]: https:\/\/localhost:\d+ refuses the certificate: \w/);
    } finally {
      await other.stop();
    }
  });
});

describe.skipIf(!requireTools("renewal by EST", "estserver"))("an EST server", () => {
  let authority: EstAuthority;
  beforeAll(async () => {
    authority = await startEstServer();
  });
  afterAll(() => authority.stop());

  const renew = (
    pair: { readonly certificate: string; readonly key: string },
    path: string,
    ...words: readonly string[]
  ) => runCli(["renew", ...flagsOf(pair, authority.caFile), "--est", `${authority.url}${path}`, ...words]);
  const dayMs = 86_400_000;
  const spec = {
    subject: [
      ["O", "Beispiel Straße"],
      ["CN", "web-1"],
    ],
    alternativeNames: [
      ["dns", "web-1"],
      ["uri", "spiffe://example.org/web"],
      ["ip", "10.0.0.1"],
    ],
    notBefore: new Date(Date.now() - 10 * dayMs),
    notAfter: new Date(Date.now() + dayMs),
  } as const;

  test.each(["ec-p256", "ec-p521", "rsa-2048"] as const)(
    "renews %s, with subject and names as they are",
    async (kind) => {
      for (const [path, more] of [
        ["", []],
        ["/.well-known/est/any-label", ["--rekey"]],
      ] as const) {
        const pair = authority.enroll(kind, spec);
        const [before, key] = [leafOf(pair), read(pair.key)];
        const { status, stderr } = await renew(pair, path, ...more);
        expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("is renewed") as string });
        const after = leafOf(pair);
        expect(after.serialNumber).not.toBe(before.serialNumber);
        expect([after.subject, after.subjectAltName]).toEqual([before.subject, before.subjectAltName]);
        expect(after.checkPrivateKey(createPrivateKey(read(pair.key)))).toBe(true);
        expect(read(pair.key) === key).toBe(more.length === 0);
      }
    },
  );

  test("that fails is reported with its status", async () => {
    const pair = authority.enroll("ec-p256", { ...spec, subject: [["CN", "Trigger Error Unknown"]] });
    const { status, stderr } = await renew(pair, "/.well-known/est/triggererrors");
    expect(status).toBe(1);
    expect(stderr).toMatch(/error\[ERR_SERVICE\]: est refuses simplereenroll: HTTP 500/);
  });
});

const reader = fileURLToPath(new URL("boto3_traffic.py", import.meta.url));

/**
 * Runs `serve` with renewal while boto3 asks without a pause, until it has been served by two certificates.
 *
 * @returns What boto3 counted, and its session names: the serial numbers of the certificates.
 */
async function serveWhileRenewing(words: readonly string[], pair: { readonly certificate: string }, root: string) {
  const account = await startEmulatorAccount();
  account.updateState((state) => ({
    ...state,
    trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, certificates: root })),
  }));
  const others = account.flags.slice(account.flags.indexOf("--trust-anchor-arn"));
  const cli = startCli(["serve", ...others, "--endpoint", account.url, "--port", "0", ...words]);
  const served = await readServed(cli);
  const child = spawn("python3", [reader], {
    env: cleanEnvironment({
      ...pythonEnvironment(),
      AWS_ENDPOINT_URL_STS: account.url,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${served.url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: served.tokenFile,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "1",
    }),
  });
  let printed = "";
  const twoCertificates = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if ((printed.match(/^arn:/gm)?.length ?? 0) >= 2) resolve();
    });
    child.once("close", () => reject(new Error(`boto3 ended: ${printed}`)));
  });
  try {
    await twoCertificates;
    const [health, metrics] = [await get(`${served.url}/healthz`), await get(`${served.url}/metrics`)];
    child.stdin.end();
    await once(child, "close");
    const lines = printed.trim().split("\n");
    const told = JSON.parse(lines.at(-1) ?? "") as { readonly count: number; readonly failures: readonly string[] };
    const names = lines.slice(0, -1).map((arn) => arn.slice(arn.lastIndexOf("/") + 1));
    return { ...told, names, health: health.body, metrics: metrics.body, now: leafOf(pair), stderr: cli.stderr() };
  } finally {
    child.kill();
    await cli.stop();
    await account.stop();
  }
}

describe("serve with renewal, while boto3 asks without a pause", () => {
  test.skipIf(!requireTools("serve with renewal by step-ca", "step", "step-ca", "boto3"))(
    "by step-ca: no request fails, and later ones are answered by the new certificate",
    async () => {
      const authority = await startStepCa();
      try {
        // step-ca dates certificates back by a minute.
        const pair = await authority.enroll("--not-after", "40s");
        const first = leafOf(pair).serialNumber;
        const words = [
          ...Object.entries({
            certificate: pair.certificate,
            "private-key": pair.key,
            "step-ca": authority.url,
            "authority-ca": authority.caFile,
            before: "30s",
          }).flatMap(([name, value]) => [`--${name}`, value]),
          "--rekey",
        ];
        const result = await serveWhileRenewing(words, pair, read(authority.caFile));
        expect(result).toMatchObject({ failures: [] });
        expect(result.count).toBeGreaterThan(10);
        expect(result.names[0]).toBe(first.toLowerCase().replace(/^0+/, ""));
        expect(result.names[1]).not.toBe(result.names[0]);
        expect(result.health).toMatch(/^ok\nDemo: the certificate expires in 0\.0 days\n$/);
        expect(result.metrics).toMatch(/^rolesanywhere_ts_certificate_renewals_total [1-9]/m);
        expect(result.stderr).not.toContain("replace it");
      } finally {
        await authority.stop();
      }
    },
    120_000,
  );

  test.skipIf(!requireTools("serve with renewal by EST", "estserver", "boto3"))(
    "by EST: no request fails, and later ones are answered by the new certificate",
    async () => {
      const authority = await startEstServer();
      try {
        const pair = authority.enroll("ec-p256", {
          notBefore: new Date(Date.now() - 86_400_000),
          notAfter: new Date(Date.now() + 40_000),
        });
        const words = Object.entries({
          certificate: pair.certificate,
          "private-key": pair.key,
          est: authority.url,
          "authority-ca": authority.caFile,
          before: "30s",
        }).flatMap(([name, value]) => [`--${name}`, value]);
        const result = await serveWhileRenewing(words, pair, authority.root.pem);
        expect(result).toMatchObject({ failures: [] });
        expect(result.names).toHaveLength(2);
        expect(result.names[1]).toBe(result.now.serialNumber.toLowerCase().replace(/^0+/, ""));
        expect(result.health).toMatch(/^ok\nDemo: the certificate expires in \d\d\.\d days\n$/);
      } finally {
        await authority.stop();
      }
    },
    120_000,
  );
});
