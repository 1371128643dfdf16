import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { formatGoName, parseNameText } from "../../src/identity/asn1/distinguished-name.js";
import { encodeElement, encodeOid, tags } from "../../src/identity/asn1/der.js";
import { certificateFromDer } from "../../src/identity/certificate/parsed.js";
import { parseCertificateNames } from "../../src/identity/certificate/names.js";
import { loadUncheckedIdentity } from "../../src/identity/load-identity.js";
import type { IdentityContext } from "../../src/identity/source.js";
import { openCertificateStore } from "../../src/identity/store/open.js";
import { matchEntries, selectEntry } from "../../src/identity/store/matching.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { openssl } from "../support/openssl.js";
import { createPki, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec } from "../support/pki.js";
import { refusalOf } from "../support/refusal.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const pki = createPki();
const message = Buffer.from("message");
const issue = (which: string, spec: CertificateSpec = {}) =>
  issueCertificate(keyOf("ec-p256", which), { subject: [["CN", which]], ...spec }, pki.intermediate);

type Flags = Readonly<Record<string, string | boolean>>;
const load = (folder: string, flags: Flags = {}, more: Partial<IdentityContext> = {}) =>
  loadUncheckedIdentity(identitySource({ "cert-store": folder, ...flags }), identityContext(more));
const nameOf = async (identity: ReturnType<typeof load>) => (await identity).leaf.x509.subject;

