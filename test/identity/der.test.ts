import { describe, expect, it } from "vitest";
import { countOf, encodeElement, oidOf, parseElement, tags } from "../../src/identity/asn1/der.js";

const integer = (hex: string) => parseElement(encodeElement(tags.integer, Buffer.from(hex, "hex")));
const oid = (hex: string) => parseElement(encodeElement(tags.oid, Buffer.from(hex, "hex")));

describe("a count in DER", () => {
  it.each([
    ["00", 0],
    ["7f", 127],
    ["0080", 128],
    ["1fffffffffffff", Number.MAX_SAFE_INTEGER],
  ])("%s is %i", (hex, expected) => {
    expect(countOf(integer(hex), "count")).toBe(expected);
  });

  it.each(["ff", "20000000000000", "00ffffffffffffffff"])("%s is refused", (hex) => {
    expect(() => countOf(integer(hex), "count")).toThrow("count");
  });
});

describe("an object identifier in DER", () => {
  it.each([
    ["550403", "2.5.4.3"],
    ["2a864886f70d010101", "1.2.840.113549.1.1.1"],
    ["00", "0.0"],
    ["883703", "2.999.3"],
  ])("%s is %s", (hex, expected) => {
    expect(oidOf(oid(hex), "it")).toBe(expected);
  });

  it.each(["80", "5504ff", "2a86"])("%s is broken", (hex) => {
    expect(() => oidOf(oid(hex), "it")).toThrow("it is a broken object identifier");
  });
});
