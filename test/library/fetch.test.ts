import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSignedFetch } from "../../src/index.js";

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server that records, and answers by the path: `/redirect/STATUS?to=URL`, `/status/N`, anything else 200. */
async function startServer() {
  const seen: Seen[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url: target = "", headers } = request;
    seen.push({
      method,
      target,
      headers: headers as Record<string, string>,
      body: Buffer.concat(chunks).toString("latin1"),
    });
    const url = new URL(target, "http://h");
    const [, kind, status] = url.pathname.split("/");
    if (kind === "redirect") {
      response.writeHead(Number(status), { location: url.searchParams.get("to") ?? "" }).end("moved");
    } else if (kind === "status") {
      response.writeHead(Number(status), { "x-one": "1" }).end();
    } else {
      response.writeHead(200, { "content-type": "text/plain", "x-one": "1" }).end("hello");
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => seen.splice(0),
    close: () => server.close(),
  };
}

let here: Awaited<ReturnType<typeof startServer>>;
let elsewhere: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  here = await startServer();
  elsewhere = await startServer();
});
afterAll(() => {
  here.close();
  elsewhere.close();
});

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
const signedFetch = createSignedFetch(async () => credentials, { service: "execute-api", region: "us-east-1" });

type Call = (
  origin: string,
  elsewhere: string,
) => { readonly input: string | URL | Request; readonly init?: RequestInit };

const signature = /^(?:authorization|x-amz-(?:date|security-token|content-sha256)|connection|host)$/;

/** A stream is held for its hash, and then has a length. */
const framing = /^(?:content-length|transfer-encoding)$/;

/** What a caller and the servers see of one call. */
async function observe(fetch: typeof globalThis.fetch, call: Call) {
  const { input, init } = call(here.origin, elsewhere.origin);
  const outcome = await fetch(input, init).then(
    async (response) => ({
      status: response.status,
      url: response.url,
      redirected: response.redirected,
      type: response.type,
      header: response.headers.get("x-one"),
      body: await response.text(),
    }),
    (error: unknown) => ({ failed: error instanceof Error ? error.name : "no error" }),
  );
  const plain = ({ headers, ...request }: Seen) => ({
    ...request,
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => !signature.test(name) && !framing.test(name))
        .map(([name, value]) => [name, value.replace(/boundary=.*/, "boundary=…")]),
    ),
    body: request.body.replaceAll(/-{4,}[\w-]+/g, "…"),
  });
  return { outcome, here: here.take().map(plain), elsewhere: elsewhere.take().map(plain) };
}

const bytes = new Uint8Array([0, 255, 10, 13, 200]);
const hash = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const form = () => {
  const data = new FormData();
  data.append("a", "1");
  data.append("f", new Blob(["file"], { type: "text/plain" }), "f.txt");
  return data;
};
const streamed = (text: string) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
const post =
  (body: NonNullable<RequestInit["body"]>, more: RequestInit = {}): Call =>
  (origin) => ({ input: `${origin}/p`, init: { method: "POST", body, ...more } });
const to =
  (status: number, place: string, init?: RequestInit): Call =>
  (origin, other) => ({
    input: `${origin}/redirect/${status}?to=${encodeURIComponent(place.replace("ELSEWHERE", other))}`,
    ...(init === undefined ? {} : { init }),
  });

