import { describe, expect, it } from "vitest";
import { holdsKeyText, holdsPem, isInline, quoteValue } from "../../src/aws/inline-value.js";
import { createPki, issueCertificate, keyOf } from "../support/pki.js";

const key = keyOf("ec-p256", "inline").privateKeyPem;
const { root } = createPki();
const certificate = issueCertificate(keyOf("ec-p256", "inline"), {}, root).pem;
const rsa = keyOf("rsa-2048", "inline").privateKeyPem;
const body = (pem: string) => pem.replaceAll(/-----[^-]+-----|\s/g, "");
const base64 = (text: string) => Buffer.from(text).toString("base64");

const pems = { "an EC key": key, "an RSA key": rsa, "a certificate": certificate };
const disguises = {
  whole: (pem: string) => pem,
  "with escaped line breaks": (pem: string) => pem.replaceAll("\n", "\\n"),
  "with escaped CRLF": (pem: string) => pem.replaceAll("\n", "\\r\\n"),
  "with blanks for line breaks": (pem: string) => pem.replaceAll("\n", " "),
  "without line breaks": (pem: string) => pem.replaceAll("\n", ""),
  "without armour": (pem: string) => pem.split("\n").slice(1, -2).join("\n"),
  "without armour, escaped": (pem: string) => pem.split("\n").slice(1, -2).join("\\n"),
  "as bare base64": body,
  "as base64url": (pem: string) => body(pem).replaceAll("+", "-").replaceAll("/", "_"),
  "as base64 of the PEM text": base64,
  "as base64 of the PEM text in lines": (pem: string) => base64(pem).replaceAll(/.{76}/g, "$&\n"),
  "behind env:": (pem: string) => `env:${base64(pem)}`,
  "as a data: URL": (pem: string) => `data:application/x-pem-file;base64,${base64(pem)}`,
  "in JSON": (pem: string) => JSON.stringify({ key: pem }),
  "as hexadecimal": (pem: string) => Buffer.from(body(pem), "base64").toString("hex"),
  "its first line": (pem: string) => pem.split("\n")[1] ?? "",
  "in quotation marks": (pem: string) => `"${pem}"`,
};

describe.each(Object.entries(pems))("%s as a value", (_, pem) => {
  it.each(Object.entries(disguises))("is not shown: %s", (_how, disguise) => {
    expect(isInline(disguise(pem))).toBe(true);
    expect(quoteValue(disguise(pem))).toBe("(inline, not shown)");
  });
});

describe("the name of a file", () => {
  it.each([
    "client.pem",
    "/etc/pki/tls/private/client.key",
    "C:\\new\\nodes\\certs\\client.pem",
    "\\\\server\\share\\new\\client.pem",
    "~/Library/Application Support/My Company/certificates/client.pem",
    `/var/lib/kubelet/pods/3f8a7a52-8d5f-4b51-9f2f-4a3f1f7b8e9d/volumes/kubernetes.io~csi/client/mount/tls.key`,
    `/nix/store/${"3v9n2s7d".repeat(4)}-certificates-1.2.3/etc/client.pem`,
    `/run/secrets/${"0a1b2c3d".repeat(8)}`,
    `/objects/${"0a1b2c3d".repeat(16)}`,
    `/${"averylongfoldername/".repeat(20)}client`,
    "MIIDIR/certificates/of/the/production/service/client",
    "pkcs11:token=my%20token;object=client;id=%01%02%03%04%05%06%07%08%09%0A",
    "env:PEM",
  ])("is shown: %s", (path) => {
    expect(isInline(path)).toBe(false);
    expect(quoteValue(path)).toBe(`"${path}"`);
  });
});

describe("text in which a key is looked for", () => {
  it("may have several lines and be long", () => {
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ Resource: "x".repeat(5000) }] }, null, 2);
    expect(holdsKeyText(policy)).toBe(false);
    expect(holdsKeyText(`{"Policy": ${JSON.stringify(key)}}`)).toBe(true);
  });

  it("is PEM as it stands or in base64", () => {
    expect(holdsPem(key)).toBe(true);
    expect(holdsPem(base64(key))).toBe(true);
    expect(holdsPem("client.pem")).toBe(false);
    expect(holdsPem(body(key))).toBe(false);
  });
});
