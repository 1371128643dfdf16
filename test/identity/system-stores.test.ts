import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadUncheckedIdentity } from "../../src/identity/load-identity.js";
import type { IdentityContext, IdentitySource } from "../../src/identity/source.js";
import { createPki } from "../support/pki.js";
import { openssl } from "../support/openssl.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition, requireTools } from "../support/tools.js";

const source: IdentitySource = {
  certificate: undefined,
  privateKey: undefined,
  intermediates: undefined,
  pkcs8Password: undefined,
  pkcs12Password: undefined,
  passwordFile: undefined,
  certSelector: { value: "Key=x509Subject,Value=CN=client", origin: { kind: "flag", setting: "cert-selector" } },
  certStore: undefined,
  systemStoreName: { value: "my", origin: { kind: "default" } },
  useLatestExpiringCertificate: { value: false, origin: { kind: "default" } },
  pkcs11Lib: undefined,
  pkcs11Pin: undefined,
  pkcs11PinFile: undefined,
  reusePin: { value: false, origin: { kind: "default" } },
  tpmKeyPassword: undefined,
  noTpmKeyPassword: { value: false, origin: { kind: "default" } },
};

/** A folder with a program of that name, written in JavaScript, that also notes its arguments. */
function fakeProgram(name: string, body: string): { folder: string; calls: () => readonly (readonly string[])[] } {
  const folder = createScratch(name);
  const file = join(folder, name);
  const notes = join(folder, "calls");
  writeFileSync(
    file,
    `#!${process.execPath}\nconst words = process.argv.slice(2); const fs = require("node:fs");\n` +
      `fs.appendFileSync(${JSON.stringify(notes)}, JSON.stringify(words) + "\\n");\n${body}\n`,
  );
  chmodSync(file, 0o755);
  return {
    folder,
    calls: () =>
      readFileSync(notes, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as string[]),
  };
}

function contextOf(platform: NodeJS.Platform, folder: string): IdentityContext {
  return {
    homeDirectory: undefined,
    variables: { PATH: `${folder}:${process.env["PATH"]}` },
    platform,
    descriptors: new Map(),
    prompt: undefined,
    debug: () => undefined,
    now: () => new Date(),
  };
}

const message = Buffer.from("message");
const pki = createPki();
const posix = requireCondition(
  "system certificate stores through fake programs",
  process.platform !== "win32",
  "a POSIX system",
);

describe.skipIf(!posix || !requireTools("the macOS keychain", "openssl"))(
  "the macOS keychain, through a fake security program",
  () => {
    it("selects by certificate, then exports the key", async () => {
      const leaf = pki.leaf("ec-p256", {}, pki.intermediate);
      const fingerprint = new X509Certificate(leaf.der).fingerprint.replaceAll(":", "");
      const folder = createScratch("identities");
      writeFileSync(join(folder, "key"), leaf.key.privateKeyPem);
      writeFileSync(join(folder, "crt"), leaf.pem);
      const { folder: bin, calls } = fakeProgram(
        "security",
        `const pem = ${JSON.stringify(pki.intermediate.pem + leaf.pem)};
       if (words[0] === "find-identity") console.log('  1) ${fingerprint} "client"\\n     1 valid identities found');
       if (words[0] === "find-certificate") process.stdout.write(pem);
       if (words[0] === "export") process.stdout.write(require("node:child_process").execFileSync("openssl",
         ["pkcs12", "-export", "-inkey", "key", "-in", "crt", "-passout", "pass:" + words[6]], { cwd: ${JSON.stringify(folder)} }));`,
      );
      const identity = await loadUncheckedIdentity(source, contextOf("darwin", bin));
      expect(identity.leaf.der).toEqual(leaf.der);
      expect(identity.chain.map(({ der }) => der)).toEqual([pki.intermediate.der]);
      const signature = await identity.sign(message);
      writeFileSync(join(folder, "sig"), signature);
      writeFileSync(join(folder, "message"), message);
      openssl(folder, "x509", "-in", "crt", "-pubkey", "-noout", "-out", "pub");
      expect(openssl(folder, "dgst", "-sha256", "-verify", "pub", "-signature", "sig", "message").toString()).toBe(
        "Verified OK\n",
      );
      expect(calls().map((words) => words.slice(0, 6))).toEqual([
        ["find-identity", "-v"],
        ["find-certificate", "-a", "-p"],
        ["export", "-t", "identities", "-f", "pkcs12", "-P"],
      ]);
    });

    it("passes on what the program says", async () => {
      const { folder } = fakeProgram(
        "security",
        'console.error("SecKeychainCopySearchList: locked"); process.exit(36);',
      );
      await expect(loadUncheckedIdentity(source, contextOf("darwin", folder))).rejects.toThrow(
        "security could not read the certificate store: SecKeychainCopySearchList: locked",
      );
    });
  },
);

