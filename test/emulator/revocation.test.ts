import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { issueRevocationList } from "../../src/emulator/certificate/revocation-list.js";
import { createAuthority, issueCertificate } from "../../src/emulator/certificate/authority.js";
import type { CertificateSpec } from "../../src/emulator/certificate/authority.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { EmulatorState } from "../../src/emulator/state/memory.js";
import { sessionArns } from "../support/emulator-flags.js";
import { keyOf } from "../support/pki.js";
import { openssl } from "../support/openssl.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";
import { sendCreateSession } from "../support/x509-signer.js";

const hour = 3_600_000;
let emulator: Emulator;
let original: EmulatorState;
let list: Buffer = Buffer.alloc(0);
let status = 200;
const lists = createServer((_, response) => void response.writeHead(status).end(list));
let elsewhere = "";

beforeAll(async () => {
  emulator = await startEmulator();
  emulator.updateState((state) => ({
    ...state,
    trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, crlDpRevocationEnabled: true })),
  }));
  original = emulator.state();
  await new Promise<void>((resolve) => void lists.listen(0, "127.0.0.1", resolve));
  elsewhere = `http://127.0.0.1:${(lists.address() as AddressInfo).port}/ca.crl`;
});
afterAll(async () => {
  lists.close();
  await emulator.stop();
});
afterEach(() => {
  status = 200;
  emulator.updateState(() => original);
});

async function create(spec: CertificateSpec) {
  const leaf = issueCertificate(keyOf("ec-p256"), { serial: 0xabcn, ...spec }, emulator.intermediate);
  const { statusCode, json } = await sendCreateSession({
    url: emulator.url,
    leaf,
    chain: [emulator.intermediate],
    body: sessionArns(emulator),
  });
  return [statusCode, json.message, emulator.requests().at(-1)?.reason];
}

const publish = (serials: readonly bigint[], spec: { issuer?: Emulator["root"]; nextUpdate?: Date } = {}) => {
  const { issuer = emulator.intermediate, nextUpdate = new Date(Date.now() + hour) } = spec;
  list = issueRevocationList(issuer, { serials, thisUpdate: new Date(Date.now() - hour), nextUpdate });
};

describe.skipIf(!requireTools("the emulator's revocation list through OpenSSL", "openssl"))("the list", () => {
  it("is one for OpenSSL, signed by the issuing authority", async () => {
    emulator.updateState((state) => ({ ...state, revokedSerials: ["abc"] }));
    const folder = createScratch();
    const file = join(folder, "ca.crl");
    writeFileSync(file, Buffer.from(await (await fetch(`${emulator.url}/_emulator/crl`)).arrayBuffer()));
    const authority = join(emulator.folder, "intermediate.pem");
    const shown = openssl(folder, "crl", "-inform", "der", "-in", file, "-CAfile", authority, "-text", "-noout");
    expect(shown.toString()).toMatch(/Serial Number: 0?ABC/);
  });
});

describe("crlDpRevocationEnabled", () => {
  it("refuses a certificate on the emulator's own list, and takes one that is not", async () => {
    const spec = { revocationPoints: [`${emulator.url}/_emulator/crl`] };
    expect(await create(spec)).toEqual([201, undefined, undefined]);
    emulator.updateState((state) => ({ ...state, revokedSerials: ["0ABC"] }));
    expect(await create(spec)).toEqual([
      403,
      "Untrusted certificate. Certificate is revoked",
      `CN=client is on the revocation list at ${emulator.url}/_emulator/crl`,
    ]);
    expect(await create({ ...spec, serial: 0xabdn })).toEqual([201, undefined, undefined]);
  });

  it("does not look where it is off, or the certificate names no list", async () => {
    emulator.updateState((state) => ({ ...state, revokedSerials: ["abc"] }));
    expect(await create({})).toEqual([201, undefined, undefined]);
    emulator.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, crlDpRevocationEnabled: false })),
    }));
    expect(await create({ revocationPoints: [`${emulator.url}/_emulator/crl`] })).toEqual([201, undefined, undefined]);
  });

  it("looks at a list elsewhere, and takes the second place when the first has none", async () => {
    publish([1n, 0xabcn]);
    expect((await create({ revocationPoints: [elsewhere] }))[0]).toBe(403);
    expect((await create({ revocationPoints: ["http://127.0.0.1:1/none", elsewhere] }))[0]).toBe(403);
    publish([1n]);
    expect((await create({ revocationPoints: ["http://127.0.0.1:1/none", elsewhere] }))[0]).toBe(201);
  });

  const undetermined = "Untrusted certificate. Revocation status could not be determined";

  it("refuses when the list is of another authority, has ended, or cannot be read", async () => {
    const spec = { revocationPoints: [elsewhere] };
    publish([], { issuer: createAuthority(keyOf("ec-p256", "other"), { subject: emulator.intermediate.subject }) });
    expect(await create(spec)).toEqual([
      403,
      undetermined,
      expect.stringContaining("is not signed by O=Emulator,CN=Emulator Issuing CA"),
    ]);
    publish([], { nextUpdate: new Date(Date.now() - 1000) });
    expect(await create(spec)).toEqual([403, undetermined, expect.stringMatching(/expired at 20\d\d-/)]);
    list = Buffer.from("-----BEGIN X509 CRL-----");
    expect((await create(spec))[1]).toBe(undetermined);
    status = 404;
    expect(await create(spec)).toEqual([403, undetermined, `${elsewhere} answers with status 404`]);
    expect((await create({ revocationPoints: ["ldap://ca.example/cn=ca"] }))[2]).toBe(
      "ldap://ca.example/cn=ca is not an http URL",
    );
  });
});
