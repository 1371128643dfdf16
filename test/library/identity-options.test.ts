import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileNames } from "../../src/emulator/folder.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createSession, fromRolesAnywhere, IdentityError, RolesAnywhereError, UsageError } from "../../src/index.js";
import type { FromRolesAnywhereOptions, IdentityOptions } from "../../src/index.js";
import { sessionArns } from "../support/emulator-flags.js";
import { libraryOptions } from "../support/library-options.js";
import { openssl } from "../support/openssl.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import { createScratch } from "../support/scratch.js";
import { createSoftToken, pin, softHsmLibrary } from "../support/soft-token.js";
import { requireTools } from "../support/tools.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

const text = (name: keyof typeof fileNames) => readFileSync(join(emulator.folder, fileNames[name]), "utf8");
const bytes = (name: keyof typeof fileNames) => readFileSync(join(emulator.folder, fileNames[name]));

/** Options of nothing but the ARNs, the endpoint and an identity. */
function optionsOf(identity: IdentityOptions): FromRolesAnywhereOptions {
  return { ...sessionArns(emulator), endpoint: emulator.url, environment: {}, ...identity };
}

async function expectSession(identity: IdentityOptions): Promise<void> {
  const { assumedRoleUser } = await createSession(optionsOf(identity));
  expect(assumedRoleUser?.arn).toMatch(/:assumed-role\/Demo\//);
}

async function refusalOf(identity: IdentityOptions): Promise<RolesAnywhereError> {
  const error: unknown = await createSession(optionsOf(identity)).catch((found: unknown) => found);
  if (error instanceof RolesAnywhereError) return error;
  throw new Error("it was not refused", { cause: error });
}

describe("certificate and key", () => {
  test("are PEM text, bytes, or functions of either", async () => {
    await expectSession({ certificate: text("ecChain"), privateKey: text("ecKey") });
    await expectSession({ certificate: bytes("ec"), privateKey: bytes("ecKey"), intermediates: bytes("intermediate") });
    await expectSession({ certificate: () => text("ecChain"), privateKey: async () => bytes("ecKey") });
    await expectSession({ certificate: new Uint8Array(bytes("ecChain")), privateKey: () => text("ecKey") });
    await expectSession({ certificate: text("ecChain") + text("ecKey") });
    await expectSession({ certificate: join(emulator.folder, fileNames.ecChain), privateKey: text("ecKey") });
  });

  test("may stand on one line, as secret stores keep them", async () => {
    const flat = (pem: string) => pem.replaceAll("\n", String.raw`\n`);
    await expectSession({ certificate: flat(text("ecChain")), privateKey: () => flat(text("ecKey")) });
  });

  test("are asked for again at each renewal", async () => {
    const asked: string[] = [];
    const provider = fromRolesAnywhere(
      optionsOf({
        certificate: () => (asked.push("certificate"), text("ecChain")),
        privateKey: () => (asked.push("key"), text("ecEncryptedKey")),
        pkcs8Password: async () => (asked.push("password"), text("password").trim()),
      }),
    );
    expect(asked).toEqual([]);
    await provider();
    await provider();
    expect(asked).toEqual(["certificate", "key", "password"]);
    await provider({ forceRefresh: true });
    expect(asked).toHaveLength(6);
  });

  test("that were replaced count at the next renewal", async () => {
    const path = join(createScratch("renewed"), "client.pem");
    const issue = (serial: bigint) => {
      const issued = issueCertificate(keyOf("ec-p256", "renewed"), { serial }, emulator.intermediate);
      writeFileSync(path, issued.pem + emulator.intermediate.pem + issued.key.privateKeyPem);
    };
    const arns: string[] = [];
    issue(0x1111n);
    const provider = fromRolesAnywhere(optionsOf({ certificate: path }));
    const ask = async (forceRefresh: boolean) => void arns.push((await provider({ forceRefresh })).sessionToken);
    await ask(false);
    issue(0x2222n);
    await ask(false);
    await ask(true);
    expect(arns.map((token) => /\/Demo\/(\w+)/.exec(Buffer.from(token.slice(44), "base64").toString())?.[1])).toEqual([
      "1111",
      "1111",
      "2222",
    ]);
  });

  test("with an encrypted key take the password as text, function or file", async () => {
    const identity = { certificate: text("ecChain"), privateKey: text("ecEncryptedKey") };
    const password = text("password").trim();
    await expectSession({ ...identity, pkcs8Password: password });
    await expectSession({ ...identity, pkcs8Password: () => password });
    await expectSession({ ...identity, passwordFile: join(emulator.folder, fileNames.password) });
    expect(await refusalOf({ ...identity, pkcs8Password: "wrong" })).toMatchObject({ code: "ERR_PASSWORD" });
    const missing = await refusalOf(identity);
    expect(missing).toMatchObject({ code: "ERR_PASSWORD" });
    expect(missing.hints.join("\n")).not.toMatch(/--|ROLESANYWHERE_TS/);
  });

  test("come from a folder by selector", async () => {
    const folder = createScratch("store");
    for (const name of ["one", "two"]) {
      const issued = issueCertificate(keyOf("ec-p256", name), { subject: [["CN", name]] }, emulator.intermediate);
      writeFileSync(join(folder, `${name}.pem`), issued.pem + emulator.intermediate.pem + issued.key.privateKeyPem);
    }
    const session = await createSession(optionsOf({ certStore: folder, certSelector: "Key=x509Subject,Value=CN=two" }));
    expect(session.sourceIdentity).toBe("CN=two");
  });
});

describe("what is wrong with them", () => {
  test("is told in the words of options, without the key", async () => {
    const key = text("ecKey");
    const cases: readonly (readonly [IdentityOptions, string, string])[] = [
      [
        { certificate: text("ecChain"), privateKey: text("rsaKey") },
        "ERR_KEY_MISMATCH",
        'private key "(in memory)" (privateKey) does not belong to certificate "(in memory)" (certificate)',
      ],
      [
        { certificate: key, privateKey: key },
        "ERR_CERTIFICATE",
        '"(in memory)" (certificate) holds a private key, expected a PEM certificate',
      ],
      [{ privateKey: key }, "ERR_SETTING", "a private key is given, but certificate is missing"],
      [
        { certificate: text("ec"), privateKey: key.replaceAll(/-----.*-----/g, "") },
        "ERR_SETTING",
        "privateKey has several lines and no PEM block in them, expected a path or PEM text",
      ],
      [
        { certificate: text("ec"), privateKey: () => undefined as unknown as string },
        "ERR_SETTING",
        "what privateKey gave is undefined, expected PEM text or bytes",
      ],
      [
        { certificate: text("ec"), privateKey: key, pkcs8Password: () => 5 as unknown as string },
        "ERR_SETTING",
        "what pkcs8Password gave is of type number, expected a string",
      ],
    ];
    const secret = key.split("\n")[1] ?? "";
    for (const [identity, code, message] of cases) {
      const refusal = await refusalOf(identity);
      expect(refusal).toMatchObject({ code, message });
      expect(refusal).toBeInstanceOf(code === "ERR_SETTING" ? UsageError : IdentityError);
      expect(`${refusal.message} ${refusal.hints.join(" ")} ${refusal.stack ?? ""}`).not.toContain(secret);
    }
  });

  test("is a fault of the caller's own function when that throws", async () => {
    const fault = new Error("the vault is sealed");
    const provider = fromRolesAnywhere(optionsOf({ certificate: () => Promise.reject(fault) }));
    await expect(provider()).rejects.toBe(fault);
  });
});

const hasOpenssl = requireTools("PKCS#12 in memory", "openssl");
test.skipIf(!hasOpenssl)("a PKCS#12 file is taken as bytes, with its password", async () => {
  const folder = emulator.folder;
  const words = ["-inkey", fileNames.rsaKey, "-in", fileNames.rsa, "-certfile", fileNames.intermediate];
  const certificate = openssl(folder, "pkcs12", "-export", ...words, "-passout", "pass:open sesame");
  await expectSession({ certificate, pkcs12Password: "open sesame" });
  await expectSession({ certificate: () => certificate, pkcs12Password: () => Promise.resolve("open sesame") });
  const refusal = await refusalOf({ certificate, pkcs12Password: "wrong" });
  expect(refusal).toMatchObject({ code: "ERR_PASSWORD" });
  expect(refusal.message).toContain('PKCS#12 file "(in memory)" (certificate)');
});

const hasToken =
  requireTools("a PKCS#11 token through the library", "softhsm2-util", "pkcs11-tool", "pkcs11js") &&
  softHsmLibrary !== undefined;
test.skipIf(!hasToken)("a key on a PKCS#11 token takes its PIN from a function", async () => {
  const token = createSoftToken("library");
  token.importKey(join(emulator.folder, fileNames.ecKey), "client", "01");
  process.env["SOFTHSM2_CONF"] = token.environment["SOFTHSM2_CONF"];
  await expectSession({
    certificate: text("ecChain"),
    privateKey: "pkcs11:token=library;object=client",
    pkcs11Lib: softHsmLibrary,
    pkcs11Pin: () => pin,
  });
});

test("bytes of the caller are read, never changed", async () => {
  const [certificate, privateKey] = [bytes("ecChain"), bytes("ecKey")];
  await fromRolesAnywhere(libraryOptions(emulator, { certificate, privateKey }))();
  expect([certificate, privateKey]).toEqual([bytes("ecChain"), bytes("ecKey")]);
});