describe.skipIf(!posix)("a Windows certificate store, through a fake PowerShell", () => {
  it.each(["rsa-2048", "ec-p256"] as const)("lists and signs where the key is (%s)", async (kind) => {
    const leaf = pki.leaf(kind);
    const { folder, calls } = fakeProgram(
      "powershell.exe",
      `const crypto = require("node:crypto");
       const script = Buffer.from(words.at(-1), "base64").toString("utf16le");
       if (process.env.ROLESANYWHERE_TS_STORE !== "MY" || process.env.PSModulePath !== undefined) process.exit(1);
       if (script.includes("Get-ChildItem")) console.log("True ${leaf.der.toString("base64")}\\r\\nFalse ${pki.root.der.toString("base64")}\\r");
       else {
         const key = crypto.createPrivateKey(${JSON.stringify(leaf.key.privateKeyPem)});
         const digest = Buffer.from(process.env.ROLESANYWHERE_TS_DIGEST, "base64");
         const info = Buffer.concat([Buffer.from("3031300d060960864801650304020105000420", "hex"), digest]);
         fs.writeFileSync(__dirname + "/digest", digest);
         const signature = key.asymmetricKeyType === "rsa"
           ? crypto.privateEncrypt({ key, padding: crypto.constants.RSA_PKCS1_PADDING }, info)
           : Buffer.alloc(64, 1);
         console.log(signature.toString("base64"));
       }`,
    );
    const context = contextOf("win32", folder);
    const variables = { ...context.variables, PSModulePath: "C:\\Program Files\\PowerShell\\7\\Modules" };
    const identity = await loadUncheckedIdentity(source, { ...context, variables });
    expect(identity.leaf.der).toEqual(leaf.der);
    const signature = await identity.sign(message);
    const expected =
      kind === "ec-p256"
        ? Buffer.from(`3044${`0220${"01".repeat(32)}`.repeat(2)}`, "hex")
        : sign("sha256", message, createPrivateKey(leaf.key.privateKeyPem));
    expect(Buffer.from(signature)).toEqual(expected);
    expect(calls().map((words) => words.slice(0, -1))).toEqual([
      ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand"],
      ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand"],
    ]);
    const scripts = calls().map((words) => Buffer.from(words.at(-1)!, "base64").toString("utf16le"));
    expect(scripts).toMatchInlineSnapshot(`
      [
        "
      $ErrorActionPreference = 'Stop'
      foreach ($place in "Cert:\\CurrentUser\\$env:ROLESANYWHERE_TS_STORE", 'Cert:\\CurrentUser\\CA') {
        foreach ($found in Get-ChildItem $place) { "$($found.HasPrivateKey) $([Convert]::ToBase64String($found.RawData))" }
      }",
        "
      $ErrorActionPreference = 'Stop'
      $found = Get-Item "Cert:\\CurrentUser\\$env:ROLESANYWHERE_TS_STORE\\$env:ROLESANYWHERE_TS_THUMBPRINT"
      $digest = [Convert]::FromBase64String($env:ROLESANYWHERE_TS_DIGEST)
      $rsa = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($found)
      if ($rsa) {
        $signature = $rsa.SignHash($digest, $env:ROLESANYWHERE_TS_HASH, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
      } else {
        $ec = [Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($found)
        $signature = $ec.SignHash($digest)
      }
      [Convert]::ToBase64String($signature)",
      ]
    `);
  });

  it("refuses a store name that could leave its place", async () => {
    const strange = {
      ...source,
      systemStoreName: { value: "MY\\..\\x", origin: { kind: "flag", setting: "system-store-name" } },
    } as const;
    await expect(loadUncheckedIdentity(strange, contextOf("win32", "/nowhere"))).rejects.toThrow(
      "is not the name of a certificate store",
    );
  });
});
