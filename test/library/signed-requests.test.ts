import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { createSignedFetch, signRequest } from "../../src/index.js";
import { exampleCredentials, startVerifyingServer } from "../support/verifying-server.js";
import type { VerifyingServer, VerifyingServerOptions } from "../support/verifying-server.js";

const opened: VerifyingServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

async function serve(options: VerifyingServerOptions = {}): Promise<VerifyingServer> {
  const server = await startVerifyingServer(options);
  opened.push(server);
  return server;
}

const provider = () => Promise.resolve(exampleCredentials);
const scope = { service: "execute-api", region: "us-east-1" };

describe("createSignedFetch with headers beyond ASCII", () => {
  const utf8 = Buffer.from("Zoë\u00a0 日本\u3000", "utf8");

  it("signs the octets that it sends, where they are UTF-8", async () => {
    const server = await serve();
    const signedFetch = createSignedFetch(provider, scope);
    const response = await signedFetch(`${server.origin}/x`, { headers: { "x-name": utf8.toString("latin1") } });
    expect(response.status).toBe(200);
    const [request] = server.requests;
    expect(request?.verdict).toMatchObject({ valid: true });
    expect(request?.verdict?.canonical).toContain("\nx-name:Zoë\u00a0 日本\u3000\n");
    expect(new Map(request?.headers).get("x-name")).toBe(utf8.toString("latin1"));
  });

  it("sends octets that are not UTF-8 as fetch does, and does not sign them", async () => {
    const server = await serve();
    const signedFetch = createSignedFetch(provider, scope);
    const response = await signedFetch(`${server.origin}/x`, { headers: { "x-name": "caf\u00e9" } });
    expect(response.status).toBe(200);
    const [request] = server.requests;
    expect(request?.verdict).toMatchObject({ valid: true });
    expect(request?.verdict?.canonical).not.toContain("x-name");
    expect(new Map(request?.headers).get("x-name")).toBe("caf\u00e9");
  });
});

describe("signRequest", () => {
  const url = "https://abc123.execute-api.us-east-1.amazonaws.com/prod//a/../b%2Fc?x=1&x=0&k";
  const date = new Date("2026-01-31T23:59:59Z");

  it("signs a URL as written, with credentials or a provider of them", async () => {
    const { accessKeyId, secretAccessKey } = exampleCredentials;
    const one = await signRequest({ url }, { credentials: { accessKeyId, secretAccessKey }, date });
    expect(one).toMatchObject({ method: "GET", url, body: undefined });
    expect(one.canonicalRequest.split("\n").slice(0, 3)).toEqual(["GET", "/prod/b%252Fc", "k=&x=0&x=1"]);
    expect(one.headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260131\/us-east-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    const other = await signRequest(
      { url },
      { credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }), date },
    );
    expect(other).toEqual(one);
  });

  const octets = new Uint8Array([0, 255, 10]);
  it.each<[string, RequestInit["body"], string, string?]>([
    ["text", "ü", "c3bc"],
    ["an empty text", "", ""],
    ["a Uint8Array", octets, "00ff0a"],
    ["a part of a buffer", octets.subarray(1), "ff0a"],
    ["an ArrayBuffer", octets.buffer, "00ff0a"],
    ["a DataView", new DataView(octets.buffer, 2), "0a"],
    ["a Uint16Array", new Uint16Array(new Uint8Array([1, 2]).buffer), "0102"],
    ["a Blob", new Blob(["x"], { type: "a/b" }), "78", "a/b"],
    [
      "URLSearchParams",
      new URLSearchParams({ a: "1 2" }),
      "613d312b32",
      "application/x-www-form-urlencoded;charset=UTF-8",
    ],
  ])("signs a body of %s", async (_, body, hex, type) => {
    const request = { method: "POST", url, body } as Parameters<typeof signRequest>[0];
    const signed = await signRequest(request, { credentials: exampleCredentials, date });
    const hash = createHash("sha256").update(Buffer.from(hex, "hex")).digest("hex");
    expect(signed.canonicalRequest.split("\n").at(-1)).toBe(hash);
    expect(Buffer.from((signed.body ?? "") as string).toString("hex")).toBe(hex);
    expect(signed.headers["content-type"]).toBe(type);
  });

  it.each<[string, unknown]>([
    ["a form", new FormData()],
    ["a stream", new ReadableStream()],
    ["a Node.js stream", Readable.from(["x"])],
    ["an object", { a: 1 }],
    ["a number", 1],
  ])("refuses a body of %s", async (_, body) => {
    const request = { method: "POST", url, body } as Parameters<typeof signRequest>[0];
    const refused = signRequest(request, { credentials: exampleCredentials, date });
    await expect(refused).rejects.toMatchObject({ name: "UsageError", code: "ERR_ARGUMENT" });
  });

  it("leaves a stream out of the signature where that is asked for", async () => {
    const body = new ReadableStream();
    const options = { credentials: exampleCredentials, date, unsignedPayload: true };
    const signed = await signRequest({ method: "PUT", url, body }, options);
    expect(signed.canonicalRequest.split("\n").at(-1)).toBe("UNSIGNED-PAYLOAD");
    expect(signed.body).toBe(body);
  });

  it.each<[string, unknown, unknown]>([
    ["no request", undefined, { credentials: exampleCredentials }],
    ["no options", { url }, undefined],
    ["no URL", {}, { credentials: exampleCredentials }],
    ["a URL that is a number", { url: 1 }, { credentials: exampleCredentials }],
    ["a method that is no text", { url, method: 1 }, { credentials: exampleCredentials }],
    ["a method with a blank", { url, method: "A B" }, { credentials: exampleCredentials }],
  ])("refuses %s with a typed error", async (_, request, options) => {
    const refused = signRequest(request as never, options as never);
    await expect(refused).rejects.toMatchObject({ name: "UsageError", code: "ERR_ARGUMENT" });
  });

  it("replaces an authorization that is there, and signs the caller's headers", async () => {
    const headers = new Headers({ Authorization: "old", "X-Own": "1", "User-Agent": "me" });
    const signed = await signRequest({ url, headers, method: "post", body: "{}" }, { credentials: exampleCredentials });
    expect(signed.method).toBe("POST");
    expect(signed.headers["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token;x-own,");
    expect(signed.headers["user-agent"]).toBe("me");
    expect(signed.headers["content-length"]).toBe("2");
  });

  it("presigns", async () => {
    const signed = await signRequest({ url }, { credentials: exampleCredentials, presignSeconds: 60, date });
    expect(signed.url.startsWith(`${url}&X-Amz-Algorithm=AWS4-HMAC-SHA256&`)).toBe(true);
    expect(signed.headers).toEqual({});
    await expect(signRequest({ url }, { credentials: exampleCredentials, presignSeconds: 0 })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
    });
  });

  it("asks for the service of a custom domain", async () => {
    const signing = signRequest({ url: "https://api.example.com/" }, { credentials: exampleCredentials });
    await expect(signing).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      hints: [expect.stringContaining("service: ")],
    });
  });
});

