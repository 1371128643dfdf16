import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { repairPem } from "../../src/identity/pem/repair.js";

const labels = ["CERTIFICATE", "PRIVATE KEY", "EC PRIVATE KEY"];
const pem = fc
  .array(fc.record({ label: fc.constantFrom(...labels), bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((blocks) =>
    blocks
      .map(({ label, bytes }) => {
        const lines =
          Buffer.from(bytes)
            .toString("base64")
            .match(/.{1,64}/g) ?? [];
        return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
      })
      .join(""),
  );

const damages: Readonly<Record<string, (text: string) => string>> = {
  "Windows line ends": (text) => text.replaceAll("\n", "\r\n"),
  "escaped line ends": (text) => text.replaceAll("\n", "\\n"),
  "escaped Windows line ends": (text) => text.replaceAll("\n", "\\r\\n"),
  "blanks for line ends": (text) => text.replaceAll("\n", " "),
  "one long line": (text) => text.replaceAll("\n", ""),
  "base64 of the whole": (text) => Buffer.from(text).toString("base64"),
  "base64 in lines": (text) => Buffer.from(text).toString("base64").replaceAll(/.{76}/g, "$&\r\n"),
  "a byte order mark": (text) => `\uFEFF${text}`,
};

describe("PEM repair", () => {
  it("leaves good PEM as it is, with whatever stands around it", () => {
    fc.assert(
      fc.property(pem, fc.constantFrom("", "# comment\n", "Bag Attributes\n  key: v\n"), (text, before) => {
        expect(repairPem(before + text)).toBe(before + text);
      }),
    );
  });

  it.each(Object.keys(damages))("undoes %s", (kind) => {
    const bare = (text: string) => text.trim().replaceAll(/-----\s*-----/g, "-----\n-----");
    fc.assert(
      fc.property(pem, (text) => {
        expect(bare(repairPem(damages[kind]!(text)))).toBe(bare(text));
      }),
    );
  });

  it("repairs only once and only that", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 200 }), pem), (text) => {
        expect(repairPem(repairPem(text))).toBe(repairPem(text));
      }),
    );
    for (const text of [
      "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----",
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----",
      "bm90IFBFTQ==",
      "",
    ]) {
      expect(repairPem(text)).toBe(text);
    }
  });
});
