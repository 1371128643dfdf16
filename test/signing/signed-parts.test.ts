import { describe, expect, it } from "vitest";
import type { HeaderFields } from "../../src/aws/http/header-fields.js";
import { isSignable } from "../../src/signing/canonical-request.js";
import { chunkBytes, signedChunksLength } from "../../src/signing/chunks.js";
import { canonicalComponent, encodeText } from "../../src/signing/encoding.js";
import { createHmacScheme } from "../../src/signing/hmac-scheme.js";
import { presignTarget } from "../../src/signing/presign.js";
import { signWithHeaders } from "../../src/signing/sign-headers.js";
import type { SigningInput } from "../../src/signing/sign-headers.js";
import { createX509Scheme } from "../../src/signing/x509-scheme.js";

const keys = { accessKeyId: "AKID", secretAccessKey: "secret" };
const withToken = { ...keys, sessionToken: "to/ken+" };
const now = new Date("2026-01-31T23:59:59Z");
const input = (more: Partial<SigningInput> = {}): SigningInput => ({
  scheme: createHmacScheme(keys, "execute-api", "eu-west-1"),
  now,
  pathSigning: "normalized",
  payloadHash: "UNSIGNED-PAYLOAD",
  sendPayloadHash: false,
  tokenUnsigned: false,
  ...more,
});
const request = (headers: HeaderFields, target = "/") => ({ method: "GET", target, headers });
const host = ["Host", "a.example"] as const;
const sign = async (headers: HeaderFields, more: Partial<SigningInput> = {}) =>
  (await signWithHeaders(request(headers), input(more))).headers;
const valueOf = (headers: HeaderFields, name: string) => headers.find(([found]) => found.toLowerCase() === name)?.[1];

describe("a request that is signed in its headers", () => {
  it("keeps the caller's fields in their place, and gets date, hash and token behind them", async () => {
    const scheme = createHmacScheme(withToken, "execute-api", "eu-west-1");
    const stale = [
      ["Authorization", "old"],
      ["X-Amz-Security-Token", "old"],
    ] as const;
    const headers = await sign([stale[0], host, stale[1], ["X-One", "1"]], { scheme, sendPayloadHash: true });
    expect(headers.slice(0, -1)).toEqual([
      host,
      ["X-One", "1"],
      ["x-amz-date", "20260131T235959Z"],
      ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
      ["x-amz-security-token", "to/ken+"],
    ]);
    expect(valueOf(headers, "authorization")).toContain(
      "Credential=AKID/20260131/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-one, ",
    );
    const late = await sign([host], { scheme, tokenUnsigned: true });
    expect(late.map(([name]) => name)).toEqual(["Host", "x-amz-date", "x-amz-security-token", "authorization"]);
    expect(valueOf(late, "authorization")).toContain("SignedHeaders=host;x-amz-date, ");
    const own = await sign([host, ["X-Amz-Content-Sha256", "mine"]], { sendPayloadHash: true });
    expect(own.filter(([name]) => name.toLowerCase() === "x-amz-content-sha256")).toEqual([
      ["X-Amz-Content-Sha256", "mine"],
    ]);
  });

  it.each([
    ["X-Amz-Date", "20250101T000000Z"],
    ["Date", "20250101T000000Z"],
    ["Date", "Wed, 01 Jan 2025 00:00:00 GMT"],
  ])("is signed at the time of its own %s: %s", async (name, value) => {
    const headers = await sign([host, [name, value]]);
    expect(valueOf(headers, "authorization")).toContain("Credential=AKID/20250101/");
    expect(headers).toHaveLength(3);
  });

  it.each([
    ["X-Amz-Date", "yesterday", 'the X-Amz-Date header has no date in it: "yesterday"', "20260131T235959Z"],
    ["X-Amz-Date", "Wed, 01 Jan 2025 00:00:00 GMT", "the X-Amz-Date header has no date", "20260131T235959Z"],
    ["Date", "yesterday", 'the Date header has no date in it: "yesterday"', "Sat, 31 Jan 2026 23:59:59 GMT"],
  ])("is refused with %s: %s", async (name, value, message, example) => {
    await expect(sign([host, [name, value]])).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: expect.stringContaining(message),
      hints: [`write it like "${example}", or leave the header out: the signature brings its own`],
    });
  });
});

