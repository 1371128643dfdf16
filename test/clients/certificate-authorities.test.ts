// `renew` with authorities that nobody here wrote: Smallstep's step-ca and GlobalSign's EST server.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEstServer, startStepCa } from "../support/authority-servers.js";
import type { EstAuthority, StepAuthority } from "../support/authority-servers.js";
import { runCli } from "../support/run-cli.js";
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
