// Bun sends by its own `fetch`, Node.js by `node:https`: the same script under both has to send and to answer the same.
import { writeFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { createFetchSend } from "../../../src/aws/http/fetch-send.js";
import { bundleModule } from "../../support/bundle-module.js";
import { createPki } from "../../support/pki.js";
import { runProgram } from "../../support/run-program.js";
import { findRuntimes } from "../../support/runtimes.js";
import { createScratch } from "../../support/scratch.js";

const bun = findRuntimes().find(({ name }) => name === "bun");
const scratch = createScratch("fetch-send");
const caBundle = join(scratch, "ca.pem");
const pki = createPki();
const leafFor = (alternativeNames: readonly ["ip" | "dns", string][], validity = {}) =>
  pki.leaf("ec-p256", {
    subject: [["CN", "server"]],
    alternativeNames,
    extendedKeyUsage: ["serverAuth"],
    ...validity,
  });
const good = leafFor([
  ["ip", "127.0.0.1"],
  ["dns", "localhost"],
]);

let script: string;
beforeAll(async () => {
  writeFileSync(caBundle, pki.root.pem);
  script = await bundleModule(`
    import { createSender } from "./src/aws/http/send.ts";
    const { options, request, abortMs } = JSON.parse(process.argv[2]);
    let fetched = 0;
    const own = globalThis.fetch;
    globalThis.fetch = (...words) => (fetched++, own(...words));
    const controller = new AbortController();
    if (abortMs !== undefined) setTimeout(() => controller.abort(new Error("enough")), abortMs);
    const send = createSender({ verifySsl: true, variables: process.env, ...options });
    const outcome = await send(request, controller.signal).catch(({ code, message, hints }) => ({ code, message, hints }));
    process.stdout.write(JSON.stringify({ outcome, fetched }), () => process.exit());
  `);
});

interface Case {
  /** What the server does with a connection whose request has arrived, or with a bare connection. */
  readonly answer?: (socket: Socket) => void;
  readonly bare?: (socket: Socket) => void;
  readonly server?: {
    readonly pem: string;
    readonly key: { readonly privateKeyPem: string };
    readonly maxVersion?: "TLSv1.1";
  };
  readonly request?: Record<string, unknown>;
  readonly options?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  readonly abortMs?: number;
}

interface Seen {
  readonly outcome: unknown;
  readonly fetched: number;
  /** What each connection sent. */
  readonly sent: readonly string[];
}

const ok = (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");

async function run(words: readonly [string, ...string[]], spec: Case): Promise<Seen> {
  const { answer = ok, bare, server: leaf = good, request, options, env, abortMs } = spec;
  const sent: string[] = [];
  const ends: (() => unknown)[] = [];
  const onConnection = (socket: Socket | TLSSocket) => {
    const at = sent.push("") - 1;
    let head = "";
    socket.on("error", () => undefined);
    ends.push(() => socket.destroy());
    if (bare !== undefined) return bare(socket);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      const before = head.endsWith("{}");
      head += text;
      sent[at] = head.replace(/localhost:\d+|127\.0\.0\.1:\d+/g, "HOST");
      if (!before && head.endsWith("{}")) answer(socket);
    });
  };
  const server =
    bare === undefined
      ? createTlsServer({ cert: leaf.pem, key: leaf.key.privateKeyPem, ...versionsOf(leaf) }, onConnection)
      : createServer(onConnection);
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const asked = {
    options: { timeouts, caBundle: { value: caBundle, origin: { kind: "flag", flag: "ca-bundle" } }, ...options },
    abortMs,
    request: {
      protocol: "https:",
      hostname: "127.0.0.1",
      port,
      method: "POST",
      target: "/sessions?profileArn=arn%3Aaws&x=%7e",
      headers: [
        ["content-type", "application/json"],
        ["host", `127.0.0.1:${port}`],
        ["x-amz-x509", "MIIB"],
        ["Authorization", "AWS4-X509-ECDSA-SHA256 Credential=1/2, SignedHeaders=host, Signature=00"],
        ["user-agent", "rolesanywhere-ts/0"],
        ["accept", "application/json"],
        ["content-length", "2"],
      ],
      body: "{}",
      ...request,
    },
  };
  const [program, ...before] = words;
  const { stdout, stderr } = await runProgram(program, [...before, script, JSON.stringify(asked)], {
    env: { HOME: scratch, ...env },
  });
  for (const end of ends) end();
  if (stdout === "") throw new Error(stderr);
  const { outcome, fetched } = JSON.parse(stdout.replaceAll(`:${port}`, ":PORT")) as Omit<Seen, "sent">;
  return { outcome, fetched, sent };
}

const versionsOf = ({ maxVersion }: NonNullable<Case["server"]>) =>
  maxVersion === undefined ? {} : { maxVersion, minVersion: "TLSv1" as const, ciphers: "DEFAULT@SECLEVEL=0" };

/** `fetch` writes well-known fields in its own order and case; neither matters to a signature. */
function requestsOf({ sent }: Seen): readonly unknown[] {
  return sent
    .filter((text) => text !== "")
    .map((text) => {
      const [head = "", body] = text.split("\r\n\r\n");
      const [line, ...fields] = head.split("\r\n");
      return {
        line,
        body,
        fields: fields.map((field) => field.replace(/^[^:]+/, (name) => name.toLowerCase())).sort(),
      };
    });
}

const raw = (text: string) => (socket: Socket) => void socket.end(text, "latin1");
const close = (socket: Socket) => void socket.destroy();
const timeouts = { connectMs: 20_000, firstByteMs: 20_000, overallMs: 50_000 };
const now = Date.now();

