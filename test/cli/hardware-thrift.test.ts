import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createTpmSigner } from "../../src/identity/tpm/signer.js";
import { openTpm } from "../../src/identity/tpm/transport.js";
import { parseTss2Key } from "../../src/identity/tpm/tss2-key.js";
import { countCommands } from "../support/counting-tpm.js";
import { issueCertificate } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { createSoftToken, pin, pkcs11Spy, softHsmLibrary } from "../support/soft-token.js";
import { startSwtpm, stopSwtpms } from "../support/swtpm.js";
import { requireCondition, requireTools } from "../support/tools.js";

const folder = createScratch("thrift");
const at = (name: string) => join(folder, name);
let emulator: Emulator;
afterAll(stopSwtpms);
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => emulator.stop());

function issue(name: string, spki: Buffer): Buffer {
  const absent = () => {
    throw new Error("the private key is elsewhere");
  };
  const key = { publicKeyInfo: spki, privateKeyPem: "", algorithmIdentifier: absent, sign: absent };
  const { der, pem } = issueCertificate(key, { subject: [["CN", name]] }, emulator.root);
  writeFileSync(at(name), pem);
  return der;
}

function vend(words: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> {
  const { trustAnchors, profiles, roles } = emulator.state();
  const flags = [
    "--trust-anchor-arn",
    trustAnchors[0]!.arn,
    "--profile-arn",
    profiles[0]!.arn,
    "--role-arn",
    roles[0]!.arn,
  ];
  return runCli(["credential-process", ...flags, "--endpoint", emulator.url, ...words], { env });
}

const hasSpy =
  requireTools("how often a token signs", "softhsm2-util", "pkcs11-tool", "pkcs11js") &&
  softHsmLibrary !== undefined &&
  requireCondition("how often a token signs", pkcs11Spy !== undefined, "OpenSC's pkcs11-spy.so");

describe.skipIf(!hasSpy)("a PKCS#11 token", () => {
  const token = hasSpy ? createSoftToken("thrift") : undefined;
  const log = at("spy.log");
  beforeAll(() => {
    token?.tool("--keypairgen", "--key-type", "rsa:2048", "--label", "key", "--id", "01");
    token?.tool("--read-object", "--type", "pubkey", "--id", "01", "--output-file", "key.pub");
    writeFileSync(join(token!.folder, "key.der"), issue("token.crt", readFileSync(join(token!.folder, "key.pub"))));
    token?.tool("--write-object", "key.der", "--type", "cert", "--label", "key", "--id", "01");
  });

  async function calls(userPin: string): Promise<Record<string, number>> {
    writeFileSync(log, "");
    const env = { ...token!.environment, PKCS11SPY: softHsmLibrary ?? "", PKCS11SPY_OUTPUT: log };
    await vend(
      ["--certificate", "pkcs11:token=thrift;id=%01", "--pkcs11-lib", pkcs11Spy ?? "", "--pkcs11-pin", userPin],
      env,
    );
    const text = readFileSync(log, "utf8");
    const count = (name: string) => text.match(new RegExp(`^\\d+: ${name}$`, "gm"))?.length ?? 0;
    return Object.fromEntries(
      ["C_Login", "C_Sign", "C_OpenSession", "C_CloseSession", "C_Finalize"].map((name) => [name, count(name)]),
    );
  }

  it("signs once a vend, and everything opened is closed", async () => {
    expect(await calls(pin)).toEqual({ C_Login: 1, C_Sign: 1, C_OpenSession: 1, C_CloseSession: 1, C_Finalize: 1 });
  });

  it("keeps the PIN out of the trace and of every message", async () => {
    const uri = `pkcs11:token=thrift;id=%01?pin-value=${pin}`;
    const lib = ["--pkcs11-lib", softHsmLibrary ?? "", "--debug"];
    const runs = [
      ["--certificate", uri],
      ["--certificate", at("token.crt"), "--private-key", uri, "--intermediates", uri],
      ["--certificate", uri.replace("%01", "%09")],
      ["--certificate", uri.replace("thrift", "none")],
      ["--certificate", `${uri}&pin-source=x`],
      ["--certificate", at("none"), "--private-key", uri],
    ];
    for (const words of runs) {
      const { stdout, stderr } = await vend([...words, ...lib], token!.environment);
      expect(stdout + stderr).not.toContain(pin);
    }
  });

  it("is offered a wrong PIN once", async () => {
    expect(await calls("9999")).toEqual({ C_Login: 1, C_Sign: 0, C_OpenSession: 1, C_CloseSession: 1, C_Finalize: 1 });
  });
});

const tpmCommands = { sign: 0x15d, load: 0x157, createPrimary: 0x131, flushContext: 0x165 } as const;

describe.skipIf(!requireTools("how often a TPM signs", "swtpm", "tpm2_create", "tpm2-openssl"))("a TPM", () => {
  it("signs once a vend, is offered a wrong password once, and keeps nothing loaded", async () => {
    const tpm = await startSwtpm();
    const provider = ["-provider", "tpm2", "-provider", "default"];
    const words = ["-algorithm", "EC", "-pkeyopt", "group:P-256", "-pkeyopt", "user-auth:secret"];
    tpm.run("openssl", "genpkey", ...provider, ...words, "-out", at("tpm.key"));
    issue(
      "tpm.crt",
      tpm.run(
        "openssl",
        "pkey",
        ...provider,
        "-passin",
        "pass:secret",
        "-in",
        at("tpm.key"),
        "-pubout",
        "-outform",
        "DER",
      ),
    );
    const flags = ["--certificate", at("tpm.crt"), "--private-key", at("tpm.key")];

    const right = await countCommands(tpm.device);
    const env = { TPM_DEVICE: right.device };
    expect((await vend([...flags, "--tpm-key-password", "secret"], env)).status).toBe(0);
    expect(right.count(tpmCommands.sign)).toBe(1);
    expect(right.count(tpmCommands.flushContext)).toBe(
      right.count(tpmCommands.load) + right.count(tpmCommands.createPrimary),
    );
    right.stop();

    const wrong = await countCommands(tpm.device);
    const der = Buffer.from(readFileSync(at("tpm.key"), "utf8").replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
    const refused = new Set<string>();
    let forgotten = 0;
    const password = { text: "wrong", forget: () => void forgotten++ };
    const refusal = async () => {
      const secrets = { password, refused };
      const signer = await createTpmSigner(await openTpm(wrong.device), parseTss2Key(der), secrets, "the key");
      const error = await signer.sign(Buffer.from("message")).catch((reason: unknown) => reason);
      await signer.close?.();
      return String(error);
    };
    expect(await refusal()).toContain("the password of the key is wrong");
    expect(await refusal()).toContain("was refused before and is not tried again");
    expect(wrong.count(tpmCommands.sign)).toBe(1);
    expect(forgotten).toBe(1);
    wrong.stop();
    await tpm.stop();
  });

  it("explains its lockout, which holds for every key", async () => {
    const tpm = await startSwtpm();
    const provider = ["-provider", "tpm2", "-provider", "default"];
    const words = ["-algorithm", "EC", "-pkeyopt", "group:P-256"];
    tpm.run("openssl", "genpkey", ...provider, ...words, "-pkeyopt", "user-auth:secret", "-out", at("auth.key"));
    issue(
      "auth.crt",
      tpm.run(
        "openssl",
        "pkey",
        ...provider,
        "-passin",
        "pass:secret",
        "-in",
        at("auth.key"),
        "-pubout",
        "-outform",
        "DER",
      ),
    );
    const flags = ["--certificate", at("auth.crt"), "--private-key", at("auth.key")];
    const env = { TPM_DEVICE: tpm.device };
    for (const password of ["one", "two", "three"]) await vend([...flags, "--tpm-key-password", password], env);
    const { stderr, status } = await vend([...flags, "--tpm-key-password", "secret"], env);
    expect(stderr).toMatch(/the TPM is locked after wrong passwords \(0x921\).*\n.*hint: wait/);
    expect(status).toBe(3);
    await tpm.stop();
  });
});
