import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPrivateKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec } from "../support/pki.js";
import { openssl } from "../support/openssl.js";
import { runCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

let emulator: Emulator;
const folder = createScratch("store");
const day = 86_400_000;

function write(name: string, spec: CertificateSpec, kind: "ec-p256" | "rsa-2048" = "ec-p256") {
  const key = keyOf(kind, name);
  const { pem } = issueCertificate(key, spec, emulator.intermediate);
  writeFileSync(join(folder, `${name}.crt`), pem);
  return { key, pem };
}

beforeAll(async () => {
  emulator = await startEmulator();
  const one = write("one", {
    subject: [
      ["C", "US"],
      ["O", "Org, Inc"],
      ["CN", "one"],
    ],
    serial: 0x15d196n,
    notAfter: new Date(Date.now() + 30 * day),
  });
  writeFileSync(join(folder, "one.key"), one.key.privateKeyPem);
  const renewed = write("renewed", {
    subject: [
      ["C", "US"],
      ["O", "Org, Inc"],
      ["CN", "one"],
    ],
    serial: 0x20n,
    notAfter: new Date(Date.now() + 60 * day),
  });
  writeFileSync(join(folder, "anything.pem"), renewed.key.privateKeyPem);
  const locked = write("locked", { subject: [["CN", "locked"]], serial: 7n });
  const encrypted = createPrivateKey(locked.key.privateKeyPem).export({
    format: "pem",
    type: "pkcs8",
    cipher: "aes-256-cbc",
    passphrase: "p",
  });
  writeFileSync(join(folder, "locked.key"), encrypted);
  write("keyless", { subject: [["CN", "keyless"]], serial: 9n });
  writeFileSync(join(folder, "issuer.pem"), emulator.intermediate.pem);
  writeFileSync(join(folder, "notes.txt"), "not a certificate");
  writeFileSync(join(folder, "broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  mkdirSync(join(folder, "sub.pem"));
});
afterAll(async () => emulator.stop());

function vend(words: readonly string[], options: CliOptions = {}) {
  const { trustAnchors, profiles, roles } = emulator.state();
  const flags = [
    "--trust-anchor-arn",
    trustAnchors[0]!.arn,
    "--profile-arn",
    profiles[0]!.arn,
    "--role-arn",
    roles[0]!.arn,
  ];
  return runCli(
    ["credential-process", ...flags, "--endpoint", emulator.url, "--cert-store", folder, ...words],
    options,
  );
}

/** `session`, or the first line of the error. */
async function outcome(words: readonly string[], options: CliOptions = {}): Promise<string> {
  const { stderr, status } = await vend(words, options);
  return status === 0 ? "session" : (stderr.split("\n", 1)[0] ?? "");
}

describe("--cert-store with --cert-selector", () => {
  it.each([
    "Key=x509Serial,Value=15d196",
    "Key=x509Serial,Value=0x15:D1:96",
    "Key=x509Serial,Value=1429910",
    "Key=x509Subject,Value=CN=one,O=Org\\, Inc,C=US Key=x509Serial,Value=15D196",
    "Key=x509Subject,Value=C=US, O=Org\\, Inc, CN=one Key=x509Serial,Value=15D196",
    'Key=x509Subject,Value=c=US + cn=one, O="Org, Inc" Key=x509Serial,Value=15D196',
  ])("finds the certificate by %s", async (selector) => {
    expect(await outcome(["--cert-selector", selector])).toBe("session");
  });

  it("reads a selector from a file", async () => {
    const file = join(createScratch(), "selector.json");
    writeFileSync(file, JSON.stringify([{ Key: "x509Serial", Value: "15d196" }]));
    expect(await outcome(["--cert-selector", `file://${file}`])).toBe("session");
    expect(await outcome(["--cert-selector", "file:///nowhere"])).toMatch(
      /unable to read cert selector file "\/nowhere"/,
    );
  });

  it("wants one match, or the one that ends last", async () => {
    const subject = ["--cert-selector", "Key=x509Subject,Value=CN=one,O=Org\\, Inc,C=US"];
    const { stderr, status, stdout } = await vend(subject);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr).toContain(`multiple matching identities in folder "${folder}": 2, expected one`);
    expect(stderr).toContain("Key=x509Subject,Value=CN=one,O=Org\\, Inc,C=US Key=x509Serial,Value=15D196 ends");
    expect(await outcome([...subject, "--use-latest-expiring-certificate"])).toBe("session");
  });

  it("passes over certificates without a key, and says what there is", async () => {
    expect(await outcome(["--cert-selector", "Key=x509Serial,Value=9"])).toContain(
      "no matching certificate with a private key in folder",
    );
  });

  it("opens an encrypted key beside the certificate, and only that", async () => {
    const words = ["--cert-selector", "Key=x509Serial,Value=07"];
    expect(await outcome(words)).toMatch(/encrypted and no password is given/);
    expect(await outcome(words, { env: { ROLESANYWHERE_TS_PKCS8_PASSWORD: "p" } })).toBe("session");
  });

  it.skipIf(!requireTools("PKCS#12 files in a certificate store", "openssl"))("finds PKCS#12 files", async () => {
    const other = createScratch();
    for (const name of ["one.crt", "one.key", "issuer.pem"]) copyFileSync(join(folder, name), join(other, name));
    const words = "pkcs12 -export -inkey one.key -in one.crt -certfile issuer.pem -out one.p12 -passout pass:secret";
    openssl(other, ...words.split(" "));
    const store = createScratch("p12");
    copyFileSync(join(other, "one.p12"), join(store, "one.pfx"));
    expect(await outcome(["--cert-store", store, "--pkcs12-password", "secret"])).toBe("session");
    expect(await outcome(["--cert-store", store, "--pkcs12-password", "no"])).toContain("no matching certificate");
  });

  it("refuses a bad serial number instead of reading half of it", async () => {
    expect(await outcome(["--cert-selector", "Key=x509Serial,Value=15G"])).toContain(
      'the serial number "15G", expected hexadecimal digits',
    );
  });

  it.skipIf(process.platform !== "linux")("says what Linux offers in place of a system store", async () => {
    const { trustAnchors, profiles, roles } = emulator.state();
    const flags = [
      "--trust-anchor-arn",
      trustAnchors[0]!.arn,
      "--profile-arn",
      profiles[0]!.arn,
      "--role-arn",
      roles[0]!.arn,
    ];
    const { stderr, status } = await runCli([
      "credential-process",
      ...flags,
      "--cert-selector",
      "Key=x509Serial,Value=1",
    ]);
    expect(stderr).toMatch(/unable to use cert store signer on linux[^]*--cert-store/);
    expect(status).toBe(2);
  });
});
