// A server whose certificate OpenSSL refuses is a fault of TLS, whichever rule it breaks.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec, Issued } from "../support/pki.js";
import { executable, programFile, runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("server-certificates");
const bundle = join(folder, "root.pem");
const root = createAuthority(keyOf("ec-p256", "root"), { subject: [["CN", "Test Root"]] });
const namesake = createAuthority(keyOf("ec-p256", "other"), { subject: [["CN", "Test Root"]] });
const plain: CertificateSpec = { subject: [["CN", "Not a CA"]], keyUsage: "absent" };
const noAuthority = issueCertificate(keyOf("ec-p256", "not-ca"), plain, root);
const shallow = createAuthority(keyOf("ec-p256", "shallow"), { subject: [["CN", "Shallow"]], pathLength: 0 }, root);
const deep = createAuthority(keyOf("ec-p256", "deep"), { subject: [["CN", "Deep"]] }, shallow);
/** An authority without the identifier of its key, which would tell the namesakes apart. */
const withoutKeyId = { extensions: [{ id: "2.5.29.35", critical: false, value: Uint8Array.of(0x30, 0x00) }] };

let emulator: Emulator;
beforeAll(async () => {
  writeFileSync(bundle, root.pem);
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

async function vendFrom(chain: readonly Issued[], options: ServerOptions = {}): Promise<CliResult> {
  const server = createServer(
    { cert: chain.map(({ pem }) => pem).join(""), key: chain[0]?.key.privateKeyPem, ...options },
    (_, response) => response.writeHead(404).end(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return await runCli(["credential-process", ...emulatorFlags(emulator, { endpoint })], {
      env: { AWS_CA_BUNDLE: bundle, ROLESANYWHERE_TS_CACHE: "off" },
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function leafOf(spec: CertificateSpec = {}, issuer: Issued = root): Issued {
  return issueCertificate(keyOf("ec-p256", "server"), { alternativeNames: [["ip", "127.0.0.1"]], ...spec }, issuer);
}

const dayMs = 86_400_000;
test.each<[fault: string, said: string, hint: string, chain: readonly Issued[]]>([
  ["is for clients only", "is not for a TLS server", "serverAuth", [leafOf({ extendedKeyUsage: ["clientAuth"] })]],
  [
    "comes from a certificate that is not a CA",
    "the server's certificate",
    "certificate",
    [leafOf({}, noAuthority), noAuthority],
  ],
  ["is too deep below a CA", "must not issue the next", "path length", [leafOf({}, deep), deep, shallow]],
  ["is signed by another key of that name", "is wrong", "current one", [leafOf(withoutKeyId, namesake)]],
  [
    "has a critical extension that nobody knows",
    "is refused: unhandled critical extension",
    "openssl s_client",
    [leafOf({ extensions: [{ id: "1.2.3.4", critical: true, value: Uint8Array.of(5, 0) }] })],
  ],
  [
    "has expired",
    "has expired",
    "clock",
    [leafOf({ notAfter: new Date(Date.now() - dayMs), notBefore: new Date(Date.now() - 2 * dayMs) })],
  ],
  ["is not valid yet", "not valid yet", "clock", [leafOf({ notBefore: new Date(Date.now() + dayMs) })]],
  ["is for another name", "for another name", "endpoint", [leafOf({ alternativeNames: [["dns", "example.com"]] })]],
])("a server whose certificate %s is a TLS error with a hint", async (_, said, hint, chain) => {
  const { stdout, stderr, status } = await vendFrom(chain);
  expect({ stdout, status }).toEqual({ stdout: "", status: 4 });
  const [error, ...hints] = stderr.split("\n");
  expect(error).toMatch(/error\[ERR_TLS\]: cannot reach 127\.0\.0\.1:\d+: /);
  expect(error).toContain(said);
  expect(hints.join("\n")).toContain(hint);
});

// Bun, in the standalone file, does not tell the alert.
test.skipIf(programFile !== executable)(
  "a server that requires a client certificate is named as the one that ends the handshake",
  async () => {
    const asking = { requestCert: true, rejectUnauthorized: true } as const;
    const result = await vendFrom([leafOf()], { ...asking, minVersion: "TLSv1.3" });
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toMatch(/error\[ERR_TLS\].*the server ends the TLS handshake: .*certificate/);
    expect(result.stderr).toContain("client certificate");
    const older = await vendFrom([leafOf()], { ...asking, maxVersion: "TLSv1.2" });
    expect(older).toMatchObject({ stdout: "", status: 4 });
    expect(older.stderr).toMatch(/error\[ERR_TLS\].*the server ends the TLS handshake: handshake failure/);
  },
);
