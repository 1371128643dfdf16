import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { installLean, requireLean } from "../support/lean.js";
import { executable, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const hasLean = requireLean("answers to the lean edition");

const session = JSON.stringify({
  credentialSet: [
    {
      credentials: {
        accessKeyId: "ASIAANSWERED",
        secretAccessKey: "canary-secret",
        sessionToken: "token".repeat(40),
        expiration: "2099-01-01T00:00:00Z",
      },
    },
  ],
  subjectArn: "arn:aws:rolesanywhere:us-east-1:111122223333:subject/Zürich",
});
const body = Buffer.from(session);
const head = (...lines: readonly string[]) =>
  Buffer.from(["HTTP/1.1 201 Created", "content-type: application/json", ...lines, "", ""].join("\r\n"));
const whole = Buffer.concat([head(`content-length: ${body.length}`), body]);
const chunk = (bytes: Buffer, extension = "") =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${extension}\r\n`), bytes, Buffer.from("\r\n")]);
const chunked = (...parts: readonly Buffer[]) => Buffer.concat([head("transfer-encoding: chunked"), ...parts]);

/** Answers every request with these pieces, one after the other, and then ends the connection. */
async function startServer(pieces: readonly Buffer[]) {
  const counts = { connections: 0 };
  async function answer(socket: Socket): Promise<void> {
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise(setImmediate);
    }
    socket.end();
  }
  const server = createServer((socket) => {
    counts.connections += 1;
    socket.on("error", () => undefined);
    socket.once("data", () => void answer(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

describe.skipIf(!hasLean)("the lean edition reads an answer", () => {
  let identity: EmulatedIdentity;
  beforeAll(async () => {
    identity = await createEmulatedIdentity();
  });
  afterAll(() => identity.emulator.stop());

  const vend = (file: string, url: string, home: string, more: readonly string[] = []) =>
    runCli(
      ["credential-process", ...identity.flags, "--role-arn", identity.roleArn("Demo"), "--endpoint", url, ...more],
      { executable: file, env: { HOME: home } },
    );

  it.each([
    ["of a known length", [whole]],
    ["byte by byte", Array.from(whole, (byte) => Buffer.from([byte]))],
    [
      "in chunks",
      [chunked(chunk(body.subarray(0, 7)), chunk(body.subarray(7), ";name=value"), Buffer.from("0\r\n\r\n"))],
    ],
    ["in chunks with a trailer", [chunked(chunk(body)), Buffer.from("0\r\nx-checksum: 1\r\n\r\n")]],
    ["that ends with the connection", [head(), body]],
    ["after an interim one", [Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"), whole]],
    ["that goes on behind its length", [Buffer.concat([whole, Buffer.from("more")])]],
  ])("%s as the bundle does", async (_how, pieces) => {
    await using server = await startServer(pieces);
    const [lean, bundle] = [installLean(), executable].map((file) =>
      vend(file, server.url, createScratch("home"), ["--no-cache"]),
    );
    expect(await lean).toEqual(await bundle);
    expect(await lean).toMatchObject({ stderr: "", status: 0 });
    expect(JSON.parse((await lean)?.stdout ?? "")).toMatchObject({ AccessKeyId: "ASIAANSWERED" });
  });

  it.each([
    ["longer than it may be", [head("content-length: 3000000"), Buffer.alloc(3_000_000, 32)]],
    ["in a chunk longer than it may be", [chunked(chunk(Buffer.alloc(3_000_000, 32)))]],
    ["without an end, longer than it may be", [head(), Buffer.alloc(3_000_000, 32)]],
    ["of two lengths", [head("content-length: 3", "content-length: 4"), Buffer.from("{}  ")]],
  ])("%s as a fault of the connection, with the status of the bundle", async (_how, pieces) => {
    await using server = await startServer(pieces);
    const [lean, bundle] = await Promise.all(
      [installLean(), executable].map((file) => vend(file, server.url, createScratch("home"), ["--no-cache"])),
    );
    expect(lean).toMatchObject({ stdout: "", status: bundle?.status });
    expect(lean?.stderr).toContain("error[ERR_CONNECTION]");
    expect(bundle?.stderr).toContain("error[ERR_CONNECTION]");
  });

  it("and connects to nothing for a cache hit", async () => {
    await using server = await startServer([whole]);
    const home = createScratch("home");
    const lean = installLean();
    const first = await vend(lean, server.url, home);
    expect(first).toMatchObject({ stderr: "", status: 0 });
    const { connections } = server.counts;
    expect(await vend(lean, server.url, home)).toEqual(first);
    expect(await vend(executable, server.url, home)).toEqual(first);
    expect([connections, server.counts.connections]).toEqual([1, 1]);
  });
});
