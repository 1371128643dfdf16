// Faults of the network that look alike to whoever waits: each has a finding of its own.
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:https";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { startHttpProxy } from "../support/http-proxy.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("network-faults");
const awsHost = "rolesanywhere.us-east-1.amazonaws.com";
const authority = createAuthority(keyOf("ec-p256", "proxy"), {
  subject: [
    ["O", "Example Corp"],
    ["CN", "Corporate Proxy CA"],
  ],
});
const bundle = join(folder, "proxy-ca.pem");
writeFileSync(bundle, authority.pem);
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

async function check(
  endpoint: string | undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly Finding[]> {
  const { stdout, stderr } = await runCli(["check", "--json", ...emulatorFlags(emulator, { endpoint })], {
    env: { AWS_EC2_METADATA_DISABLED: "true", ...env },
  });
  expect(stderr).toBe("");
  return (JSON.parse(stdout) as { readonly findings: Finding[] }).findings;
}

const firstFailure = (findings: readonly Finding[]) => findings.find(({ level }) => level === "fail");

/** What a server does with each connection. */
async function withServer<T>(serve: (socket: Socket) => void, use: (port: number) => Promise<T>): Promise<T> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on("error", () => undefined));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    for (const socket of open) socket.destroy();
  }
}

/** A TLS server by the authority of the proxy. */
async function withTls<T>(spec: CertificateSpec, use: (port: number) => Promise<T>): Promise<T> {
  const leaf = issueCertificate(keyOf("ec-p256", "server"), spec, authority);
  const server = createTlsServer({ cert: leaf.pem + authority.pem, key: leaf.key.privateKeyPem }, (_, response) =>
    response.writeHead(404).end(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test("a refused connection means that no program listens", async () => {
  const port = await withServer(
    () => undefined,
    (closed) => Promise.resolve(closed),
  );
  expect(firstFailure(await check(`http://127.0.0.1:${port}`))).toMatchObject({
    code: "CONNECTION",
    message: "connection refused: no program listens there, or a firewall refuses",
  });
});

test.each(["http", "https"])(
  "a server that accepts the connection but does not respond is reported: %s",
  async (protocol) => {
    const findings = await withServer(
      () => undefined,
      (port) => check(`${protocol}://127.0.0.1:${port}`),
    );
    expect(firstFailure(findings)).toMatchObject({
      code: "TLS",
      message: "connected, but the server stays silent",
      error: "ERR_TIMEOUT",
    });
  },
);

test("a server that drops the connection is reported", async () => {
  const findings = await withServer(
    (socket) => socket.destroy(),
    (port) => check(`http://127.0.0.1:${port}`),
  );
  expect(firstFailure(findings)).toMatchObject({ code: "TLS", error: "ERR_CONNECTION" });
  expect(firstFailure(findings)?.message).toContain("the connection was dropped");
});

test("a wrong clock is detected by the validity of the server's certificate", async () => {
  const spec = { notBefore: new Date(Date.now() + 86_400_000), alternativeNames: [["dns", "localhost"]] } as const;
  const findings = await withTls(spec, (port) => check(`https://localhost:${port}`, { AWS_CA_BUNDLE: bundle }));
  const failure = firstFailure(findings);
  expect(failure).toMatchObject({ code: "TLS", error: "ERR_TLS" });
  expect(failure?.message).toMatch(/not valid yet \(issued by .*Corporate Proxy CA\); it is valid from .* clock says/);
  expect(failure?.hint).toContain("set the clock of this machine");
});

test("a proxy that intercepts connections to AWS is reported, trusted or not", async () => {
  await withTls({ alternativeNames: [["dns", awsHost]] }, async (port) => {
    await using proxy = await startHttpProxy({ portOf: () => port });
    const env = { HTTPS_PROXY: proxy.url };
    const untrusted = firstFailure(await check(undefined, env));
    expect(untrusted).toMatchObject({ code: "TLS", error: "ERR_TLS" });
    expect(untrusted?.message).toMatch(/issued by Example Corp, Corporate Proxy CA\): another server opens/);
    expect(untrusted?.hint).toContain("AWS_CA_BUNDLE");
    const trusted = (await check(undefined, { ...env, AWS_CA_BUNDLE: bundle })).find(({ code }) => code === "TLS");
    expect(trusted).toMatchObject({ level: "warn" });
    expect(trusted?.message).toContain("a proxy between here and AWS opens the connection");
  });
});
