import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { parseRoleArn } from "../../../src/aws/arn.js";
import { createToken, digestToken } from "../../../src/delivery/metadata-server/authorization.js";
import { startMetadataServer } from "../../../src/delivery/metadata-server/metadata-server.js";
import { followTlsFiles, readTlsFiles } from "../../../src/delivery/metadata-server/tls-files.js";
import type { Issued } from "../../support/pki.js";
import { createPki, issueCertificate, keyOf } from "../../support/pki.js";
import { createScratch } from "../../support/scratch.js";

const { root } = createPki();
const first = issueServerCertificate("first");
const second = issueServerCertificate("second");

function issueServerCertificate(name: string): Issued {
  return issueCertificate(
    keyOf("ec-p256", name),
    { subject: [["CN", name]], alternativeNames: [["ip", "127.0.0.1"]] },
    root,
  );
}

/** Whose certificate a server shows. */
function commonName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca: root.pem }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("a replaced pair is served, half of one is not", async () => {
  const folder = createScratch("tls");
  const files = { certPath: join(folder, "cert.pem"), keyPath: join(folder, "key.pem") };
  const write = ({ pem, key }: Issued) => {
    writeFileSync(files.certPath, pem);
    writeFileSync(files.keyPath, key.privateKeyPem);
  };
  write(first);
  const tls = readTlsFiles(files);
  const roleArn = parseRoleArn("arn:aws:iam::111122223333:role/Demo", "test");
  const session = {
    get: () => Promise.reject(new Error("none")),
    current: () => undefined,
    refreshIfDue: () => undefined,
  };
  const server = await startMetadataServer({
    bindings: [{ name: "Demo", roleArn, session, tokenDigest: digestToken(createToken()), hops: new Map() }],
    listen: [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    tls,
  });
  const [address] = server.addresses;
  const port = address?.kind === "tcp" ? address.port : 0;
  expect(await commonName(port)).toBe("first");

  let replaced: (() => void) | undefined;
  const change = new Promise<void>((resolve) => {
    replaced = resolve;
  });
  let changes = 0;
  const unfollow = followTlsFiles(
    files,
    tls,
    (next) => {
      changes++;
      server.replaceTls(next);
      replaced?.();
    },
    5,
  );
  writeFileSync(files.certPath, second.pem);
  expect(() => readTlsFiles(files)).toThrow("cannot serve TLS");
  expect(await commonName(port)).toBe("first");
  write(second);
  await change;
  expect(await commonName(port)).toBe("second");
  expect(changes).toBe(1);
  unfollow();
  await server.drain(0);
});

test("what is wrong with the files is said without their content", () => {
  const folder = createScratch("tls");
  const files = { certPath: join(folder, "cert.pem"), keyPath: join(folder, "key.pem") };
  expect(() => readTlsFiles(files)).toThrow(`cannot read TLS certificate ${files.certPath}: ENOENT`);
  writeFileSync(files.certPath, first.pem);
  writeFileSync(files.keyPath, first.key.privateKeyPem.slice(0, 80));
  expect(() => readTlsFiles(files)).toThrow(/cannot serve TLS: \w+$/);
});
