import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import * as der from "../../src/emulator/certificate/der.js";
import { elementsOf, parseElement } from "../../src/identity/asn1/der.js";
import { createAuthority, issueCertificate, keyOf, publicHalf } from "./pki.js";
import type { CertificateSpec, Issued, KeyKind } from "./pki.js";
import { createScratch } from "./scratch.js";

/** Request to the authority, and the certificate of the client. */
export interface AuthorityRequest {
  readonly path: string;
  readonly body: string;
  /** Serial number of the client's certificate. */
  readonly serial: string;
}

export interface CertificateAuthority {
  readonly url: string;
  /** Its root certificate, for `--authority-ca`. */
  readonly caFile: string;
  readonly root: Issued;
  readonly requests: AuthorityRequest[];
  /** Changes to the certificates that are issued. */
  spec: CertificateSpec;
  /** Answers instead of the authority; returns false to let it answer. */
  intercept: (request: AuthorityRequest, response: ServerResponse) => boolean;
  /** Writes a new pair into a new folder: `client.pem` with the chain, and `client.key`. */
  readonly enroll: (kind?: KeyKind, spec?: CertificateSpec) => Pair;
  readonly stop: () => Promise<void>;
}

export interface Pair {
  readonly folder: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * Starts an authority that speaks the API of step-ca and EST over TLS with client certificates. It is quick and fails
 * on request; the tests with real servers are next to those that use it.
 */
export async function startCertificateAuthority(): Promise<CertificateAuthority> {
  const root = createAuthority(keyOf("ec-p256", "ca root"), { subject: [["CN", "Renewing Root"]] });
  const intermediate = createAuthority(
    keyOf("ec-p256", "ca intermediate"),
    { subject: [["CN", "Renewing Intermediate"]] },
    root,
  );
  const serverKey = keyOf("ec-p256", "ca server");
  const own = issueCertificate(
    serverKey,
    { subject: [["CN", "localhost"]], alternativeNames: [["dns", "localhost"]] },
    root,
  );
  const caFile = join(createScratch("authority"), "root.pem");
  writeFileSync(caFile, root.pem);
  const requests: AuthorityRequest[] = [];
  const server = createServer({
    key: serverKey.privateKeyPem,
    cert: own.pem,
    ca: [root.pem, intermediate.pem],
    requestCert: true,
    rejectUnauthorized: true,
  });
  const authority: CertificateAuthority = {
    url: "",
    caFile,
    root,
    requests,
    spec: {},
    intercept: () => false,
    enroll(kind = "ec-p256", spec = {}) {
      const folder = createScratch("pair");
      const key = keyOf(kind, "first");
      const issued = issueCertificate(key, { ...named, ...spec }, intermediate);
      const pair = { folder, certificate: join(folder, "client.pem"), key: join(folder, "client.key") };
      writeFileSync(pair.certificate, issued.pem + intermediate.pem, { mode: 0o644 });
      writeFileSync(pair.key, key.privateKeyPem, { mode: 0o640 });
      return pair;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  const issue = (publicKeyInfo: Uint8Array) =>
    issueCertificate(publicHalf(publicKeyInfo), { ...named, ...authority.spec }, intermediate);
  const answer = (request: AuthorityRequest, presentKey: Buffer, response: ServerResponse) => {
    if (authority.intercept(request, response)) return;
    if (/^\/(?:1\.0\/)?(?:renew|rekey)$/.test(request.path)) {
      const leaf = issue(request.path.endsWith("rekey") ? keyOfRequest(csrOf(request.body)) : presentKey);
      const document = { crt: leaf.pem, ca: intermediate.pem, certChain: [leaf.pem, intermediate.pem] };
      response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(document));
    } else if (request.path.endsWith("/cacerts")) sendBundle(response, [intermediate, root]);
    else if (request.path.endsWith("/simplereenroll"))
      sendBundle(response, [issue(keyOfRequest(Buffer.from(request.body, "base64")))]);
    else response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
  };
  server.on(
    "request",
    (incoming, response) =>
      void receive(incoming).then((request) => {
        requests.push(request);
        const present = (incoming.socket as TLSSocket).getPeerX509Certificate();
        answer(request, present?.publicKey.export({ type: "spki", format: "der" }) ?? Buffer.alloc(0), response);
      }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(authority, { url: `https://localhost:${(server.address() as AddressInfo).port}` });
}

const named = { subject: [["CN", "web-1"]], alternativeNames: [["dns", "web-1"]] } as const;

async function receive(incoming: IncomingMessage): Promise<AuthorityRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const serial = (incoming.socket as TLSSocket).getPeerX509Certificate()?.serialNumber ?? "";
  return { path: incoming.url ?? "", body: Buffer.concat(chunks).toString(), serial };
}

function csrOf(body: string): Buffer {
  const { csr } = JSON.parse(body) as { csr: string };
  return Buffer.from(csr.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
}

/** Returns the public key of a PKCS#10 request. */
export function keyOfRequest(csr: Buffer): Uint8Array {
  const [info] = elementsOf(parseElement(csr));
  return info === undefined ? new Uint8Array() : (elementsOf(info)[2]?.raw ?? new Uint8Array());
}

/** Sends a PKCS#7 bundle of certificates, in base64 (RFC 7030, section 4.1.3). */
function sendBundle(response: ServerResponse, certificates: readonly Issued[]): void {
  const signedData = der.sequence(
    der.integer(1n),
    der.encode(0x31),
    der.sequence(der.oid("1.2.840.113549.1.7.1")),
    der.encode(0xa0, ...certificates.map((one) => one.der)),
    der.encode(0x31),
  );
  const bundle = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.encode(0xa0, signedData));
  response
    .writeHead(200, { "content-type": "application/pkcs7-mime; smime-type=certs-only" })
    .end(bundle.toString("base64").replaceAll(/.{64}/g, "$&\r\n"));
}
