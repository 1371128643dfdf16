import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { CredentialProvider } from "../../../src/aws/credentials.js";
import { parseEndpoint } from "../../../src/aws/endpoint.js";
import { createArchiveSequence } from "../../../src/readers/archive/sequence.js";
import { createPersistentStore } from "../../../src/readers/s3/persistent-store.js";
import { createS3Store } from "../../../src/readers/s3/sdk-store.js";
import { createSpanReader } from "../../../src/readers/archive/spans.js";
import { writeRaw } from "../../../src/readers/members/raw.js";
import { runCli } from "../../support/run-cli.js";
import { startS3Server, staticKey } from "../../support/s3-server.js";
import type { S3Fault, S3Request, S3Server } from "../../support/s3-server.js";
import { createScratch } from "../../support/scratch.js";
import { writeZip } from "../../support/zip-writer.js";
import { aRegion } from "../../support/parsed.js";

/** 6 MiB that do not compress: one request for the head, several for the parts. */
const data = Buffer.from(randomBytes(3 << 20).toString("hex"));
const archive = writeZip([{ name: "m.csv", data, method: "stored" }]);

const servers: S3Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function serve(fault: (request: S3Request) => S3Fault | undefined): Promise<S3Server> {
  const server = await startS3Server({ fault });
  server.put("b", "a.zip", archive);
  servers.push(server);
  return server;
}

/** Reads the member through all layers, without the waits between tries. */
async function readMember(server: S3Server, stallMs = 5_000, credentials: CredentialProvider = async () => staticKey) {
  const store = createS3Store({
    requesterPays: false,
    credentials,
    region: aRegion("eu-west-1"),
    endpoint: parseEndpoint(server.url, "the test's server"),
    verifySsl: true,
    caBundle: undefined,
    variables: {},
    timeoutMs: stallMs,
  });
  const tally = { requests: 0, retries: 0, bytesReceived: 0 };
  const persistence = { stallMs, random: () => 0 };
  const persistent = createPersistentStore(store, persistence, tally, new AbortController().signal);
  const selection = { wanted: () => true, maxExpansion: 250 };
  const sequence = createArchiveSequence([{ bucket: "b", key: "a.zip", listed: undefined }], selection, persistent);
  const pieces: Buffer[] = [];
  const sink = { write: async (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes)) };
  try {
    await writeRaw(sequence, createSpanReader(sequence.spans(), persistent), sink, {
      rows: 0,
      bytes: 0,
      members: 0,
      notes: [],
    });
  } finally {
    store.close();
  }
  return { bytes: Buffer.concat(pieces), tally };
}

describe("a reader on a bad line", () => {
  it("goes on where connections were cut, at any of 200 random bytes", async () => {
    const cuts = fc.sample(fc.integer({ min: 0, max: 2 << 20 }), 200);
    let cut = 0;
    // Every other answer breaks, until all places had their turn.
    const server = await serve(({ number }) =>
      number % 2 === 0 && cut < cuts.length ? { kind: "cut", afterBytes: cuts[cut++] as number } : undefined,
    );
    let retries = 0;
    while (cut < cuts.length) {
      const { bytes, tally } = await readMember(server);
      expect(bytes.equals(data)).toBe(true);
      retries += tally.retries;
    }
    expect(retries).toBeGreaterThan(100);
  });

  it("waits out a storm of SlowDown and server errors", async () => {
    const server = await serve(({ number }) =>
      number % 4 === 0 ? undefined : { kind: "status", status: number % 4 === 1 ? 500 : 503, code: "SlowDown" },
    );
    const { bytes, tally } = await readMember(server);
    expect(bytes.equals(data)).toBe(true);
    expect(tally.retries).toBeGreaterThan(10);
  });

  it("drops an answer that stalls and asks for the rest", async () => {
    const server = await serve(({ number }) => (number % 3 === 2 ? { kind: "stall", afterBytes: 70_000 } : undefined));
    const { bytes } = await readMember(server, 150);
    expect(bytes.equals(data)).toBe(true);
  });

  it("does not give out bytes that were changed on the way", async () => {
    const server = await serve(({ number }) => (number === 4 ? { kind: "corrupt", atByte: 1000 } : undefined));
    await expect(readMember(server)).rejects.toMatchObject({
      code: "ERR_INPUT",
      message: expect.stringContaining("CRC-32"),
    });
  });

  it("refuses another version, whether or not the server minds If-Match", async () => {
    const careless = await serve(({ number }) => (number > 2 ? { kind: "etag", etag: '"other"' } : undefined));
    await expect(readMember(careless)).rejects.toThrow("the object changed while it was read");
    const strict = await serve(({ number }) => {
      if (number === 3) strict.put("b", "a.zip", writeZip([{ name: "m.csv", data: "a\n" }]));
      return undefined;
    });
    await expect(readMember(strict)).rejects.toThrow("the object changed while it was read");
  });

  it("renews credentials that end in mid-run", async () => {
    let issued = 0;
    let expired = 0;
    let requests = 0;
    const server = await startS3Server({
      // Twice, all sessions that were given out until then end while requests are under way.
      secretOf: (_, token) => {
        requests++;
        if (requests === 2 || requests === 6) expired = issued;
        return Number(token?.split("-")[1]) > expired ? { secret: "secret" } : { refusal: "ExpiredToken" };
      },
    });
    servers.push(server);
    server.put("b", "a.zip", archive);
    const credentials = async () => {
      issued++;
      const expiration = new Date(Date.now() + 30_000);
      return { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: `token-${issued}`, expiration };
    };
    const { bytes } = await readMember(server, 5_000, credentials);
    expect(bytes.equals(data)).toBe(true);
    expect(requests).toBeGreaterThan(6);
    expect(issued).toBeGreaterThan(2);
  });

  it("gives up when nothing helps, and says what S3 said", async () => {
    const server = await serve(() => ({ kind: "status", status: 503, code: "SlowDown" }));
    await expect(readMember(server)).rejects.toMatchObject({
      code: "ERR_THROTTLED",
      message: expect.stringContaining("(SlowDown, request id REQUESTID)"),
    });
    expect(server.requests.length).toBe(8);
    const denied = await serve(() => ({ kind: "status", status: 403, code: "AccessDenied" }));
    await expect(readMember(denied)).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
      hints: [expect.stringContaining("s3:GetObject"), expect.stringContaining("kms:Decrypt")],
    });
    expect(denied.requests.length).toBe(1);
  });
});

describe("read-s3 --output when a run fails half-way", () => {
  it.each([
    [
      "the object changes",
      ({ number }: S3Request): S3Fault | undefined => (number > 3 ? { kind: "etag", etag: '"o"' } : undefined),
      1,
      "the object changed while it was read",
    ],
    [
      "the credentials expire for good",
      ({ number }: S3Request): S3Fault | undefined =>
        number > 3 ? { kind: "status", status: 400, code: "ExpiredToken" } : undefined,
      1,
      "the credentials have expired",
    ],
    [
      "permission is withdrawn",
      ({ number }: S3Request): S3Fault | undefined =>
        number > 3 ? { kind: "status", status: 403, code: "AccessDenied" } : undefined,
      1,
      "access denied",
    ],
  ] as const)("leaves nothing behind: %s", async (_, fault, status, message) => {
    const server = await serve(fault);
    const folder = createScratch("output");
    const output = join(folder, "rows.csv");
    const result = await runCli(["read-s3", "s3://b/a.zip", "--raw", "--output", output], { env: server.env });
    expect(result).toMatchObject({ stdout: "", status });
    expect(result.stderr).toContain(message);
    expect(readdirSync(folder)).toEqual([]);
  });
});
