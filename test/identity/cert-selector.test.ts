import { describe, expect, it } from "vitest";
import { parseCertSelector, parseCertSelectorFile } from "../../src/identity/store/selector.js";

const origin = { kind: "flag", setting: "cert-selector" } as const;
const parse = (text: string) => parseCertSelector(text, origin);
const parseFile = (text: string) => parseCertSelectorFile(text, origin);

describe("inline selectors", () => {
  it.each([
    ["Key=x509Subject,Value=CN=Subject", { subject: "CN=Subject" }],
    ["Key=x509Subject,Value=CN=Subject Key=x509Issuer,Value=CN=Issuer", { subject: "CN=Subject", issuer: "CN=Issuer" }],
    ["Key=x509Subject,Value=CN=SubjectKey=x509Issuer,Value=CN=Issuer", { subject: "CN=Subject", issuer: "CN=Issuer" }],
    ["\n\t Key=x509Issuer,Value=CN=a b, O=c=d \n\t", { issuer: "CN=a b, O=c=d" }],
    ["Key=x509Subject,Value=CN=a  b   Key=x509Issuer,Value=x", { subject: "CN=a  b", issuer: "x" }],
    ["Key=x509Subject,Value=a\n Key=x509Issuer,Value=b\n", { subject: "a", issuer: "b" }],
    ["Key=x509Subject,Value=", {}],
    ["Key=x509Serial,Value=15D19632", { serial: { hexadecimal: 0x15d19632n, decimal: undefined } }],
    ["Key=x509Serial,Value=-0A", { serial: { hexadecimal: -10n, decimal: undefined } }],
    ["Key=x509Serial,Value=0x15", { serial: { hexadecimal: 0x15n, decimal: undefined } }],
    ["Key=x509Serial,Value=15:D1:96", { serial: { hexadecimal: 0x15d196n, decimal: undefined } }],
    ["Key=x509Serial,Value=12", { serial: { hexadecimal: 0x12n, decimal: 12n } }],
  ])("reads %j", (text, selector) => {
    expect(parse(text)).toEqual(selector);
  });

  it.each([
    ["", "the cert selector is empty (--cert-selector)"],
    [" \n", "the cert selector is empty (--cert-selector)"],
    ["junk", "unable to parse cert selector string (--cert-selector)"],
    ["junk Key=x509Subject,Value=a", "unable to parse cert selector string (--cert-selector)"],
    ["Key=x509Subject", "unable to parse cert selector string (--cert-selector)"],
    ["Key=x509Subject,Value=a\nb", "unable to parse cert selector string (--cert-selector)"],
    ["Key=x509subject,Value=a", 'cert selector contained invalid key "x509subject" (--cert-selector)'],
    ["Key=laptop,Value=a", 'cert selector contained invalid key "laptop" (--cert-selector)'],
    [
      "Key=x509Subject,Value=a Key=x509Subject,Value=b",
      "duplicate x509Subject keys can't be present in cert selector (--cert-selector)",
    ],
    [
      "Key=x509Serial,Value=15G",
      'cert selector has the serial number "15G", expected hexadecimal digits (--cert-selector)',
    ],
    ['[{"Key":"x509Subject","Value":"a"}]', "unable to parse cert selector string (--cert-selector)"],
  ])("refuses %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe("selector files", () => {
  it.each([
    ["null", {}],
    ["[]", {}],
    [
      '[{"Key":"x509Subject","Value":"CN=a"},{"key":"x509Serial","VALUE":"1f","more":1}]',
      { subject: "CN=a", serial: { hexadecimal: 31n, decimal: undefined } },
    ],
    ['[{"Key":"x509Subject","Value":""}]', {}],
    ['[{"Key":"x509Subject","Value":" a "}]', { subject: " a " }],
  ])("reads %s", (text, selector) => {
    expect(parseFile(text)).toEqual(selector);
  });

  it.each([
    ["garbage", "unable to parse JSON map entries"],
    ['{"Key":"x509Subject"}', "unable to parse JSON map entries"],
    ["[1]", "unable to parse JSON map entries"],
    ['[{"Key":1}]', "unable to parse JSON map entries"],
    ['[{"a":"b"}]', 'cert selector contained invalid key ""'],
    ['[{"Key":"x509Subject","Value":"a"},{"Key":"x509Subject","Value":"a"}]', "duplicate x509Subject keys"],
  ])("refuses %s", (text, message) => {
    expect(() => parseFile(text)).toThrow(message);
  });
});

describe("a selector file with members left out", () => {
  it("takes an absent value for an empty one, and an absent key for none that exists", () => {
    expect(parseFile('[{"Key": "x509Subject"}]')).toEqual({});
    expect(() => parseFile('[{"Value": "CN=a"}]')).toThrow('cert selector contained invalid key ""');
  });
});
