import { getCanonicalQuery } from "@smithy/signature-v4";
import { array, assert, constantFrom, property, string, tuple, uint8Array } from "fast-check";
import { expect, it } from "vitest";
import { canonicalPath, canonicalQuery } from "../../src/signing/canonical-request.js";
import { canonicalComponent, encodeText } from "../../src/signing/encoding.js";

const escapeAll = (octets: Uint8Array, upper: boolean) =>
  Array.from(octets, (octet) => {
    const hex = octet.toString(16).padStart(2, "0");
    return `%${upper ? hex.toUpperCase() : hex}`;
  }).join("");

it("octets escaped in either case come to one form, which is a fixed point", () => {
  assert(
    property(uint8Array(), (octets) => {
      const canonical = canonicalComponent(escapeAll(octets, true));
      expect(canonicalComponent(escapeAll(octets, false))).toBe(canonical);
      expect(canonicalComponent(canonical)).toBe(canonical);
      expect(canonical).toMatch(/^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/);
    }),
  );
});

it("encoded text decodes to itself", () => {
  assert(
    property(string({ unit: "grapheme" }), (text) => {
      expect(decodeURIComponent(encodeText(text))).toBe(text);
      expect(canonicalComponent(encodeText(text))).toBe(encodeText(text));
    }),
  );
});

it("a query comes out as the SDK's signer writes it, whatever its order", () => {
  const word = string({
    unit: constantFrom("a", "B", "=", "&", "/", "+", " ", "*", "'", "%", "ü", "~", "-", "😀"),
    minLength: 1,
  });
  assert(
    property(array(tuple(word, word)), (pairs) => {
      const query: Record<string, string[]> = {};
      for (const [key, value] of pairs) query[key] = [...(query[key] ?? []), value];
      const wire = pairs.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
      const expected = getCanonicalQuery({ query } as never);
      expect(canonicalQuery(wire.join("&"))).toBe(expected);
      expect(canonicalQuery(wire.toReversed().join("&"))).toBe(expected);
    }),
  );
});

it("a path is never decoded for ordinary services, never encoded twice for S3", () => {
  const segment = string({ unit: constantFrom("a", "%2F", "%25", "%c3%bc", "+", "*", ":"), minLength: 1 });
  assert(
    property(array(segment, { minLength: 1 }), (segments) => {
      const path = `/${segments.join("/")}`;
      expect(decodeURIComponent(canonicalPath(path, "normalized"))).toBe(path);
      expect(canonicalPath(canonicalPath(path, "s3"), "s3")).toBe(canonicalPath(path, "s3"));
    }),
  );
});
