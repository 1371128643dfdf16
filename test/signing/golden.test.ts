import { expect, test } from "vitest";
import { formatAmzDate } from "../../src/signing/amz-date.js";
import { buildCanonicalRequest, canonicalQuery } from "../../src/signing/canonical-request.js";
import { encodeText } from "../../src/signing/encoding.js";
import { regionalScope } from "../../src/signing/scheme.js";
import { buildStringToSign, formatAuthorization, sha256Hex } from "../../src/signing/string-to-sign.js";

/** Computed independently from the protocol's rules; the hashes pin every byte before them. */
const query = [
  ["trustAnchorArn", "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/t-1"],
  ["roleArn", "arn:aws:iam::111122223333:role/Demo Role+x"],
  ["profileArn", "arn:aws:rolesanywhere:us-east-1:111122223333:profile/p-1"],
]
  .map(([name = "", value = ""]) => `${name}=${encodeText(value)}`)
  .join("&");
const body = '{"durationSeconds":3600,"roleSessionName":"demo"}';
const canonical = buildCanonicalRequest(
  {
    method: "POST",
    target: `/sessions?${query}`,
    headers: [
      ["amz-sdk-invocation-id", "00000000-0000-4000-8000-000000000000"],
      ["Amz-Sdk-Request", "attempt=1; max=3"],
      ["Content-Type", "application/json"],
      ["Host", "rolesanywhere.us-east-1.amazonaws.com"],
      ["X-Amz-Date", "20260102T030405Z"],
      ["X-Amz-X509", "TEVBRg=="],
      ["X-Amz-X509-Chain", "SU5U,Uk9PVA=="],
    ],
  },
  "unnormalized",
  sha256Hex(body),
);

test("the query is sorted and encoded as it is sent", () => {
  expect(canonicalQuery(query)).toBe(
    "profileArn=arn%3Aaws%3Arolesanywhere%3Aus-east-1%3A111122223333%3Aprofile%2Fp-1&roleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FDemo%20Role%2Bx&trustAnchorArn=arn%3Aaws%3Arolesanywhere%3Aus-east-1%3A111122223333%3Atrust-anchor%2Ft-1",
  );
});

test("the body hashes to the independent vector", () => {
  expect(sha256Hex(body)).toBe("511e2b6732db4a3623c51dd20f0df81ef567f885c7051c773a86925eb9cd0ed5");
});

test("the canonical request hashes to the independent vector", () => {
  expect(sha256Hex(canonical.text)).toBe("cdfcefc43d3896ec52d7c60ccfeed56844122f411f9065aee820c1d15df025df");
});

test("the string to sign hashes to the independent vector", () => {
  const amzDate = formatAmzDate(new Date("2026-01-02T03:04:05.678Z"));
  const scope = regionalScope(amzDate.slice(0, 8), "us-east-1", "rolesanywhere");
  const text = buildStringToSign("AWS4-X509-RSA-SHA256", amzDate, scope, canonical.text);
  expect(sha256Hex(text)).toBe("b680afb9c314690974e47d23c598fb80670b8d4d8137aafe731f2f392a0149d9");
});

test("the authorization has the serial in decimal and the signature in lower-case hex", () => {
  expect(
    formatAuthorization(
      { algorithm: "AWS4-X509-ECDSA-SHA256", credential: (2n ** 159n + 7n).toString() },
      { signedHeaders: "content-type;host;x-amz-date;x-amz-x509" },
      { scope: "20260102/us-east-1/rolesanywhere/aws4_request", signature: "300aff" },
    ),
  ).toBe(
    "AWS4-X509-ECDSA-SHA256 Credential=730750818665451459101842416358141509827966271495/20260102/us-east-1/rolesanywhere/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-x509, Signature=300aff",
  );
});

test.each([
  ["!'()*", "%21%27%28%29%2A"],
  ["a b+c/é~-_.", "a%20b%2Bc%2F%C3%A9~-_."],
])("encodes %s beyond what encodeURIComponent does", (text, encoded) => {
  expect(encodeText(text)).toBe(encoded);
});
