// `renew` is killed at moments of all its work, most of them while it replaces the files. 500 kills of each layout:
//
//     ROLESANYWHERE_TS_RENEW_KILLS=500 npx vitest run test/cli/renew-kills.test.ts
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadIdentity } from "../../src/identity/load-identity.js";
import { startCertificateAuthority } from "../support/certificate-authority.js";
import type { CertificateAuthority, Pair } from "../support/certificate-authority.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { programFile, runCli, startCli } from "../support/run-cli.js";
import { requireCondition } from "../support/tools.js";

const defaultKills = 6;
const kills = Number(process.env["ROLESANYWHERE_TS_RENEW_KILLS"] ?? defaultKills);
/** Making, writing, flushing, giving rights and renaming. */
const writesOfOneFile = 8;
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

const wordsFor = (pair: Pair) => [
  "renew",
  "--once",
  "--before",
  "1/1",
  "--rekey",
  ...Object.entries({
    certificate: pair.certificate,
    "private-key": pair.key,
    "step-ca": authority.url,
    "authority-ca": authority.caFile,
  }).flatMap(([name, value]) => [`--${name}`, value]),
];

/** The pair as this program reads it. */
async function readSerial(pair: Pair): Promise<string> {
  const source = identitySource({ certificate: pair.certificate, "private-key": pair.key });
  return (await loadIdentity(source, identityContext())).leaf.x509.serialNumber;
}

/** A run that nothing stops, and what is there after it. */
async function expectRepaired(pair: Pair): Promise<void> {
  const { status, stderr } = await runCli(wordsFor(pair));
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(fitsStrictly(pair)).toBe(true);
  expect(readdirSync(pair.folder).filter((name) => /partial|journal|lock$/.test(name))).toEqual([]);
}

describe.each(layouts)("killed at any moment, with %s", (_name, enroll, isStrict) => {
  test(
    "renew --rekey leaves a whole and valid pair, which the next run renews",
    async () => {
      const pair = enroll();
      for (let kill = 0; kill < kills; kill++) {
        const cli = startCli(wordsFor(pair));
        const end = (delayMs: number) => setTimeout(() => cli.child.kill("SIGKILL"), delayMs);
        // Every third at a moment of the whole run, the others after the answer has left.
        if (kill % 3 === 0) end(Math.random() * runMs);
        else onAnswer = () => void end(Math.random() * writingMs);
        await cli.ended;
        onAnswer = () => undefined;
        await readSerial(pair);
        expect(!isStrict || fitsStrictly(pair)).toBe(true);
      }
      await expectRepaired(pair);
    },
    60_000 + kills * 2_000,
  );
});

const killer = fileURLToPath(new URL("../support/kill-at-write.cjs", import.meta.url));

describe.skipIf(
  !requireCondition("kills at each write of renew", programFile.endsWith(".cjs"), "Node.js as the runtime"),
)("killed before each of its writes", () => {
  test.each(layouts)(
    "with %s, renew --rekey leaves a whole and valid pair",
    async (_name, enroll, isStrict) => {
      const pair = enroll();
      const serials: string[] = [];
      let mixed = 0;
      // Without a variable, every layout but the first is killed before every second write.
      for (let write = 1; ; write += isStrict && kills <= defaultKills ? 2 : 1) {
        const env = { NODE_OPTIONS: `--require=${killer}`, KILL_AT_WRITE: String(write) };
        const { status, stderr } = await runCli(wordsFor(pair), { env });
        serials.push(await readSerial(pair));
        if (!fitsStrictly(pair)) mixed++;
        if (status === 0) break;
        expect({ status, stderr }).toEqual({ status: "SIGKILL", stderr: "" });
      }
      // The step between key and certificate is one write or two, and only readers of the first certificate notice.
      expect(mixed).toBeLessThanOrEqual(isStrict ? 0 : writesOfOneFile);
      expect(serials.length).toBeGreaterThan(10);
      expect(new Set(serials).size).toBeGreaterThan(2);
      await expectRepaired(pair);
    },
    180_000,
  );
});
