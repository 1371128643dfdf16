import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let emulator: Emulator;
const off = { ROLESANYWHERE_TS_CACHE: "off" };

beforeAll(async () => {
  emulator = await startEmulator({ tls: true });
});
afterAll(async () => {
  await emulator.stop();
});

function vend(
  env: Readonly<Record<string, string | undefined>>,
  more: readonly string[] = [],
  flags: Readonly<Record<string, string | undefined>> = {},
): Promise<CliResult> {
  return runCli(["credential-process", ...emulatorFlags(emulator, flags), ...more], { env: { ...off, ...env } });
}

const success = { stderr: "", status: 0 };

test("a server certificate of an unknown authority is refused, with the way to trust it", async () => {
  const result = await vend({});
  expect(result).toMatchObject({ stdout: "", status: 4 });
  expect(result.stderr).toMatch(/error\[ERR_TLS\]: cannot reach 127\.0\.0\.1:\d+: the server's certificate/);
  expect(result.stderr).toContain("AWS_CA_BUNDLE");
});

test.each(["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"])("%s names the authority to trust", async (name) => {
  expect(await vend({ [name]: emulator.variables["AWS_CA_BUNDLE"] })).toMatchObject(success);
});

test("an AWS_CA_BUNDLE that is not there is named", async () => {
  const result = await vend({ AWS_CA_BUNDLE: "/nowhere/ca.pem" });
  expect(result).toMatchObject({ stdout: "", status: 2 });
  expect(result.stderr).toContain("AWS_CA_BUNDLE names /nowhere/ca.pem, which cannot be read: ENOENT");
});

test("an AWS_CA_BUNDLE without a certificate is refused, since it would trust nobody", async () => {
  const bundle = join(createScratch("network"), "notes.txt");
  writeFileSync(bundle, "the roots are elsewhere\n");
  const result = await vend({ AWS_CA_BUNDLE: bundle });
  expect(result).toMatchObject({ stdout: "", status: 2 });
  expect(result.stderr).toContain(
    `error[ERR_SETTING]: AWS_CA_BUNDLE names ${bundle}, which holds no certificate in PEM`,
  );
});

test("--no-verify-ssl works in silence, and says so in the trace", async () => {
  expect(await vend({}, ["--no-verify-ssl"])).toMatchObject(success);
  expect((await vend({}, ["--no-verify-ssl", "--debug"])).stderr).toContain(
    "certificate verification is off (--no-verify-ssl)",
  );
});

test("a proxy that nobody runs is named as the likely fault", async () => {
  const result = await vend({ HTTPS_PROXY: "http://127.0.0.1:1" }, [], { endpoint: undefined });
  expect(result).toMatchObject({ stdout: "", status: 4 });
  expect(result.stderr).toContain("through the proxy that the environment names (HTTPS_PROXY): connection refused");
});

test("a server that does not speak TLS is told apart from one that is away", async () => {
  const plain = createTcpServer((socket) =>
    socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  plain.listen(0, "127.0.0.1");
  await once(plain, "listening");
  const result = await vend({}, [], { endpoint: `https://127.0.0.1:${(plain.address() as AddressInfo).port}` });
  plain.close();
  expect(result).toMatchObject({ stdout: "", status: 4 });
  expect(result.stderr).toContain("the TLS handshake failed");
  expect(result.stderr).toContain("a local one without TLS is reached by http://");
});

test("the path prefix of an endpoint is signed as it is sent", async () => {
  const prefixed = createServer((request, response) => {
    const { pathname, search } = new URL(`http://localhost${request.url ?? ""}`);
    response.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": "AccessDeniedException" });
    response.end(JSON.stringify({ message: `${pathname}${search === "" ? "" : "?"}` }));
  });
  prefixed.listen(0, "127.0.0.1");
  await once(prefixed, "listening");
  const endpoint = `http://127.0.0.1:${(prefixed.address() as AddressInfo).port}/gate%20way/v1/`;
  const { stderr } = await vend({}, ["--debug"], { endpoint });
  prefixed.close();
  expect(stderr).toContain("AccessDeniedException: /gate%20way/v1/sessions?");
  // Every service but S3 encodes the path as sent once more.
  expect(stderr).toMatch(/canonical request:\n {2}POST\n {2}\/gate%2520way\/v1\/sessions\n/);
});
