// `renew` is killed at moments of all its work, most of them while it replaces the files. 500 kills of each layout:
//
//     ROLESANYWHERE_TS_RENEW_KILLS=500 npx vitest run test/cli/renew-kills.test.ts
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadIdentity } from "../../src/identity/load-identity.js";
import { startCertificateAuthority } from "../support/certificate-authority.js";
import type { CertificateAuthority, Pair } from "../support/certificate-authority.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { runCli, startCli } from "../support/run-cli.js";

const kills = Number(process.env["ROLESANYWHERE_TS_RENEW_KILLS"] ?? 14);
/** How long the work after the answer takes, and how long all of it does, in milliseconds. */
const [writingMs, runMs] = [80, 600];

let authority: CertificateAuthority;
let onAnswer: () => void = () => undefined;
beforeAll(async () => {
  authority = await startCertificateAuthority();
  let endMs = Date.now() + 400 * 86_400_000;
  authority.intercept = () => {
    endMs += 2_000;
    authority.spec = { notAfter: new Date(endMs) };
    onAnswer();
    return false;
  };
});
afterAll(() => authority.stop());

const read = (file: string) => readFileSync(file, "utf8");

/** The first certificate is over the key, for readers that look at no other. */
const fitsStrictly = ({ certificate, key }: Pair) =>
  new X509Certificate(read(certificate)).checkPrivateKey(createPrivateKey(read(key)));

function enrollLinked(): Pair {
  const { certificate, key, folder } = authority.enroll();
  mkdirSync(join(folder, "..1"));
  for (const [file, name] of [
    [certificate, "tls.crt"],
    [key, "tls.key"],
  ] as const) {
    writeFileSync(join(folder, "..1", name), read(file), { mode: 0o600 });
    symlinkSync(join("..data", name), join(folder, name));
  }
  symlinkSync("..1", join(folder, "..data"));
  return { folder, certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") };
}

function enrollInOne(): Pair {
  const { certificate, key, folder } = authority.enroll();
  const one = join(folder, "all.pem");
  writeFileSync(one, read(certificate) + read(key), { mode: 0o600 });
  return { folder, certificate: one, key: one };
}

const layouts = [
  ["two files", () => authority.enroll(), false],
  ["one file", enrollInOne, true],
  ["a folder behind a link", enrollLinked, true],
] as const;

describe.each(layouts)("killed at any moment, with %s", (_name, enroll, isStrict) => {
  test(
    "renew --rekey leaves a whole and valid pair, which the next run renews",
    async () => {
      const pair = enroll();
      const words = ["renew", "--once", "--before", "1/1", "--rekey"];
      const flags = Object.entries({
        certificate: pair.certificate,
        "private-key": pair.key,
        "step-ca": authority.url,
        "authority-ca": authority.caFile,
      }).flatMap(([name, value]) => [`--${name}`, value]);
      const serials = new Set<string>();
      for (let kill = 0; kill < kills; kill++) {
        const cli = startCli([...words, ...flags]);
        const end = (delayMs: number) => setTimeout(() => cli.child.kill("SIGKILL"), delayMs);
        // Every third at a moment of the whole run, the others after the answer has left.
        if (kill % 3 === 0) end(Math.random() * runMs);
        else onAnswer = () => void end(Math.random() * writingMs);
        await cli.ended;
        onAnswer = () => undefined;
        const source = identitySource({ certificate: pair.certificate, "private-key": pair.key });
        const { leaf } = await loadIdentity(source, identityContext());
        serials.add(leaf.x509.serialNumber);
        if (isStrict) expect(fitsStrictly(pair)).toBe(true);
      }
      const { status, stderr } = await runCli([...words, ...flags]);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(fitsStrictly(pair)).toBe(true);
      expect(readdirSync(pair.folder).filter((name) => /partial|journal|lock$/.test(name))).toEqual([]);
      // Some kills came before the pair was replaced, and some after.
      expect(serials.size).toBeGreaterThan(1);
      expect(serials.size).toBeLessThan(kills);
    },
    60_000 + kills * 2_000,
  );
});