const byFetch: Readonly<Record<string, Case>> = {
  "a usual answer": {},
  "a name instead of an address": { request: { hostname: "localhost" } },
  "an answer in pieces": {
    answer: raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
  },
  "repeated fields of an answer": {
    answer: raw("HTTP/1.1 403 Forbidden\r\nX-A: 1\r\nx-a: 2\r\nx-amzn-errortype: A\r\ncontent-length: 0\r\n\r\n"),
  },
  "a mark at the beginning of an answer": {
    answer: raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n\u00ef\u00bb\u00bfhi"),
  },
  "an answer that says it is compressed": {
    answer: raw("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nhi"),
  },
  "a redirection": {
    answer: raw("HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
  },
  "an answer without a length": { answer: raw("HTTP/1.1 200 OK\r\n\r\nhi") },
  "an answer without a body": { answer: raw("HTTP/1.1 204 No Content\r\n\r\n") },
  "an informational answer first": {
    answer: raw("HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"),
  },
  "an answer above the limit": { answer: raw(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1024 * 1024 + 1)}`) },
  "an answer of just the limit": { answer: raw(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1024 * 1024)}`) },
  "a connection that ends before the answer": { answer: close },
  "no answer within its time": { answer: () => undefined, options: { timeouts: { ...timeouts, firstByteMs: 600 } } },
  "a caller that gives up": { answer: () => undefined, abortMs: 500 },
  "a caller that gives up during the body": {
    answer: (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi"),
    abortMs: 700,
  },
  "a server certificate of another name": { server: leafFor([["dns", "other.example"]]) },
  "a server certificate that has expired": {
    server: leafFor([["ip", "127.0.0.1"]], { notBefore: new Date(now - 9e8), notAfter: new Date(now - 8e8) }),
  },
  "a server certificate of an unknown authority": { server: createPki("ec-p384").leaf("ec-p256") },
  "verification turned off for Node.js": {
    server: createPki("ec-p384").leaf("ec-p256"),
    env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  },
  "a server that speaks only TLS 1.1": { server: { ...good, maxVersion: "TLSv1.1" } },
  "a server that does not speak TLS": { bare: raw("HTTP/1.1 400 Bad Request\r\n\r\n") },
  "a connection that ends before TLS": { bare: close },
  "a server that accepts and stays silent": {
    bare: () => undefined,
    options: { timeouts: { ...timeouts, connectMs: 300 } },
  },
  "a refused connection": { request: { port: 1 } },
  "a name that nobody has": { request: { hostname: "name.invalid" } },
};

/** What `fetch` would change goes by `node:https`. */
const byTransport: Readonly<Record<string, Case>> = {
  "a path that a URL parser would change": { request: { target: "/a/../b" } },
  "a repeated field": {
    request: {
      headers: [
        ["host", "h"],
        ["x-a", "1"],
        ["x-a", "2"],
        ["content-length", "2"],
      ],
    },
  },
  "a field beyond ASCII": {
    request: {
      headers: [
        ["host", "h"],
        ["x-a", "ö"],
        ["content-length", "2"],
      ],
    },
  },
  "no verification": { options: { verifySsl: false } },
  "a proxy of the environment": { env: { HTTPS_PROXY: "http://127.0.0.1:1" } },
  "a proxy of the environment that is turned off": {
    env: { https_proxy: "http://127.0.0.1:1" },
    options: { proxy: "" },
  },
  "a proxy for all": { env: { ALL_PROXY: "http://127.0.0.1:1" } },
  "Bun's trace of requests": { env: { BUN_CONFIG_VERBOSE_FETCH: "curl" } },
  "roots of the environment": { env: { SSL_CERT_FILE: caBundle }, options: { caBundle: undefined } },
  "a host whose name ends in a dot": { request: { hostname: "localhost." } },
};

it("plain HTTP, a socket's path and a streamed body are left to the transport", async () => {
  const send = createFetchSend({ verifySsl: true, caBundle: undefined, variables: {} }, { rejectUnauthorized: true });
  const usual = {
    protocol: "https:",
    hostname: "h",
    port: 1,
    method: "GET",
    target: "/",
    headers: [],
    body: "",
  } as const;
  const limits = { ...timeouts, maxBytes: 1, tooLong: "more than", signal: new AbortController().signal };
  for (const change of [
    { protocol: "http:" as const },
    { dial: { socketPath: "/s" } },
    { body: () => Readable.from([]) },
    { onSocket: () => undefined },
  ])
    expect(await send({ ...usual, ...change }, limits)).toBeUndefined();
});

describe.runIf(bun !== undefined)("a sender under Bun does as under Node.js with", () => {
  const words = bun?.words ?? ["bun"];

  it.concurrent.each(Object.entries(byFetch))("%s, by fetch", async (_, spec) => {
    const [seen, expected] = await Promise.all([run(words, spec), run([process.execPath], spec)]);
    expect(seen.outcome).toEqual(expected.outcome);
    // Nothing is sent twice. When a caller gives up, the request may be on its way or not.
    const sent = spec.abortMs === undefined ? requestsOf(seen) : requestsOf(expected);
    expect(sent).toEqual(requestsOf(expected));
    expect(seen.fetched).toBe(1);
  });

  it.concurrent.each(Object.entries(byTransport))("%s, by node:https", async (_, spec) => {
    const [seen, expected] = await Promise.all([run(words, spec), run([process.execPath], spec)]);
    expect(seen).toEqual(expected);
  });
});