describe("a URL that is signed", () => {
  const presign = async (target: string, headers: HeaderFields = [host], more: Partial<SigningInput> = {}) =>
    (await presignTarget(request(headers, target), input(more), 60)).target;
  const signature = /&X-Amz-Signature=[0-9a-f]{64}$/;

  it("has its parameters behind those that are there", async () => {
    const parameters =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260131%2Feu-west-1%2Fexecute-api%2Faws4_request" +
      "&X-Amz-Date=20260131T235959Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host";
    for (const [target, before] of [
      ["/a", "/a?"],
      ["/a?", "/a?"],
      ["/a?b=c", "/a?b=c&"],
      ["/a?b=c&", "/a?b=c&"],
    ] as const) {
      const signed = await presign(target);
      expect(signed.replace(signature, "")).toBe(before + parameters);
      expect(signed).toMatch(signature);
    }
  });

  it("leaves out the fields that a signature in the query takes the place of", async () => {
    const stale: HeaderFields = ["Authorization", "X-Amz-Security-Token", "X-Amz-Date"].map((name) => [name, "old"]);
    expect(await presign("/a", [host, ...stale])).toBe(await presign("/a"));
    expect(await presign("/a", [host, ["X-One", "1"]])).toContain("X-Amz-SignedHeaders=host%3Bx-one");
  });

  it("has the token among what is signed, or behind the signature", async () => {
    const scheme = createHmacScheme(withToken, "execute-api", "eu-west-1");
    const among = await presign("/", [host], { scheme });
    expect(among).toMatch(/&X-Amz-SignedHeaders=host&X-Amz-Security-Token=to%2Fken%2B&X-Amz-Signature=[0-9a-f]{64}$/);
    const behind = await presign("/", [host], { scheme, tokenUnsigned: true });
    expect(behind).toMatch(/&X-Amz-SignedHeaders=host&X-Amz-Signature=[0-9a-f]{64}&X-Amz-Security-Token=to%2Fken%2B$/);
    expect(behind.replace("&X-Amz-Security-Token=to%2Fken%2B", "")).toBe(await presign("/"));
  });
});

describe("what goes into a signature", () => {
  it("has certificate and chain in base64, the chain parted by commas, and none when there is none", () => {
    const signer = {
      algorithm: "AWS4-X509-RSA-SHA256",
      serialNumber: 255n,
      leaf: Buffer.from("leaf"),
      chain: [Buffer.from("one"), Buffer.from("two")],
      sign: async (message: Uint8Array) => Buffer.from(message).subarray(0, 2),
    } as const;
    const scheme = createX509Scheme(signer, "rolesanywhere", "eu-west-1");
    expect(scheme.fields).toEqual([
      ["x-amz-x509", "bGVhZg=="],
      ["x-amz-x509-chain", "b25l,dHdv"],
    ]);
    expect(scheme.credential).toBe("255");
    expect(createX509Scheme({ ...signer, chain: [] }, "a", "b").fields).toEqual([["x-amz-x509", "bGVhZg=="]]);
  });

  it.each([
    ["a b", "a%20b"],
    ["%7e%41%2f", "~A%2F"],
    ["%", "%25"],
    ["%4", "%254"],
    ["%zz", "%25zz"],
    ["a%", "a%25"],
    ["ü", "%C3%BC"],
    ["%c3", "%C3"],
    ["a/b", "a%2Fb"],
  ])("has one spelling: %s is %s", (wire, expected) => {
    expect(canonicalComponent(wire)).toBe(expected);
    expect(canonicalComponent("a/b%2Fc", true)).toBe("a/b%2Fc");
  });

  it("has every octet encoded that has a meaning", () => {
    expect(encodeText("AZaz09-._~ /+\u0001")).toBe("AZaz09-._~%20%2F%2B%01");
  });

  it("leaves out what proxies change", () => {
    const names = ["host", "content-type", "x-amz-date", "user-agent", "connection", "x-amzn-trace-id", "expect"];
    expect(names.filter(isSignable)).toEqual(["host", "content-type", "x-amz-date"]);
  });

  it("has chunks that S3 takes, and their length beforehand", () => {
    expect([chunkBytes >= 8 * 1024, chunkBytes % 1024]).toEqual([true, 0]);
    const frame = (size: number) => size.toString(16).length + 17 + 64 + 4 + size;
    expect(signedChunksLength(0, 10)).toBe(frame(0));
    expect(signedChunksLength(10, 10)).toBe(frame(10) + frame(0));
    expect(signedChunksLength(25, 10)).toBe(2 * frame(10) + frame(5) + frame(0));
  });
});