describe("createSignedFetch", () => {
  const signedFetch = createSignedFetch(provider, scope);

  it("signs what fetch sends", async () => {
    const server = await serve();
    const plain = await signedFetch(`${server.origin}/a b/../c*?q=a b&k=ü&k=%2f`);
    expect(await plain.json()).toEqual({ ok: true });
    const posted = await signedFetch(new URL(`${server.origin}/items`), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Own": "a  b" },
      body: JSON.stringify({ name: "ü" }),
    });
    expect(posted.status).toBe(200);
    const form = await signedFetch(
      new Request(`${server.origin}/f`, { method: "PUT", body: new URLSearchParams("a=1") }),
    );
    expect(form.status).toBe(200);
    expect(server.requests.map(({ verdict }) => verdict?.valid)).toEqual([true, true, true]);
  });

  it("passes a stream on unsigned when told so", async () => {
    const server = await serve();
    const body = new Blob(["abc", "def"]).stream();
    const unsigned = createSignedFetch(provider, { ...scope, unsignedPayload: true });
    const answer = await unsigned(`${server.origin}/`, { method: "PUT", body, duplex: "half" });
    expect(answer.status).toBe(200);
    expect(server.requests[0]?.body.toString()).toBe("abcdef");
  });

  it("signs SigV4A", async () => {
    const server = await serve();
    const everywhere = createSignedFetch(provider, { service: "s3", regionSet: "*" });
    expect((await everywhere(`${server.origin}/key`)).status).toBe(200);
  });

  it("signs redirects anew on the same host and leaves signature and token behind for another", async () => {
    const other = await serve({ answer: () => ({ status: 200, body: "other" }) });
    const server = await serve({
      answer: ({ target }) => {
        if (target === "/a") return { status: 307, headers: { Location: "/b" } };
        return { status: 302, headers: { Location: `${other.origin}/x` } };
      },
    });
    const answer = await signedFetch(`${server.origin}/a`, {
      method: "POST",
      body: "x",
      headers: { "X-Api-Key": "k" },
    });
    expect(await answer.text()).toBe("other");
    expect(server.requests.map(({ requestLine, verdict }) => [requestLine, verdict?.valid])).toEqual([
      ["POST /a HTTP/1.1", true],
      ["POST /b HTTP/1.1", true],
    ]);
    expect(other.requests[0]).toMatchObject({ requestLine: "GET /x HTTP/1.1", verdict: undefined });
    const names = other.requests[0]?.headers.map(([name]) => name.toLowerCase()) ?? [];
    for (const name of ["authorization", "x-amz-security-token", "x-amz-date", "x-api-key"]) {
      expect(names).not.toContain(name);
    }
  });

  it("shows a redirect when asked to, as fetch does", async () => {
    const server = await serve({ answer: () => ({ status: 302, headers: { Location: "/b" } }) });
    const answer = await signedFetch(`${server.origin}/a`, { redirect: "manual" });
    expect([answer.status, server.requests.length]).toEqual([302, 1]);
  });

  it("corrects a wrong clock once", async () => {
    const server = await serve({ clockOffsetMs: 3_600_000 });
    expect((await signedFetch(`${server.origin}/`, { method: "POST", body: "x" })).status).toBe(200);
    expect(server.requests.map(({ verdict }) => verdict?.valid)).toEqual([false, true]);
  });

  it("gives a refusal back with its body", async () => {
    const server = await serve({ answer: () => ({ status: 403, body: '{"message":"no"}' }) });
    const answer = await signedFetch(`${server.origin}/`);
    expect([answer.status, await answer.text()]).toEqual([403, '{"message":"no"}']);
  });

  it("stops with its signal", async () => {
    const server = await serve();
    await expect(signedFetch(`${server.origin}/`, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
