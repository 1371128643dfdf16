import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readCertificate } from "../../src/identity/certificate/read.js";
import { readDeviceLeaf } from "../../src/identity/device-leaf.js";
import { loadIdentity, loadUncheckedIdentity } from "../../src/identity/load-identity.js";
import { loadSigner } from "../../src/identity/load-signer.js";
import type { IdentityContext } from "../../src/identity/source.js";
import { publicAreaOf, startFakeTpm, tpm2b } from "../support/fake-tpm.js";
import { encodeElement, encodeOid, tags } from "../../src/identity/asn1/der.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { openssl } from "../support/openssl.js";
import { createPki, formatPem, issueCertificate, keyOf } from "../support/pki.js";
import type { KeyKind } from "../support/pki.js";
import { refusalOf } from "../support/refusal.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const folder = createScratch("key-files");
const at = (name: string) => join(folder, name);
const pki = createPki();
const message = Buffer.from("message");
const password = "pässword €";
const kinds: readonly KeyKind[] = ["rsa-2048", "ec-p256", "ec-p384", "ec-p521"];

type Flags = Readonly<Record<string, string | boolean>>;
const load = (flags: Flags, more: Partial<IdentityContext> = {}) =>
  loadUncheckedIdentity(identitySource(flags), identityContext(more));

/** A key under a certificate below the intermediate, as files of many forms. */
function writePair(kind: KeyKind) {
  const key = keyOf(kind);
  const leaf = issueCertificate(key, { subject: [["CN", kind]] }, pki.intermediate);
  const privateKey = createPrivateKey(key.privateKeyPem);
  const encrypted = { cipher: "aes-256-cbc", passphrase: password } as const;
  const traditional = kind === "rsa-2048" ? "pkcs1" : "sec1";
  const forms = {
    pkcs8: privateKey.export({ format: "pem", type: "pkcs8" }),
    traditional: privateKey.export({ format: "pem", type: traditional }),
    "encrypted PKCS#8": privateKey.export({ format: "pem", type: "pkcs8", ...encrypted }),
    "encrypted by OpenSSL of old": privateKey.export({ format: "pem", type: traditional, ...encrypted }),
  } as const;
  return { key, leaf, forms };
}

async function expectSignature(identity: { sign: (message: Uint8Array) => Promise<Uint8Array> }, kind: KeyKind) {
  const signature = await identity.sign(message);
  expect(verify("sha256", message, createPublicKey(keyOf(kind).privateKeyPem), signature)).toBe(true);
}

