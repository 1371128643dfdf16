import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  type Attribute,
  formatGoName,
  hasSameAttributes,
  parseNameText,
} from "../../src/identity/asn1/distinguished-name.js";
import { parseCertificateNames } from "../../src/identity/certificate/names.js";
import { openssl } from "../support/openssl.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

// What Go 1.24's crypto/x509 prints for certificates with these subjects, in the order given to OpenSSL.
const goForms: readonly (readonly [string, string])[] = [
  ["/C=US/ST=WA/L=Seattle/O=Org/OU=Unit/CN=leaf", "CN=leaf,OU=Unit,O=Org,L=Seattle,ST=WA,C=US"],
  ["/CN=leaf/O=Org/C=US", "CN=leaf,O=Org,C=US"],
  ["/OU=a/OU=b/CN=first/CN=last", "CN=last,OU=a+OU=b"],
  ['/CN=a, b+c\\/d;e<f>g"h/O=# x ', 'CN=a\\, b\\+c/d\\;e\\<f\\>g\\"h,O=\\# x\\ '],
  ["/CN=a/serialNumber=12/postalCode=98101/street=Main", "SERIALNUMBER=12,CN=a,POSTALCODE=98101,STREET=Main"],
  ["/CN=a/emailAddress=a@b.c/DC=x", "CN=a,0.9.2342.19200300.100.1.25=#130178,1.2.840.113549.1.9.1=#0c056140622e63"],
  ["/CN=Jürgen € 東京", "CN=Jürgen € 東京"],
];

describe.skipIf(!requireTools("names in certificates made by OpenSSL", "openssl"))("names of certificates", () => {
  it.each(goForms)("prints %s as Go does", (subject, expected) => {
    const folder = createScratch("name");
    const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k -out c -utf8 -subj";
    openssl(folder, ...words.split(" "), subject.replace("b+c", "b\\+c"));
    const { raw } = new X509Certificate(readFileSync(join(folder, "c")));
    const name = parseCertificateNames(raw).subject;
    expect(formatGoName(name)).toBe(expected);
  });
});

describe("names in text", () => {
  const leaf: readonly Attribute[] = [
    { type: "2.5.4.3", value: "leaf, one" },
    { type: "2.5.4.10", value: "Org" },
  ];

  it.each([
    "CN=leaf\\, one,O=Org",
    "O = Org, CN = leaf\\, one",
    'cn="leaf, one" + o=Org',
    "2.5.4.10=Org;CN=leaf\\2C one",
    "CN=leaf\\,  one ,O=#13034f7267",
  ])("takes %s for the same name", (text) => {
    expect(hasSameAttributes(parseNameText(text) ?? [], leaf)).toBe(true);
  });

  it.each(["CN=leaf\\, one", "CN=leaf\\, one,O=Org,O=Org", "CN=LEAF\\, one,O=Org"])("takes %s for another", (text) => {
    expect(hasSameAttributes(parseNameText(text) ?? [], leaf)).toBe(false);
  });

  it.each(["", "CN", "CN=a,", "XX=a", "CN=a,,O=b", "O=#1", "CN=a\\"])("takes %j for no name", (text) => {
    expect(parseNameText(text)).toBeUndefined();
  });

  it("reads back what Go's form prints", () => {
    const types = [
      "2.5.4.6",
      "2.5.4.8",
      "2.5.4.7",
      "2.5.4.9",
      "2.5.4.17",
      "2.5.4.10",
      "2.5.4.11",
      "1.2.840.113549.1.9.1",
    ];
    const attribute = fc.record({
      type: fc.constantFrom(...types),
      value: fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" }),
    });
    fc.assert(
      fc.property(fc.array(attribute, { minLength: 1, maxLength: 5 }), (attributes) => {
        const usable = attributes.filter(({ value }) => !value.startsWith("#"));
        fc.pre(usable.length > 0);
        const parsed = parseNameText(formatGoName(usable.map((one) => [one])));
        expect(hasSameAttributes(parsed ?? [], usable)).toBe(true);
      }),
    );
  });
});
