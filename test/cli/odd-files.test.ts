import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

let emulator: Emulator;
const folder = createScratch("odd");
const at = (name: string) => join(folder, name);
function write(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}
const own = (name: string) => readFileSync(join(emulator.folder, name));
const ownText = (name: string) => own(name).toString("utf8");
const vend = (flags: Readonly<Record<string, string | undefined>>, options = {}) =>
  runCli(["credential-process", ...emulatorFlags(emulator, flags), "--no-cache"], options);
const openssl = async (...words: readonly string[]) => {
  const { status, stderr } = await runProgram("openssl", words);
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
};

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

describe.skipIf(!requireTools("certificates in the formats of others", "openssl"))("reads", () => {
  test("the base64 of a PKCS#12 file, as Azure Key Vault gives it out", async () => {
    const key = ["-inkey", join(emulator.folder, "ec-key.pem")];
    const words = ["-in", join(emulator.folder, "ec-chain.pem"), "-passout", "pass:", "-out", at("client.p12")];
    await openssl("pkcs12", "-export", ...key, ...words);
    const base64 = readFileSync(at("client.p12")).toString("base64");
    for (const text of [base64, `${base64.replaceAll(/.{76}/g, "$&\r\n")}\r\n`]) {
      const certificate = write("client.b64", text);
      expect(await vend({ certificate, "private-key": undefined })).toMatchObject({ status: 0, stderr: "" });
    }
  });

  test.each([
    ["DER", ["-outform", "DER"]],
    ["PEM", []],
  ])("a PKCS#7 bundle in %s as --intermediates", async (_, form) => {
    const intermediate = createAuthority(keyOf("ec-p256", "bundle"), { subject: [["CN", "Bundle"]] }, emulator.root);
    const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, intermediate);
    const certificate = write("leaf.pem", leaf.pem + leaf.key.privateKeyPem);
    const chain = write("chain.pem", intermediate.pem + emulator.root.pem);
    await openssl("crl2pkcs7", "-nocrl", "-certfile", chain, "-out", at("chain.p7b"), ...form);
    const flags = { certificate, "private-key": undefined };
    expect(await vend(flags)).toMatchObject({ status: 1 });
    expect(await vend({ ...flags, intermediates: at("chain.p7b") })).toMatchObject({ status: 0, stderr: "" });
    const { status, stderr } = await vend({ ...flags, certificate: at("chain.p7b"), "private-key": certificate });
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(
        /is a PKCS#7 bundle, expected a PEM certificate[\s\S]*hint: .*openssl pkcs7/,
      ) as string,
    });
  });
});

describe("names", () => {
  const pem = () => ownText("ec.pem");
  const pkcs8 = () => ownText("ec-key.pem");
  const der = () => createPrivateKey(pkcs8()).export({ format: "der", type: "sec1" });
  test.each<readonly [string, "certificate" | "private-key", () => string | Uint8Array, RegExp]>([
    [
      "a Java keystore",
      "certificate",
      () => Buffer.from("feedfeed0000000200000001", "hex"),
      /is a Java keystore \(JKS\)[\s\S]*keytool/,
    ],
    ["a short DER key", "private-key", der, /is binary[\s\S]*openssl pkey -inform der/],
    [
      "a truncated certificate",
      "certificate",
      () => pem().slice(0, -60),
      /is cut short: its CERTIFICATE block has no END line/,
    ],
    [
      "a truncated key",
      "private-key",
      () => pkcs8().slice(0, -40),
      /is cut short: its PRIVATE KEY block has no END line/,
    ],
    [
      "an END line of another kind",
      "certificate",
      () => pem().replace("END CERTIFICATE", "END X509 CRL"),
      /has a CERTIFICATE block that ends as X509 CRL/,
    ],
    [
      "a revocation list",
      "certificate",
      () => "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
      /holds a certificate revocation list/,
    ],
  ])("%s", async (_, flag, content, says) => {
    const { status, stdout, stderr } = await vend({ [flag]: write("odd", content()) });
    expect({ status, stdout, stderr }).toEqual({
      status: 3,
      stdout: "",
      stderr: expect.stringMatching(says) as string,
    });
  });
});

test("of two keys in one file the one of the certificate is used", async () => {
  const other = keyOf("ec-p256", "other").privateKeyPem;
  const key = write("two.key", other + ownText("ec-key.pem"));
  expect(await vend({ "private-key": key })).toMatchObject({ status: 0, stderr: "" });
});

describe("a password", () => {
  const encrypted = () =>
    write(
      "encrypted.key",
      createPrivateKey(own("ec-key.pem")).export({
        type: "pkcs8",
        format: "pem",
        cipher: "aes-256-cbc",
        passphrase: "pässword",
      }),
    );

  test.each([
    ["UTF-16, little endian", Buffer.from("\uFEFFpässword\r\n", "utf16le")],
    ["UTF-16, big endian", Buffer.from("\uFEFFpässword\r\n", "utf16le").swap16()],
  ])("may be in a file of %s", async (_, bytes) => {
    const flags = { "private-key": encrypted(), "password-file": write("password", bytes) };
    expect(await vend(flags)).toMatchObject({ status: 0, stderr: "" });
  });

  test("that is empty is none", async () => {
    const { status, stderr } = await vend({ "private-key": encrypted(), "pkcs8-password": "" });
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringContaining("no password is given") as string,
    });
  });
});

describe.skipIf(process.platform === "win32" || !requireTools("pipes of a shell", "bash"))(
  "a pipe that is named as a path",
  () => {
    test.each(["/dev/stdin", "/dev/fd/0"])("%s is read once, also by check", async (certificate) => {
      const flags = emulatorFlags(emulator, { certificate, "private-key": undefined });
      const stdin = ownText("ec-chain.pem") + ownText("ec-key.pem");
      expect(await runCli(["credential-process", ...flags, "--no-cache"], { stdin })).toMatchObject({
        status: 0,
        stderr: "",
      });
      const { stdout, status } = await runCli(["check", "--offline", ...flags], { stdin });
      expect({ status, fails: stdout.match(/^.*\bfail\b.*$/gim) }).toEqual({ status: 0, fails: null });
    });
  },
);
