import { createHash, createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatMldsaPublicKey } from "../../src/identity/mldsa/key.js";
import { mldsaPkcs8 } from "../support/mldsa-key.js";
import { createPki, formatPem, issueCertificate } from "../support/pki.js";
import type { KeyKind } from "../support/pki.js";
import { openssl } from "../support/openssl.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { createSoftToken, pin, softHsmLibrary } from "../support/soft-token.js";
import { startSwtpm, stopSwtpms } from "../support/swtpm.js";
import { requireTools } from "../support/tools.js";

const folder = createScratch("diagnostics");
const at = (name: string) => join(folder, name);
const pki = createPki();
const seed = new Uint8Array(32).fill(3);
const { publicKey: mldsaPublic } = ml_dsa65.keygen(seed);
const mldsaSpki = Buffer.from(formatMldsaPublicKey("ML-DSA-65", mldsaPublic));

/** What the official helper signs, written down a second time. */
function testMessage(spki: Buffer): Buffer {
  const head = Buffer.from("AWS Roles Anywhere Credential Helper Signing Test1");
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  const { x, y } = key.export({ format: "jwk" });
  const bytes =
    key.asymmetricKeyType === "rsa"
      ? key.export({ format: "der", type: "pkcs1" })
      : Buffer.concat([Buffer.of(4), Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
  return Buffer.concat([head, createHash("sha256").update("IAM RA").update(bytes).digest()]);
}

const kinds: readonly KeyKind[] = ["rsa-2048", "ec-p256", "ec-p384", "ec-p521"];
const leaves = new Map(
  kinds.map((kind) => [
    kind,
    pki.leaf(kind, {
      subject: [
        ["C", "US"],
        ["CN", kind],
      ],
      serial: 0xabc123n,
    }),
  ]),
);

afterAll(stopSwtpms);
beforeAll(() => {
  for (const [kind, leaf] of leaves) {
    writeFileSync(at(`${kind}.crt`), leaf.pem);
    writeFileSync(at(`${kind}.key`), leaf.key.privateKeyPem);
  }
  const absent = () => {
    throw new Error("not needed");
  };
  const key = { publicKeyInfo: mldsaSpki, privateKeyPem: "", algorithmIdentifier: absent, sign: absent };
  writeFileSync(at("mldsa.crt"), issueCertificate(key, { serial: 5n }, pki.root).pem);
  writeFileSync(at("mldsa.key"), formatPem("PRIVATE KEY", Buffer.from(mldsaPkcs8("ML-DSA-65", "both", seed))));
});

async function output(...words: readonly string[]): Promise<Buffer> {
  const { stdoutBytes, stderr, status } = await runCli(words);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdoutBytes;
}

describe("sign-string", () => {
  it.each(kinds)("signs the official bytes with %s, in every form and hash", async (kind) => {
    const { key } = leaves.get(kind)!;
    const message = testMessage(key.publicKeyInfo);
    const words = ["sign-string", "--private-key", at(`${kind}.key`)];
    const forms = {
      json: (await output(...words)).toString().replace(/^"([0-9a-f]+)"$/, "$1"),
      text: (await output(...words, "--format", "text", "--certificate", at(`${kind}.crt`))).toString(),
      bin: (await output(...words, "--format", "bin")).toString("hex"),
    };
    const spki = createPublicKey({ key: key.publicKeyInfo, format: "der", type: "spki" });
    for (const hex of Object.values(forms)) {
      expect(hex).toMatch(/^[0-9a-f]+$/);
      expect(verify("sha256", message, spki, Buffer.from(hex, "hex"))).toBe(true);
    }
    for (const digest of ["SHA384", "SHA512"]) {
      const signature = await output(...words, "--format", "bin", "--digest", digest);
      expect(verify(digest, message, spki, signature)).toBe(true);
    }
  });

  it("gives the official bytes where the signature is fixed", async () => {
    const key = createPrivateKey(leaves.get("rsa-2048")!.key.privateKeyPem);
    const expected = sign("sha256", testMessage(leaves.get("rsa-2048")!.key.publicKeyInfo), key).toString("hex");
    expect((await output("sign-string", "--private-key", at("rsa-2048.key"))).toString()).toBe(`"${expected}"`);
    const message = Buffer.from("AWS Roles Anywhere Credential Helper Signing Test1");
    const signature = ml_dsa65.sign(message, ml_dsa65.keygen(seed).secretKey, { extraEntropy: false });
    const words = ["sign-string", "--private-key", at("mldsa.key"), "--format", "bin"];
    expect(await output(...words)).toEqual(Buffer.from(signature));
    expect(await output(...words, "--certificate", at("mldsa.crt"), "--digest", "SHA512")).toEqual(
      Buffer.from(signature),
    );
  });

  it("refuses what it does not know", async () => {
    const { stdout, stderr, status } = await runCli([
      "sign-string",
      "--private-key",
      at("ec-p256.key"),
      "--format",
      "JSON",
    ]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain('invalid argument "JSON" for --format: expected one of json, text, bin');
    const conflict = await runCli(["sign-string", "--private-key", "x", "--cert-selector", "y"]);
    expect(conflict.stderr).toContain("--private-key and --cert-selector exclude each other");
  });

  it.skipIf(!requireTools("sign-string with a TPM", "swtpm", "tpm2_create", "tpm2-openssl"))(
    "signs with a key in a TPM",
    async () => {
      const tpm = await startSwtpm();
      const provider = ["-provider", "tpm2", "-provider", "default"];
      tpm.run("openssl", "genpkey", ...provider, "-algorithm", "RSA", "-pkeyopt", "bits:2048", "-out", at("tss.key"));
      const spki = tpm.run("openssl", "pkey", ...provider, "-in", at("tss.key"), "-pubout", "-outform", "DER");
      const words = ["sign-string", "--private-key", at("tss.key"), "--format", "bin", "--digest", "SHA384"];
      const { stdoutBytes } = await runCli(words, { env: { TPM_DEVICE: tpm.device } });
      await tpm.stop();
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      expect(verify("sha384", testMessage(spki), key, stdoutBytes)).toBe(true);
    },
  );
});

describe("read-certificate-data", () => {
  it.each([
    ["rsa-2048", "RSA", ["RSASHA256", "RSASHA384", "RSASHA512"]],
    ["ec-p256", "EC", ["ECSHA256", "ECSHA384", "ECSHA512"]],
    ["ec-p521", "EC", ["ECSHA256", "ECSHA384", "ECSHA512"]],
  ] as const)("prints %s as one line without its end", async (kind, keyType, algorithms) => {
    const expected =
      `{"keyType":"${keyType}","certificateData":"${leaves.get(kind)!.der.toString("base64")}",` +
      `"serialNumber":"11256099","supportedAlgorithms":${JSON.stringify(algorithms)}}`;
    expect((await output("read-certificate-data", "--certificate", at(`${kind}.crt`))).toString()).toBe(expected);
  });

  it("prints ML-DSA by its set", async () => {
    const text = (await output("read-certificate-data", "--certificate", at("mldsa.crt"))).toString();
    expect(text).toMatch(/^\{"keyType":"ML-DSA-65",.*"serialNumber":"5","supportedAlgorithms":\["ML-DSA-65"\]\}$/);
  });

  it("lists a folder in the official form", async () => {
    const store = join(folder, "certs");
    mkdirSync(store);
    for (const kind of kinds.slice(0, 2)) {
      const leaf = leaves.get(kind)!;
      writeFileSync(join(store, `${kind}.pem`), leaf.pem + leaf.key.privateKeyPem);
    }
    const entry = (index: number, kind: KeyKind) =>
      [
        `${index}) Hex Fingerprint: ${new X509Certificate(leaves.get(kind)!.der).fingerprint.replaceAll(":", "").toLowerCase()}`,
        `Subject: CN=${kind},C=US`,
        "Issuer: CN=Test Root",
        "Serial Number: ABC123",
        "",
        "",
      ].join("\n");
    const words = ["read-certificate-data", "--cert-store", store];
    expect((await output(...words)).toString()).toBe(
      `Matching identities\n${entry(1, "ec-p256")}${entry(2, "rsa-2048")}`,
    );
    const none = await output(...words, "--cert-selector", "Key=x509Subject,Value=CN=nobody");
    expect(none.toString()).toBe("No matching identities\n");
  });

  it.skipIf(!requireTools("certificates in PKCS#12 files", "openssl"))("reads a PKCS#12 file", async () => {
    const kind = "ec-p256";
    openssl(
      folder,
      "pkcs12",
      "-export",
      "-inkey",
      `${kind}.key`,
      "-in",
      `${kind}.crt`,
      "-out",
      "c.p12",
      "-passout",
      "pass:x",
    );
    const text = await output("read-certificate-data", "--certificate", at("c.p12"), "--pkcs12-password", "x");
    expect(text).toEqual(await output("read-certificate-data", "--certificate", at(`${kind}.crt`)));
  });

  const hasToken =
    requireTools("certificates on a token", "softhsm2-util", "pkcs11-tool", "pkcs11js") && softHsmLibrary !== undefined;
  it.skipIf(!hasToken)("lists a token with URIs that name each certificate", async () => {
    const token = createSoftToken("a; token");
    writeFileSync(join(token.folder, "c.der"), leaves.get("ec-p256")!.der);
    token.tool("--write-object", "c.der", "--type", "cert", "--label", "my label", "--id", "0a");
    const words = ["read-certificate-data", "--certificate", "pkcs11:", "--pkcs11-lib", softHsmLibrary ?? ""];
    const { stdout } = await runCli(words, { env: token.environment });
    expect(stdout).toMatch(
      /^Matching identities\n1\) Hex Fingerprint: [0-9a-f]{40}\nSubject: CN=ec-p256,C=US\nIssuer: CN=Test Root\n/,
    );
    const [, uri = ""] = /^URI: (pkcs11:token=a%3B%20token;.*id=%0A;object=my%20label;type=cert)$/m.exec(stdout) ?? [];
    const again = await runCli(["read-certificate-data", "--certificate", uri, ...words.slice(3)], {
      env: token.environment,
    });
    expect(again.stdout).toBe(stdout);
    const listed = async (more: string) => {
      const list = ["read-certificate-data", "--certificate", `pkcs11:${more}`, ...words.slice(3)];
      return (await runCli(list, { env: token.environment })).stdout;
    };
    expect(await listed("library-manufacturer=SoftHSM;library-version=2")).toBe(stdout);
    expect(await listed("library-manufacturer=Nobody")).toBe("No matching identities\n");
    expect(await listed("library-version=1")).toBe("No matching identities\n");
    token.importKey(at("ec-p256.key"), "k", "0a");
    const signed = await runCli(
      ["sign-string", "--certificate", uri, ...words.slice(3), "--pkcs11-pin", pin, "--format", "bin"],
      { env: token.environment },
    );
    const { publicKeyInfo } = leaves.get("ec-p256")!.key;
    const key = createPublicKey({ key: publicKeyInfo, format: "der", type: "spki" });
    expect(verify("sha256", testMessage(publicKeyInfo), key, signed.stdoutBytes)).toBe(true);
  });
});
