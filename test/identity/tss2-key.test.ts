import { describe, expect, it } from "vitest";
import { encodeElement, encodeOid, tags } from "../../src/identity/asn1/der.js";
import { parseTss2Key } from "../../src/identity/tpm/tss2-key.js";

const octets = (hex: string) => encodeElement(tags.octetString, Buffer.from(hex, "hex"));
const area = octets("0003010203");

function key(
  options: { oid?: string; parent?: string; before?: readonly Uint8Array[]; areas?: readonly Uint8Array[] } = {},
): Uint8Array {
  const { oid = "2.23.133.10.1.3", parent = "0081000001", before = [], areas = [area, area] } = options;
  const handle = encodeElement(tags.integer, Buffer.from(parent, "hex"));
  return encodeElement(tags.sequence, encodeOid(oid), ...before, handle, ...areas);
}

const emptyAuth = (value: number) => encodeElement(0xa0, encodeElement(tags.boolean, Uint8Array.of(value)));

describe("TSS2 private keys", () => {
  it.each([
    ["a persistent parent", key(), 0x81000001],
    ["a parent without its zero octet", key({ parent: "81000001" }), 0x81000001],
    ["the owner hierarchy", key({ parent: "40000001" }), 0x40000001],
  ])("are read with %s", (_what, der, parent) => {
    expect(parseTss2Key(der)).toMatchObject({ emptyAuth: false, parent });
  });

  it.each([
    [0xff, true],
    [0x01, true],
    [0x00, false],
  ])("take emptyAuth 0x%s as %s", (value, expected) => {
    expect(parseTss2Key(key({ before: [emptyAuth(value)] })).emptyAuth).toBe(expected);
  });

  it.each([
    ["an importable key", key({ oid: "2.23.133.10.1.4" }), "it holds an importable key, expected a loadable key"],
    ["sealed data", key({ oid: "2.23.133.10.1.5" }), "it holds sealed data"],
    ["a policy", key({ before: [encodeElement(0xa1)] }), "it has a TPM policy, which is not supported"],
    ["a policy of its parent", key({ before: [encodeElement(0xa3)] }), "it has a TPM policy"],
    ["a secret", key({ before: [encodeElement(0xa2)] }), "it has an import secret"],
    ["a strange parent", key({ parent: "01" }), "parent is neither a hierarchy nor a persistent handle"],
    ["a cut area", key({ areas: [octets("00ff0102"), area] }), "public area of 4 bytes announces 255"],
    ["no private area", key({ areas: [area] }), "private area is missing"],
  ])("are refused with %s", (_what, der, message) => {
    expect(() => parseTss2Key(der)).toThrow(message);
  });
});