const calls: readonly (readonly [string, Call])[] = [
  ["a string", (origin) => ({ input: `${origin}/a?b=c` })],
  ["a URL", (origin) => ({ input: new URL(`${origin}/a?b=c`) })],
  ["a Request", (origin) => ({ input: new Request(`${origin}/a?b=c`, { method: "PUT", body: "x" }) })],
  [
    "a Request and an init",
    (origin) => ({ input: new Request(`${origin}/a`, { headers: { "x-a": "1" } }), init: { headers: { "x-b": "2" } } }),
  ],
  ["dot segments", (origin) => ({ input: `${origin}/a/../b/./c` })],
  ["a fragment", (origin) => ({ input: `${origin}/a#part` })],
  ["blanks and umlauts", (origin) => ({ input: `${origin}/a b/ü?q=ä ö` })],
  ["no URL", () => ({ input: "nothing" })],
  ["another scheme", () => ({ input: "ftp://127.0.0.1/" })],
  ["a port that nobody listens on", () => ({ input: "http://127.0.0.1:9/" })],
  ...["GET", "get", "HEAD", "DELETE", "delete", "OPTIONS", "POST", "post", "PUT", "PATCH", "PROPFIND"].map(
    (method): readonly [string, Call] => [`method ${method}`, (origin) => ({ input: `${origin}/m`, init: { method } })],
  ),
  ["method CONNECT", (origin) => ({ input: `${origin}/m`, init: { method: "CONNECT" } })],
  ["method with a blank", (origin) => ({ input: `${origin}/m`, init: { method: "A B" } })],
  ["GET with a body", (origin) => ({ input: `${origin}/m`, init: { body: "x" } })],
  ["a text body", post("text ü")],
  ["an empty body", post("")],
  ["a Uint8Array", post(bytes)],
  ["a Buffer", post(Buffer.from(bytes))],
  ["an ArrayBuffer", post(bytes.buffer)],
  ["a DataView", post(new DataView(bytes.buffer, 1, 3))],
  ["a Uint16Array", post(new Uint16Array([1, 2]))],
  ["a Blob", post(new Blob(["blob"], { type: "text/x" }))],
  ["a Blob without a type", post(new Blob([bytes]))],
  ["URLSearchParams", post(new URLSearchParams({ a: "1 2", b: "ü" }))],
  ["FormData", (origin) => ({ input: `${origin}/p`, init: { method: "POST", body: form() } })],
  [
    "a stream",
    (origin) => ({
      input: `${origin}/p`,
      init: { method: "POST", body: streamed("streamed"), duplex: "half" },
    }),
  ],
  ["a stream without duplex", (origin) => ({ input: `${origin}/p`, init: { method: "POST", body: streamed("x") } })],
  ["a content type of one's own", post("{}", { headers: { "content-type": "application/json" } })],
  ["headers as an object", post("x", { headers: { "X-A": "1", "x-b": " 2 " } })],
  [
    "headers as pairs",
    post("x", {
      headers: [
        ["x-a", "1"],
        ["x-a", "2"],
      ],
    }),
  ],
  ["Headers", post("x", { headers: new Headers({ "x-a": "1" }) })],
  ["a header of latin1", post("x", { headers: { "x-a": "caf\u00e9" } })],
  ["a header beyond latin1", post("x", { headers: { "x-a": "\u20ac" } })],
  ["a header with a line end", post("x", { headers: { "x-a": "1\n2" } })],
  ["an empty header", post("x", { headers: { "x-a": "" } })],
  ["a user agent", post("x", { headers: { "user-agent": "mine", accept: "a/b" } })],
  ...[301, 302, 303, 307, 308].flatMap((status): (readonly [string, Call])[] => [
    [`${status} of GET`, to(status, "/there")],
    [`${status} of POST`, to(status, "/there", { method: "POST", body: "x", headers: { "content-type": "a/b" } })],
    [`${status} of PUT`, to(status, "/there", { method: "PUT", body: "x" })],
  ]),
  ["a redirect of HEAD by 303", to(303, "/there", { method: "HEAD" })],
  ["a redirect to a relative path", to(302, "../there?x=1")],
  [
    "a redirect to another host",
    to(302, "ELSEWHERE/x", { headers: { authorization: "mine", cookie: "a=1", "x-kept": "1" } }),
  ],
  ["a redirect of a body to another host", to(307, "ELSEWHERE/x", { method: "POST", body: "x" })],
  ["a redirect without a Location", (origin) => ({ input: `${origin}/status/302` })],
  ["a redirect to ftp", to(302, "ftp://h/x")],
  ["redirect: manual", to(302, "/there", { redirect: "manual" })],
  ["redirect: error", to(302, "/there", { redirect: "error" })],
  ["redirect: error without one", (origin) => ({ input: `${origin}/a`, init: { redirect: "error" } })],
  ...[201, 204, 304, 404, 500].map((status): readonly [string, Call] => [
    `status ${status}`,
    (origin) => ({ input: `${origin}/status/${status}` }),
  ]),
  ["integrity that holds", (origin) => ({ input: `${origin}/a`, init: { integrity: hash("hello") } })],
  ["integrity that fails", (origin) => ({ input: `${origin}/a`, init: { integrity: hash("other") } })],
  ["integrity behind a redirect", to(302, "/there", { integrity: hash("hello") })],
  ["integrity that fails behind a redirect", to(302, "/there", { integrity: hash("moved") })],
  ["a signal that has aborted", (origin) => ({ input: `${origin}/a`, init: { signal: AbortSignal.abort() } })],
  [
    "a signal with a reason",
    (origin) => ({ input: `${origin}/a`, init: { signal: AbortSignal.abort(new RangeError("mine")) } }),
  ],
];

describe("createSignedFetch beside fetch", () => {
  it("has at least 60 calls", () => expect(calls.length).toBeGreaterThanOrEqual(60));

  it.each(calls)("%s", async (name, call) => {
    const theirs = await observe(globalThis.fetch, call);
    const ours = await observe(signedFetch, call);
    expect(ours).toEqual(theirs);
    expect(name).not.toBe("");
  });
});
