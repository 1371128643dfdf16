import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { elementsOf, encodeElement, parseElement, tags } from "../../src/identity/asn1/der.js";
import { looksLikePkcs12, openPkcs12 } from "../../src/identity/pkcs12/open.js";
import { createSelfSigned, openssl } from "../support/openssl.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const kinds = ["rsa:2048", "prime256v1", "secp384r1"];
const flavours: Readonly<Record<string, readonly string[]>> = {
  "OpenSSL 3 default": [],
  "AES-128 with a SHA-512 MAC": ["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-macalg", "sha512"],
  "3DES with SHA-1": ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
  "two-key 3DES": ["-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-2DES"],
  "RC2-40 as -legacy writes it": ["-legacy"],
  "RC2-128": ["-legacy", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe", "PBE-SHA1-RC2-128"],
  "certificates in the open": ["-certpbe", "NONE"],
  "nothing encrypted": ["-certpbe", "NONE", "-keypbe", "NONE"],
  "no MAC": ["-nomac"],
};
const passwords = ["secret", "", "pässwörd€"];

/** The same values in the loosest encoding that X.690 allows. */
function toBer(der: Uint8Array): Buffer {
  const element = parseElement(der);
  const { tag, content } = element;
  const end = Buffer.of(0, 0);
  if ((tag & 0x20) !== 0)
    return Buffer.concat([Buffer.of(tag, 0x80), ...elementsOf(element).map(({ raw }) => toBer(raw)), end]);
  if (tag !== tags.octetString || content.length < 2) return Buffer.from(der);
  const pieces = [content.subarray(0, 1), content.subarray(1)].map((piece) => encodeElement(tags.octetString, piece));
  return Buffer.concat([Buffer.of(0x24, 0x80), ...pieces, end]);
}

const has = requireTools("PKCS#12 files as OpenSSL writes them", "openssl");

describe.skipIf(!has)("PKCS#12 files written by OpenSSL", () => {
  const folder = createScratch("pkcs12");
  beforeAll(() => {
    for (const kind of kinds) createSelfSigned(folder, kind.replace(":", "-"), kind);
    createSelfSigned(folder, "other");
  });

  describe.each(Object.keys(flavours))("%s", (flavour) => {
    it.each(kinds.flatMap((kind) => passwords.map((password) => [kind, password] as const)))(
      "opens %s with password %j",
      async (kind, password) => {
        const name = kind.replace(":", "-");
        const file = `${name}.p12`;
        openssl(
          folder,
          "pkcs12",
          "-export",
          "-inkey",
          `${name}.key`,
          "-in",
          `${name}.crt`,
          "-certfile",
          "other.crt",
          "-out",
          file,
          "-passout",
          `pass:${password}`,
          ...(flavours[flavour] ?? []),
        );
        const bytes = readFileSync(join(folder, file));
        expect(looksLikePkcs12(bytes)).toBe(true);
        const { privateKeys, certificates } = await openPkcs12(bytes, password, "the file");
        expect(privateKeys).toHaveLength(1);
        const key = createPrivateKey({ key: Buffer.from(privateKeys[0]!), format: "der", type: "pkcs8" });
        const leaves = certificates.filter((der) => new X509Certificate(der).checkPrivateKey(key));
        expect([certificates.length, leaves.length]).toEqual([2, 1]);
      },
    );
  });

  it("opens the BER that other writers make of it: indefinite lengths, octet strings in pieces", async () => {
    const words = "pkcs12 -export -inkey other.key -in other.crt -out ber.p12 -passout pass:p";
    openssl(folder, ...words.split(" "));
    const ber = toBer(readFileSync(join(folder, "ber.p12")));
    const { privateKeys, certificates } = await openPkcs12(ber, "p", "the file");
    expect([privateKeys.length, certificates.length]).toEqual([1, 1]);
  });

  it("says that a password is wrong", async () => {
    for (const words of [[], ["-nomac"], ["-legacy"]]) {
      openssl(
        folder,
        "pkcs12",
        "-export",
        "-inkey",
        "other.key",
        "-in",
        "other.crt",
        "-out",
        "w.p12",
        "-passout",
        "pass:right",
        ...words,
      );
      const bytes = readFileSync(join(folder, "w.p12"));
      await expect(openPkcs12(bytes, "wrong", 'PKCS#12 file "w.p12"')).rejects.toMatchObject({
        code: "ERR_PASSWORD",
        message: 'the password does not open PKCS#12 file "w.p12"',
      });
    }
  });

  it("refuses a file that asks for more iterations than the limit, at once", async () => {
    openssl(
      folder,
      "pkcs12",
      "-export",
      "-inkey",
      "other.key",
      "-in",
      "other.crt",
      "-out",
      "i.p12",
      "-passout",
      "pass:p",
      "-iter",
      "1000",
      "-maciter",
    );
    const bytes = readFileSync(join(folder, "i.p12"));
    // The last INTEGER 1000 is the MAC's; two bytes more for it make the two sequences around it longer too.
    const at = bytes.lastIndexOf(Buffer.from("020203e8", "hex"));
    expect(at).toBeGreaterThan(0);
    const grown = Buffer.concat([bytes.subarray(0, at), Buffer.from("02047fffffff", "hex"), bytes.subarray(at + 4)]);
    grown.writeUInt16BE(grown.readUInt16BE(2) + 2, 2);
    const macData = grown.lastIndexOf(Buffer.from("3041", "hex"));
    grown[macData + 1] = 0x43;
    await expect(openPkcs12(grown, "p", "the file")).rejects.toMatchObject({
      code: "ERR_KEY",
      message: "the file asks for 2147483647 key derivation iterations, the limit is 10000000",
    });
  });

  it("survives truncation and flipped bits without key material in the error", async () => {
    openssl(
      folder,
      "pkcs12",
      "-export",
      "-inkey",
      "other.key",
      "-in",
      "other.crt",
      "-out",
      "f.p12",
      "-passout",
      "pass:p",
      "-iter",
      "1",
      "-nomaciter",
    );
    const bytes = readFileSync(join(folder, "f.p12"));
    for (let index = 0; index < bytes.length; index += 7) {
      const flipped = Buffer.from(bytes);
      flipped[index]! ^= 1 << (index % 8);
      for (const broken of [bytes.subarray(0, index), flipped]) {
        const outcome = await openPkcs12(broken, "p", "the file").then(
          () => "opened",
          (error: { code: string; cause?: unknown }) => (error.cause === undefined ? error.code : "cause"),
        );
        expect(["opened", "ERR_KEY", "ERR_PASSWORD"]).toContain(outcome);
      }
    }
  });
});

const keytool = requireTools("PKCS#12 files as Java writes them", "keytool");

describe.skipIf(!keytool)("PKCS#12 files written by Java's keytool", () => {
  it.each([
    { form: "today's", words: [] },
    { form: "the older", words: ["-J-Dkeystore.pkcs12.legacy"] },
  ])("opens $form form", async ({ words }) => {
    const folder = createScratch("keytool");
    execFileSync(
      "keytool",
      [...words, "-genkeypair", "-alias", "a", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=java"].concat([
        "-storetype",
        "PKCS12",
        "-keystore",
        "java.p12",
        "-storepass",
        "changeit",
      ]),
      { cwd: folder, stdio: "pipe" },
    );
    const { privateKeys, certificates } = await openPkcs12(readFileSync(join(folder, "java.p12")), "changeit", "it");
    expect([privateKeys.length, certificates.length]).toEqual([1, 1]);
  });
});
