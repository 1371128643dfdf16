import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPkcs11Uri, parsePkcs11Uri, type Pkcs11Uri } from "../../src/identity/pkcs11/uri.js";

const parse = (text: string) => parsePkcs11Uri(text, "--certificate");

describe("pkcs11: URIs", () => {
  it.each<[string, Pkcs11Uri]>([
    ["pkcs11:", {}],
    ["PKCS11:token=a", { token: "a" }],
    ["pkcs11:token=The%20Software%20Token;serial=", { token: "The Software Token", serial: "" }],
    ["pkcs11:slot-id=0", { slotId: 0n }],
    ["pkcs11:slot-id=18446744073709551615", { slotId: 18_446_744_073_709_551_615n }],
    ["pkcs11:object=a%3Bb=c;type=private", { object: "a;b=c", type: "private" }],
    ["pkcs11:id=%01%ffA", { id: Buffer.from([1, 255, 65]) }],
    ["pkcs11:token=é", { token: "é" }],
    ["pkcs11:x-vendor=1;token=t?x-more=2&pin-value=%31%32", { token: "t", pinValue: "12" }],
    ["pkcs11:?pin-source=file:/a%20b&module-path=/l.so", { pinSource: "file:/a b", modulePath: "/l.so" }],
  ])("reads %s", (text, uri) => {
    expect(parse(text)).toEqual(uri);
  });

  it.each([
    ["token=a", "does not begin with pkcs11:"],
    ["pkcs11:token", "has an attribute without a name or a value"],
    ["pkcs11:=a", "has an attribute without a name or a value"],
    ["pkcs11:token=a;token=b", "has the attribute token twice"],
    ["pkcs11:token=%4", "has a broken percent escape in token"],
    ["pkcs11:token=%ff", "has a value of token that is not UTF-8"],
    ["pkcs11:slot-id=one", "has a slot-id that is not a decimal number"],
    ["pkcs11:type=certificate", 'has the type "certificate", expected one of cert, data, private, public, secret-key'],
    ["pkcs11:?pin-value=1&pin-source=2", "has both pin-source and pin-value"],
  ])("refuses %s", (text, what) => {
    expect(() => parse(text)).toThrow(`the pkcs11: URI of --certificate ${what}`);
  });

  it("reads back what it writes, and writes no PIN", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    const uri = fc.record(
      {
        token: text,
        manufacturer: text,
        serial: text,
        model: text,
        slotId: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        object: text,
        type: fc.constantFrom("cert" as const, "private" as const),
        id: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(uri, fc.string({ minLength: 1 }), (given, pinValue) => {
        const formatted = formatPkcs11Uri({ ...given, pinValue });
        expect(parse(formatted)).toEqual(given);
      }),
    );
  });
});