describe.each(kinds)("%s in a file", (kind) => {
  const { leaf, forms } = writePair(kind);
  beforeAll(() => {
    writeFileSync(at(`${kind}.crt`), leaf.pem);
    writeFileSync(at(`${kind}.chain`), pki.root.pem + pki.intermediate.pem);
    writeFileSync(at("password"), `\uFEFF${password}\r\nsecond line\n`);
    for (const [form, text] of Object.entries(forms)) writeFileSync(at(`${kind}.${form}`), text);
  });

  it.each(["pkcs8", "traditional"] as const)("signs, plain as %s, beside its certificate or with it", async (form) => {
    const identity = await load({
      certificate: at(`${kind}.crt`),
      "private-key": at(`${kind}.${form}`),
      intermediates: at(`${kind}.chain`),
    });
    await expectSignature(identity, kind);
    expect(identity.algorithm).toBe(kind === "rsa-2048" ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256");
    expect([identity.leaf.der, ...identity.chain.map(({ der }) => der)]).toEqual([leaf.der, pki.intermediate.der]);
    expect(identity.keyMaterial).toEqual({
      secret: Buffer.from(forms[form]),
      files: [at(`${kind}.${form}`), at(`${kind}.crt`), at(`${kind}.chain`)],
    });
    const variables = { ALL: `${pki.intermediate.pem}${String(forms[form])}${leaf.pem}` };
    const together = await load({ certificate: "env:ALL" }, { variables });
    await expectSignature(together, kind);
    expect(Buffer.from(together.leaf.der).equals(leaf.der)).toBe(true);
    expect(together.keyMaterial).toEqual({ secret: Buffer.from(variables.ALL), files: undefined });
  });

  it.each(["encrypted PKCS#8", "encrypted by OpenSSL of old"] as const)(
    "signs, %s, with its password",
    async (form) => {
      const flags = { certificate: at(`${kind}.crt`), "private-key": at(`${kind}.${form}`) };
      const identity = await load({ ...flags, "pkcs8-password": password });
      await expectSignature(identity, kind);
      expect(identity.keyMaterial?.files).toBeUndefined();
      await expectSignature(await load({ ...flags, "password-file": at("password") }), kind);
      const asked: string[] = [];
      const prompt = async (question: string) => (asked.push(question), password);
      await expectSignature(await load(flags, { prompt }), kind);
      expect(asked).toEqual([`Password of private key "${at(`${kind}.${form}`)}" (--private-key): `]);
      expect(await refusalOf(load({ ...flags, "pkcs8-password": "wrong" }))).toMatchObject({ code: "ERR_PASSWORD" });
      const missing = await refusalOf(load(flags));
      expect(missing).toMatchObject({
        code: "ERR_PASSWORD",
        message: "the private key is encrypted and no password is given",
      });
      expect(missing.hints.join()).toContain("--password-file");
    },
  );

  it("says that a password is not needed", async () => {
    const context = identityContext();
    const flags = { certificate: at(`${kind}.crt`), "private-key": at(`${kind}.pkcs8`), "pkcs8-password": "x" };
    await loadUncheckedIdentity(identitySource(flags), context);
    expect(context.lines).toContain("--pkcs8-password is not needed: the private key is not encrypted");
  });
});

describe("a file that holds no usable private key", () => {
  const { leaf, forms } = writePair("ec-p256");
  const damaged = (label: string) => formatPem(label, Buffer.from("nothing of this decodes as a key at all"));
  const encrypted = String(forms["encrypted PKCS#8"]);
  const keyless = "expected a PEM private key";

  it.each<[string, string | Buffer, string, string]>([
    ["is empty", "", `is empty, ${keyless}`, "write the private key into it"],
    ["is a certificate", leaf.pem, `holds a certificate but no private key, ${keyless}`, "the key to --private-key"],
    ["is a public key", damaged("PUBLIC KEY"), `holds a PUBLIC KEY block, ${keyless}`, "name the file with"],
    ["is OpenSSH's", damaged("OPENSSH PRIVATE KEY"), "holds a key in OpenSSH's own format", "ssh-keygen -p -m PKCS8"],
    ["is binary", Buffer.concat([Buffer.from("30820100", "hex"), Buffer.alloc(64)]), "is binary", "-inform der"],
    ["is nearly binary", Buffer.from(`3082${"00".repeat(14)}`, "hex"), "has no PEM block", "BEGIN PRIVATE KEY"],
    ["is text", "hello", `has no PEM block, ${keyless}`, "-----BEGIN PRIVATE KEY-----"],
    ["is UTF-16", Buffer.from("\uFEFFhello", "utf16le"), "is UTF-16 text, expected ASCII or UTF-8", "as UTF-8"],
    ["is UTF-32", Buffer.from("fffe000068000000", "hex"), "is UTF-32 text, expected ASCII or UTF-8", "as UTF-8"],
    ["is UTF-16 backwards", Buffer.from("\uFEFFhello", "utf16le").swap16(), "is UTF-16 text", "as UTF-8"],
    ["is UTF-16 by half", Buffer.from("ff41feff", "hex"), "has no PEM block", "BEGIN PRIVATE KEY"],
    ["is damaged", damaged("PRIVATE KEY"), "cannot be read: truncated", ""],
    ["is damaged SEC1", damaged("EC PRIVATE KEY"), "of a type or under a cipher", "openssl pkcs8 -topk8"],
  ])("%s", async (_, content, text, hint) => {
    writeFileSync(at("bad.crt"), leaf.pem);
    writeFileSync(at("bad.key"), content);
    const refusal = await refusalOf(load({ certificate: at("bad.crt"), "private-key": at("bad.key") }));
    expect(refusal.code).toBe("ERR_KEY");
    expect(refusal.message).toContain(text);
    expect(refusal.message).toContain(`"${at("bad.key")}" (--private-key)`);
    expect(refusal.hints.join("\n")).toContain(hint);
  });

  it("is damaged below its password", async () => {
    writeFileSync(at("bad.crt"), leaf.pem);
    writeFileSync(at("bad.key"), encrypted.replace(/\n.{20}/, "\n"));
    const flags = { certificate: at("bad.crt"), "private-key": at("bad.key"), "pkcs8-password": password };
    expect(["ERR_KEY", "ERR_PASSWORD"]).toContain((await refusalOf(load(flags))).code);
  });

  it("is the certificate's own without a key", async () => {
    writeFileSync(at("bad.crt"), leaf.pem);
    const { hints } = await refusalOf(load({ certificate: at("bad.crt") }));
    expect(hints).toEqual(["name the key's file with --private-key"]);
  });
});

describe("a file that holds no usable certificate", () => {
  const { key, leaf, forms } = writePair("ec-p256");
  const block = (label: string) => formatPem(label, Buffer.from("not a certificate"));

  it.each<[string, string | Buffer, string, string]>([
    ["is empty", "", "is empty, expected a PEM certificate", "write the certificate into it"],
    ["is a key", String(forms.pkcs8), "holds a private key", "the certificate to --certificate"],
    ["is a request", block("CERTIFICATE REQUEST"), "holds a certificate request", "have it signed"],
    ["is a request of old", block("NEW CERTIFICATE REQUEST"), "holds a certificate request", "have it signed"],
    ["is a CRL", block("X509 CRL"), "holds a certificate revocation list", "name the file with a CERTIFICATE block"],
    ["is binary", leaf.der, "is binary", "-inform der"],
    ["is text", "hello", "has no PEM block", "-----BEGIN CERTIFICATE-----"],
    ["is UTF-16", Buffer.from("\uFEFFhello", "utf16le"), "is UTF-16 text", "UTF-8"],
    ["is damaged", block("CERTIFICATE"), "is damaged: its PEM block does not decode", "openssl x509"],
  ])("%s", async (_, content, text, hint) => {
    writeFileSync(at("no.crt"), content);
    writeFileSync(at("no.key"), key.privateKeyPem);
    const refusal = await refusalOf(load({ certificate: at("no.crt"), "private-key": at("no.key") }));
    expect(refusal.code).toBe("ERR_CERTIFICATE");
    expect(refusal.message).toContain(text);
    expect(refusal.message).toContain(`"${at("no.crt")}" (--certificate)`);
    expect(refusal.hints.join("\n")).toContain(hint);
  });

  it.each(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"])(
    "is one under the name %s all the same",
    async (label) => {
      writeFileSync(at("old.crt"), formatPem(label, leaf.der));
      writeFileSync(at("old.key"), key.privateKeyPem);
      const flags = { certificate: at("old.crt"), "private-key": at("old.key"), intermediates: at("old.crt") };
      expect((await load(flags)).leaf.der).toEqual(leaf.der);
    },
  );

  it("holds a key where intermediates are expected", async () => {
    writeFileSync(at("mix.pem"), pki.intermediate.pem + String(forms.pkcs8));
    writeFileSync(at("ok.crt"), leaf.pem);
    writeFileSync(at("ok.key"), key.privateKeyPem);
    const flags = { certificate: at("ok.crt"), "private-key": at("ok.key"), intermediates: at("mix.pem") };
    expect(await refusalOf(load(flags))).toMatchObject({
      code: "ERR_CHAIN",
      message: `intermediates file "${at("mix.pem")}" (--intermediates) holds a PRIVATE KEY block, expected certificates only`,
    });
  });

  it("belongs to another key", async () => {
    writeFileSync(at("ok.crt"), leaf.pem);
    writeFileSync(at("other.key"), keyOf("ec-p384").privateKeyPem);
    const refusal = await refusalOf(load({ certificate: at("ok.crt"), "private-key": at("other.key") }));
    expect(refusal.code).toBe("ERR_KEY_MISMATCH");
    expect(refusal.message).toBe(
      `private key "${at("other.key")}" (--private-key) does not belong to certificate "${at("ok.crt")}" (--certificate)`,
    );
    writeFileSync(at("both.pem"), leaf.pem + keyOf("ec-p384").privateKeyPem);
    const inOne = await refusalOf(load({ certificate: at("both.pem") }));
    expect(inOne.message).toContain("do not belong together");
  });
});

describe("a file that cannot be read", () => {
  it.each([
    ["/nowhere/client.pem", "no such file", "check the path; a relative path begins at"],
    ["/dev/null/client.pem", "no such file", "check the path"],
    [folder, "it is a directory", "check the path"],
    ['"/nowhere/client.pem"', "no such file", "the quotation marks became part of the path"],
    ["'/nowhere/client.pem'", "no such file", "the quotation marks became part of the path"],
    ["/nowhere/client.pem ", "no such file", "begins or ends with white space"],
    ["/nowhere/$HOME/client.pem", "no such file", "variables in paths are not expanded"],
  ])("%s", async (path, reason, hint) => {
    const refusal = await refusalOf(load({ certificate: path, "private-key": path }));
    expect(refusal.code).toBe("ERR_CERTIFICATE");
    expect(refusal.message).toBe(`cannot read certificate file "${path}" (--certificate): ${reason}`);
    expect(refusal.hints.join()).toContain(hint);
  });

  it("is told as a key's when it is one", async () => {
    writeFileSync(at("c.crt"), writePair("ec-p256").leaf.pem);
    symlinkSync("loop", at("loop"));
    const refusal = await refusalOf(load({ certificate: at("c.crt"), "private-key": at("loop") }));
    expect(refusal).toMatchObject({ code: "ERR_KEY", message: expect.stringContaining("too many symbolic links") });
  });

  it("is told by what it should be", async () => {
    writeFileSync(at("c.crt"), writePair("ec-p256").leaf.pem);
    writeFileSync(at("c.key"), keyOf("ec-p256").privateKeyPem);
    const pair = { certificate: at("c.crt"), "private-key": at("c.key") };
    const key = await refusalOf(load({ ...pair, "private-key": "/nowhere/k" }));
    expect(key.message).toContain("cannot read private key file");
    const intermediates = await refusalOf(load({ ...pair, intermediates: "/nowhere/i" }));
    expect(intermediates.message).toContain('cannot read certificate file "/nowhere/i" (--intermediates)');
  });

  it("is a device's where only a file will do", async () => {
    writeFileSync(at("c.crt"), writePair("ec-p256").leaf.pem);
    writeFileSync(at("c.key"), keyOf("ec-p256").privateKeyPem);
    const pair = { certificate: at("c.crt"), "private-key": at("c.key") };
    expect(await refusalOf(load({ ...pair, intermediates: "pkcs11:object=x" }))).toMatchObject({
      code: "ERR_SETTING",
      message: "--intermediates names a key in a device or an agent, expected a certificate file",
      hints: [
        "--certificate takes pkcs11: URIs and spiffe:, --private-key takes pkcs11: URIs and handle:, --intermediates only files",
      ],
    });
  });

  it("has more than a MiB", async () => {
    for (const [size, text] of [
      [1024 * 1024, "has no PEM block"],
      [1024 * 1024 + 1, "has 1048577 bytes, expected at most 1048576"],
    ] as const) {
      writeFileSync(at("large.pem"), "");
      truncateSync(at("large.pem"), size);
      expect((await refusalOf(load({ certificate: at("large.pem") }))).message).toContain(text);
    }
  });
});

describe("which sources make an identity", () => {
  it("is told when something is missing", async () => {
    const nothing = await refusalOf(load({}));
    expect(nothing).toMatchObject({ code: "ERR_SETTING", message: "neither --certificate nor --private-key is given" });
    const alone = await refusalOf(load({ "private-key": at("k.key") }));
    expect(alone).toMatchObject({
      code: "ERR_SETTING",
      message: "a private key is given, but --certificate is missing",
    });
    expect((await refusalOf(load({ "cert-selector": "Key=x509Subject,Value=CN=x" }))).code).toBe("ERR_NOT_AVAILABLE");
  });

  it("refuses what the service would refuse, unless it is only to be looked at", async () => {
    const expired = issueCertificate(keyOf("ec-p256"), { notAfter: new Date("2020-01-01T00:00:00Z") }, pki.root);
    const near = issueCertificate(
      keyOf("ec-p256"),
      { notBefore: new Date(0), notAfter: new Date(Date.now() + 86_400_000) },
      pki.root,
    );
    writeFileSync(at("k.key"), keyOf("ec-p256").privateKeyPem);
    writeFileSync(at("expired.crt"), expired.pem);
    writeFileSync(at("near.crt"), near.pem);
    const flags = { certificate: at("expired.crt"), "private-key": at("k.key") };
    const refusal = await refusalOf(loadIdentity(identitySource(flags), identityContext()));
    expect(refusal.code).toBe("ERR_CERTIFICATE_EXPIRED");
    expect(refusal.message).toContain(`certificate "${at("expired.crt")}" (--certificate) expired`);
    expect((await load(flags)).leaf.der).toEqual(expired.der);
    const context = identityContext();
    await loadIdentity(identitySource({ ...flags, certificate: at("near.crt") }), context);
    expect(context.lines.join("\n")).toMatch(/expires in 2[34] hours/);
  });

  it("is a signer without any certificate when a key alone is named", async () => {
    writeFileSync(at("k.key"), keyOf("ec-p256").privateKeyPem);
    writeFileSync(at("k.crt"), writePair("ec-p256").leaf.pem);
    for (const flags of [{ "private-key": at("k.key") }, { "private-key": at("k.key"), certificate: at("k.crt") }]) {
      const signer = await loadSigner(identitySource(flags), identityContext());
      await expectSignature(signer, "ec-p256");
      expect(Buffer.from(signer.publicKey ?? []).equals(keyOf("ec-p256").publicKeyInfo)).toBe(true);
    }
    const tpm = await startFakeTpm({ privateKeyPem: keyOf("ec-p256").privateKeyPem, message });
    try {
      const flags = { "private-key": "handle:0x81000101", "no-tpm-key-password": true };
      const signer = await loadSigner(
        identitySource(flags),
        identityContext({ variables: { TPM_DEVICE: tpm.device } }),
      );
      await expectSignature(signer, "ec-p256");
      await signer.close?.();
    } finally {
      tpm.stop();
    }
  });
});

describe("a key in a TPM beside a certificate in a file", () => {
  const { leaf, key } = writePair("ec-p256");
  const octets = (bytes: Uint8Array) => encodeElement(tags.octetString, bytes);
  const tss2 = encodeElement(
    tags.sequence,
    encodeOid("2.23.133.10.1.3"),
    encodeElement(0xa0, encodeElement(tags.boolean, Uint8Array.of(0xff))),
    encodeElement(tags.integer, Buffer.from("40000001", "hex")),
    octets(publicAreaOf(key.privateKeyPem)),
    octets(tpm2b(Buffer.from("sealed"))),
  );

  it("is an identity, whose device is let go of when the certificate is another's", async () => {
    const tpm = await startFakeTpm({ privateKeyPem: key.privateKeyPem, message });
    const more = { variables: { TPM_DEVICE: tpm.device } };
    try {
      writeFileSync(at("tpm.crt"), leaf.pem);
      writeFileSync(at("tpm.key"), formatPem("TSS2 PRIVATE KEY", Buffer.from(tss2)));
      writeFileSync(at("other.crt"), pki.leaf("ec-p384").pem);
      for (const privateKey of [at("tpm.key"), "handle:0x81000101"]) {
        const flags = { "private-key": privateKey, "no-tpm-key-password": true };
        const identity = await load({ ...flags, certificate: at("tpm.crt") }, more);
        await expectSignature(identity, "ec-p256");
        expect(identity.keyMaterial).toBeUndefined();
        await identity.close?.();
        const other = await refusalOf(load({ ...flags, certificate: at("other.crt") }, more));
        expect(other.code).toBe("ERR_KEY_MISMATCH");
        const source = identitySource({ ...flags, certificate: at("tpm.crt") });
        expect((await readDeviceLeaf(source, identityContext(more)))?.der).toEqual(leaf.der);
      }
      const flushed = tpm.commands.filter((command) => command.readUInt32BE(6) === 0x165);
      // Twice two handles for the good pair and for each of the two looks at the bad one.
      expect(flushed).toHaveLength(6);
    } finally {
      tpm.stop();
    }
  });

  it("is no device's when the key is in a file or no certificate is named", async () => {
    writeFileSync(at("d.crt"), leaf.pem);
    writeFileSync(at("d.key"), key.privateKeyPem);
    const files = identitySource({ certificate: at("d.crt"), "private-key": at("d.key") });
    expect(await readDeviceLeaf(files, identityContext())).toBeUndefined();
    const nameless = identitySource({ "private-key": "handle:0x81000101" });
    expect(await readDeviceLeaf(nameless, identityContext())).toBeUndefined();
    const expired = issueCertificate(keyOf("ec-p256"), { notAfter: new Date("2020-01-01T00:00:00Z") }, pki.root);
    writeFileSync(at("d.crt"), expired.pem);
    const device = identitySource({ certificate: at("d.crt"), "private-key": "handle:0x81000101" });
    expect((await refusalOf(readDeviceLeaf(device, identityContext()))).code).toBe("ERR_CERTIFICATE_EXPIRED");
  });
});

describe.skipIf(!requireTools("identities out of PKCS#12 files", "openssl"))("a PKCS#12 file", () => {
  const { leaf, key } = writePair("ec-p256");
  const place = at("p12");
  const file = (name: string) => join(place, name);
  const write = (name: string, secret: string, ...words: readonly string[]) => {
    openssl(place, "pkcs12", "-export", "-out", name, "-passout", `pass:${secret}`, ...words);
    return file(name);
  };
  const pair = ["-inkey", "k.key", "-in", "k.crt", "-certfile", "chain.pem"];
  beforeAll(() => {
    mkdirSync(place);
    writeFileSync(file("k.key"), key.privateKeyPem);
    writeFileSync(file("k.crt"), leaf.pem);
    writeFileSync(file("chain.pem"), pki.intermediate.pem + pki.root.pem);
    writeFileSync(file("other.crt"), pki.leaf("ec-p384").pem);
    writeFileSync(file("password"), "secret\n");
  });

  it("is key, certificate and chain in one", async () => {
    const identity = await load({ certificate: write("plain.p12", "", ...pair) });
    await expectSignature(identity, "ec-p256");
    expect([identity.leaf, ...identity.chain].map(({ der }) => Buffer.from(der))).toEqual([
      leaf.der,
      pki.intermediate.der,
    ]);
  });

  it("takes its password from wherever it comes, and asks for it last", async () => {
    const certificate = write("locked.p12", "secret", ...pair);
    await expectSignature(await load({ certificate, "pkcs12-password": "secret" }), "ec-p256");
    await expectSignature(await load({ certificate, "password-file": file("password") }), "ec-p256");
    const asked: string[] = [];
    const prompt = async (question: string) => (asked.push(question), "secret");
    await expectSignature(await load({ certificate }, { prompt }), "ec-p256");
    expect(asked).toEqual([`Password of PKCS#12 file "${certificate}" (--certificate): `]);
    const missing = await refusalOf(load({ certificate }));
    expect(missing.code).toBe("ERR_PASSWORD");
    expect(missing.message).toContain("needs a password and none is given");
    expect(missing.hints.join()).toContain("ROLESANYWHERE_TS_PKCS12_PASSWORD");
    expect((await refusalOf(load({ certificate, "pkcs12-password": "no" }))).code).toBe("ERR_PASSWORD");
    const leafAlone = identitySource({ certificate, "pkcs12-password": "secret" });
    const read = await readCertificate(leafAlone.certificate!, leafAlone, identityContext());
    expect(Buffer.from(read.der).equals(leaf.der)).toBe(true);
  });

  it("is refused without key, without certificate, or with those of others", async () => {
    const keyless = await refusalOf(load({ certificate: write("nokey.p12", "", "-nokeys", "-in", "k.crt") }));
    expect(keyless).toMatchObject({ code: "ERR_KEY", message: expect.stringContaining("holds no private key") });
    const bare = await refusalOf(load({ certificate: write("nocert.p12", "", "-nocerts", "-inkey", "k.key") }));
    expect(bare).toMatchObject({ code: "ERR_CERTIFICATE", message: expect.stringContaining("holds no certificate") });
  });

  it("is no PKCS#12 file when it is only binary", async () => {
    writeFileSync(file("der.p12"), leaf.der);
    const refusal = await refusalOf(load({ certificate: file("der.p12") }));
    expect(refusal).toMatchObject({ code: "ERR_CERTIFICATE", message: expect.stringContaining("is binary") });
    const source = identitySource({ certificate: file("k.crt") });
    expect(Buffer.from((await readCertificate(source.certificate!, source, identityContext())).der)).toEqual(leaf.der);
  });
});
