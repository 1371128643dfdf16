import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTransport } from "../../src/aws/http/transport.js";
import { createBytesBody } from "../../src/request/body.js";
import { converse } from "../../src/request/conversation.js";
import { prepareSigned, prepareUnsigned, prepareUrl } from "../../src/request/outgoing.js";
import type { Outgoing, Signing } from "../../src/request/outgoing.js";
import { exchange } from "../../src/request/exchange.js";
import { parseRequestUrl } from "../../src/request/target.js";
import { sha256Hex } from "../support/sha256.js";
import { exampleCredentials, startVerifyingServer } from "../support/verifying-server.js";
import type { VerifyingServer } from "../support/verifying-server.js";
import { encodingCases } from "../vectors/sigv4-encoding.js";
import type { EncodingCase } from "../vectors/sigv4-encoding.js";

const exchangeOptions = {
  transport: createTransport({ verifySsl: true, caBundle: undefined, proxy: "", variables: {} }),
  connectTimeoutMs: 5_000,
  deadline: undefined,
  decompress: false,
};

let server: VerifyingServer;
beforeAll(async () => {
  server = await startVerifyingServer();
});
afterAll(() => server.close());

function outgoingOf({ row }: EncodingCase): Outgoing {
  return {
    method: row.method ?? "GET",
    target: parseRequestUrl(`${server.origin}${row.typed}`),
    headers: row.headers ?? [],
    unsignedHeaders: [["accept", "*/*"]],
    body: row.body === undefined ? undefined : createBytesBody(Buffer.from(row.body)),
  };
}

function signingOf({ service, token }: EncodingCase, now: Date, regionSet?: string): Signing {
  const { accessKeyId, secretAccessKey } = exampleCredentials;
  return {
    credentials: { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) },
    scope: { service, region: "eu-west-1", regionSet },
    now,
  };
}

async function send(each: EncodingCase, regionSet?: string) {
  const outgoing = outgoingOf(each);
  const signing = signingOf(each, new Date(), regionSet);
  if (each.form === "header") {
    return converse(outgoing, {
      ...exchangeOptions,
      followRedirects: false,
      maxRedirects: 0,
      retries: 0,
      sign: (request, now) => prepareSigned(request, { ...signing, now }),
      now: () => new Date(),
      sleep: () => Promise.resolve(),
      random: () => 0,
      observe: () => undefined,
    });
  }
  const { url } = await prepareUrl(outgoing, signing, 900);
  return exchange(prepareUnsigned({ ...outgoing, target: parseRequestUrl(url) }), exchangeOptions);
}

describe.each([
  ["SigV4", undefined],
  ["SigV4A", "*"],
])("a server that verifies raw bytes accepts every row, %s", (_, regionSet) => {
  it.each(encodingCases)("$title", async (each) => {
    const before = server.requests.length;
    const answer = await send(each, regionSet);
    for await (const chunk of answer.body) void chunk;
    const { row } = each;
    expect(server.requests.length).toBe(before + 1);
    const received = server.requests[before]!;
    expect(received.verdict?.reason === "chunk signature" ? "" : received.verdict?.reason).toBe("");
    expect(received.verdict?.valid).toBe(true);
    expect(answer.statusCode).toBe(200);
    const typed = row.wire ?? row.typed;
    const wanted = `${row.method ?? "GET"} ${typed}`;
    const line = each.form === "header" ? `${wanted} HTTP/1.1` : received.requestLine;
    expect(received.requestLine).toBe(line);
    expect(received.requestLine.startsWith(wanted)).toBe(true);
    expect(received.bodySha256).toBe(sha256Hex(Buffer.from(row.body ?? "")));
  });
});

describe("the verifying server", () => {
  const plain = encodingCases[0]!;

  it("refuses a signature over another path", async () => {
    const outgoing = outgoingOf(plain);
    const prepared = await prepareSigned(outgoing, signingOf(plain, new Date()));
    const target = { ...prepared.target, target: "/other" };
    const answer = await exchange({ ...prepared, target }, exchangeOptions);
    expect(answer.statusCode).toBe(403);
    expect(server.requests.at(-1)?.verdict?.reason).toBe("SignatureDoesNotMatch: signature");
  });

  it("refuses another body", async () => {
    const outgoing = { ...outgoingOf(plain), method: "PUT", body: createBytesBody(Buffer.from("abc")) };
    const prepared = await prepareSigned(outgoing, signingOf(plain, new Date()));
    const openBody = () => createBytesBody(Buffer.from("abd")).open();
    const answer = await exchange({ ...prepared, openBody }, exchangeOptions);
    expect(answer.statusCode).toBe(403);
  });
});