describe("a folder as a certificate store", () => {
  const folder = createScratch("store");
  const put = (name: string, ...texts: readonly (string | Buffer)[]) =>
    writeFileSync(join(folder, name), Buffer.concat(texts.map((text) => Buffer.from(text))));

  beforeAll(() => {
    const [one, two, locked] = [issue("one"), issue("two", { serial: 0x12n }), issue("locked", { serial: 12n })];
    const encrypted = createPrivateKey(locked.key.privateKeyPem).export({
      format: "pem",
      type: "pkcs8",
      cipher: "aes-256-cbc",
      passphrase: "secret",
    });
    put("one.pem", one.pem, one.key.privateKeyPem);
    put("two.CRT", two.pem);
    put("other name.key", two.key.privateKeyPem);
    put("locked.cer", locked.pem);
    put("locked.key", encrypted);
    put("chain.cert", pki.intermediate.pem, pki.root.pem);
    put("issuer.key", keyOf("ec-p256", "intermediate").privateKeyPem);
    put("keyless.crt", issue("keyless").pem);
    put("notes.txt", issue("notes").pem, keyOf("ec-p256", "notes").privateKeyPem);
    put("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    put("damaged.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    mkdirSync(join(folder, "folder.pem"));
    symlinkSync("nowhere", join(folder, "broken.pem"));
    put("large.pem", issue("large").pem, keyOf("ec-p256", "large").privateKeyPem);
    truncateSync(join(folder, "large.pem"), 1024 * 1024 + 1);
  });

  it("offers the certificates that have a key, with everything else for the chain", async () => {
    const context = identityContext();
    const store = await openCertificateStore(identitySource({ "cert-store": folder }), context);
    const entries = await store.list();
    expect(store.name).toBe(`folder "${folder}"`);
    expect(entries.map(({ certificate }) => certificate.x509.subject)).toEqual(["CN=locked", "CN=one", "CN=two"]);
    expect(context.lines.join("\n")).toContain(
      `store: skipped a damaged certificate in ${join(folder, "damaged.pem")}`,
    );
    expect(context.lines.join("\n")).toContain(`store: skipped the key in ${join(folder, "damaged.key")}`);
    const identity = await load(folder, { "cert-selector": "Key=x509Subject,Value=CN=two" });
    expect(identity.chain.map(({ der }) => Buffer.from(der))).toEqual([pki.intermediate.der]);
    const signature = await identity.sign(message);
    expect(verify("sha256", message, createPublicKey(keyOf("ec-p256", "two").privateKeyPem), signature)).toBe(true);
  });

  it("takes a file of a MiB", async () => {
    const other = createScratch("store");
    const { pem, key } = issue("whole");
    writeFileSync(join(other, "whole.pem"), `${pem}${key.privateKeyPem}`.padEnd(1024 * 1024, "\n"));
    expect(await nameOf(load(other))).toBe("CN=whole");
  });

  it("opens a locked key for the certificate beside it alone, and when it is chosen", async () => {
    const selector = { "cert-selector": "Key=x509Subject,Value=CN=locked" };
    expect((await refusalOf(load(folder, selector))).code).toBe("ERR_PASSWORD");
    expect(await nameOf(load(folder, { ...selector, "pkcs8-password": "secret" }))).toBe("CN=locked");
    const apart = createScratch("store");
    writeFileSync(join(apart, "a.crt"), issue("locked").pem);
    const refusal = await refusalOf(load(apart, selector));
    expect(refusal.message).toContain(`no matching certificate with a private key in folder "${apart}", of 0 there`);
    expect(refusal.hints).toEqual(["check the store's name and whose store it is"]);
  });

  it("has selectors by serial, hexadecimal first, and by file", async () => {
    const bySerial = (serial: string) =>
      nameOf(load(folder, { "cert-selector": `Key=x509Serial,Value=${serial}`, "pkcs8-password": "secret" }));
    expect(await bySerial("12")).toBe("CN=two");
    expect(await bySerial("0C")).toBe("CN=locked");
    const file = join(createScratch("selector"), "selector.json");
    writeFileSync(file, JSON.stringify([{ Key: "x509Subject", Value: "CN=one" }]));
    expect(await nameOf(load(folder, { "cert-selector": `file://${file}` }))).toBe("CN=one");
    expect(await refusalOf(load(folder, { "cert-selector": `file://${file}.none` }))).toMatchObject({
      code: "ERR_SETTING",
      message: `unable to read cert selector file "${file}.none" (--cert-selector): ENOENT`,
    });
  });

  it("says what is there when nothing or several match", async () => {
    const none = await refusalOf(load(folder, { "cert-selector": "Key=x509Subject,Value=CN=none" }));
    expect(none.code).toBe("ERR_CERTIFICATE");
    expect(none.message).toContain("of 3 there");
    expect(none.hints).toHaveLength(3);
    expect(none.hints[2]).toMatch(/^Key=x509Subject,Value=CN=two Key=x509Serial,Value=12 ends /);
    const several = await refusalOf(load(folder));
    expect(several.message).toBe(`multiple matching identities in folder "${folder}": 3, expected one`);
    expect(several.hints[0]).toBe(
      "add the serial number to --cert-selector, or give --use-latest-expiring-certificate",
    );
    expect(several.hints).toHaveLength(4);
  });

  it("takes the one that ends last when it is told to", async () => {
    const other = createScratch("store");
    for (const [name, year] of [
      ["b", 2040],
      ["c", 2041],
      ["a", 2039],
    ] as const) {
      const { pem, key } = issue(name, { notAfter: new Date(Date.UTC(year, 0)) });
      writeFileSync(join(other, `${name}.pem`), pem + key.privateKeyPem);
    }
    expect(await nameOf(load(other, { "use-latest-expiring-certificate": true }))).toBe("CN=c");
  });

  it("may stand below the home, and has to be there", async () => {
    const home = createScratch("home");
    mkdirSync(join(home, "certs"));
    const { pem, key } = issue("home");
    writeFileSync(join(home, "certs", "a.pem"), pem + key.privateKeyPem);
    expect(await nameOf(load("~/certs", {}, { homeDirectory: home }))).toBe("CN=home");
    expect(await refusalOf(load(join(home, "none")))).toMatchObject({
      code: "ERR_CERTIFICATE",
      message: `cannot read the folder "${join(home, "none")}" (--cert-store): ENOENT`,
    });
  });

  it.skipIf(!requireTools("PKCS#12 files in a folder", "openssl"))(
    "holds PKCS#12 files, and passes over those it cannot open",
    async () => {
      const other = createScratch("store");
      const { pem, key } = issue("bundled");
      writeFileSync(join(other, "k"), key.privateKeyPem);
      writeFileSync(join(other, "c"), pem);
      writeFileSync(join(other, "i"), pki.intermediate.pem);
      const write = (file: string, password: string) =>
        openssl(
          other,
          ..."pkcs12 -export -inkey k -in c -certfile i -out".split(" "),
          file,
          "-passout",
          `pass:${password}`,
        );
      write("a.P12", "");
      write("b.pfx", "secret");
      writeFileSync(join(other, "c.p12"), "nothing");
      const context = identityContext();
      const identity = await loadUncheckedIdentity(identitySource({ "cert-store": other }), context);
      expect([identity.leaf.x509.subject, identity.chain.length]).toEqual(["CN=bundled", 1]);
      expect(context.lines.filter((line) => line.startsWith("store: skipped"))).toHaveLength(2);
      expect(await nameOf(load(other, { "pkcs12-password": "secret" }))).toBe("CN=bundled");
    },
  );
});

describe("the store that is meant", () => {
  const storeOf = (platform: NodeJS.Platform, flags: Flags = {}) =>
    openCertificateStore(identitySource(flags), identityContext({ platform }));

  it("is the operating system's unless a folder is named", async () => {
    expect((await storeOf("darwin")).name).toMatch(/keychain/i);
    expect((await storeOf("win32", { "system-store-name": "root" })).name).toBe("certificate store Root");
    expect((await storeOf("win32", { "cert-store": "x" })).name).toBe('folder "x"');
    expect(await refusalOf(storeOf("linux"))).toMatchObject({
      code: "ERR_NOT_AVAILABLE",
      message: "unable to use cert store signer on linux: it has no certificate store",
    });
  });
});

describe("a selector", () => {
  const entry = (subject: NonNullable<CertificateSpec["subject"]>, serial: bigint) => ({
    certificate: certificateFromDer(issue("any", { subject, serial }).der),
  });
  const [one, two] = [
    entry(
      [
        ["O", "Acme  Inc"],
        ["CN", "client, one"],
      ],
      0x10n,
    ),
    entry([["CN", "two"]], 16n * 16n),
  ];

  it.each([
    [{}, [one, two]],
    [{ subject: "CN=client\\, one,O=Acme  Inc" }, [one]],
    [{ subject: "O=Acme Inc, CN=client\\, one" }, [one]],
    [{ subject: "CN=client\\, one" }, []],
    [{ subject: "no name" }, []],
    [{ issuer: "CN=Test Intermediate" }, [one, two]],
    [{ issuer: "CN=Test Root" }, []],
    [{ subject: "CN=two", issuer: "CN=Test Root" }, []],
    [{ serial: { hexadecimal: 0x10n, decimal: 10n } }, [one]],
    [{ serial: { hexadecimal: 0x256n, decimal: 256n } }, [two]],
    [{ serial: { hexadecimal: 0x257n, decimal: undefined } }, []],
    [{ subject: "CN=two", serial: { hexadecimal: 0x10n, decimal: undefined } }, []],
  ])("%# %o matches as the official helper does", (selector, expected) => {
    expect(matchEntries([one, two], selector)).toEqual(expected);
  });

  it("takes the only entry that matches", () => {
    expect(selectEntry([one, two], { subject: "CN=two" }, false, "it")).toBe(two);
    const many = Array.from({ length: 7 }, () => one);
    expect(() => selectEntry(many, {}, false, "it")).toThrow("multiple matching identities in it: 7, expected one");
  });
});

describe("names of odd forms", () => {
  /** A certificate whose subject has one CN of this tag and content. */
  function nameWith(tag: number, content: Buffer, oid = "2.5.4.3"): string {
    const attribute = encodeElement(tags.sequence, encodeOid(oid), encodeElement(tag, content));
    const name = encodeElement(tags.sequence, encodeElement(tags.set, attribute));
    const empty = encodeElement(tags.sequence);
    const integer = encodeElement(tags.integer, Uint8Array.of(1));
    const body = encodeElement(tags.sequence, integer, empty, name, empty, name, empty);
    return formatGoName(parseCertificateNames(encodeElement(tags.sequence, body, empty)).subject);
  }

  it.each([
    [0x0c, "4ac3bc72", "CN=Jür"],
    [0x12, "3132", "CN=12"],
    [0x13, "41", "CN=A"],
    [0x14, "fc", "CN=ü"],
    [0x16, "40", "CN=@"],
    [0x1e, "004a00fc", "CN=Jü"],
    [0x1e, "004a00", "CN=\\#1e03004a00"],
    [0x1c, "0000004a", "CN=\\#1c040000004a"],
  ])("of tag %i and content %s are %s", (tag, content, expected) => {
    expect(nameWith(tag, Buffer.from(content, "hex"))).toBe(expected);
  });

  it("show an unknown type with its value as DER, printable where it can be", () => {
    expect(nameWith(0x0c, Buffer.from("A-1"), "1.2.3")).toBe("1.2.3=#1303412d31");
    expect(nameWith(0x0c, Buffer.from("A_1"), "1.2.3")).toBe("1.2.3=#0c03415f31");
    expect(nameWith(0x0c, Buffer.alloc(0))).toBe("");
  });

  it("are read from text with values in DER", () => {
    expect(parseNameText("CN=#0c0141")).toEqual([{ type: "2.5.4.3", value: "A" }]);
    expect(parseNameText("CN=#0c0241")).toBeUndefined();
    expect(parseNameText("CN=#zz")).toBeUndefined();
    expect(parseNameText('EMAIL="a\\"b", T=x')).toEqual([
      { type: "1.2.840.113549.1.9.1", value: 'a"b' },
      { type: "2.5.4.12", value: "x" },
    ]);
  });
});
