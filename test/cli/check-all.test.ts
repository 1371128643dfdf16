import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { createKey } from "../../src/emulator/certificate/key.js";
import { createPki, issueCertificate } from "../support/pki.js";
import type { CertificateSpec } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { issueSvid, startWorkloadApi } from "../support/workload-api.js";

const home = createScratch("check-all");
const at = (name: string) => join(home, name);
const pki = createPki();
const day = 86_400_000;
const arns =
  "--trust-anchor-arn arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID " +
  "--profile-arn arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID --role-arn arn:aws:iam::111122223333:role/R";

function write(name: string, spec: CertificateSpec): string {
  const { pem, key } = issueCertificate(createKey("ec-p256"), { subject: [["CN", name]], ...spec }, pki.root);
  writeFileSync(at(name), pem + key.privateKeyPem, { mode: 0o600 });
  return at(name);
}

const from = (startDays: number, endDays: number): CertificateSpec => ({
  notBefore: new Date(Date.now() + startDays * day),
  notAfter: new Date(Date.now() + endDays * day),
});

beforeAll(() => {
  mkdirSync(at(".aws"));
  mkdirSync(at("tls"));
  write("good.pem", from(-10, 355));
  write("soon.pem", from(-355, 10.5));
  write("ended.pem", from(-366, -3.5));
});

beforeEach(() => writeFileSync(at(".aws/credentials"), ""));

const config = (...profiles: readonly string[]) => writeFileSync(at(".aws/config"), profiles.join("\n"));
const line = (name: string, certificate: string) =>
  `[profile ${name}]\ncredential_process = rolesanywhere-ts credential-process --certificate ${certificate} ${arns}`;
const keys = (name: string, certificate: string) =>
  `[profile ${name}]\nrolesanywhere_trust_anchor_arn = arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID\nrolesanywhere_certificate = ${certificate}`;
const check = (...words: readonly string[]) => runCli(["check", "--all", ...words], { env: { HOME: home } });

test("check --all lists the certificates of all profiles, soonest end first, and fails for one that ends soon", async () => {
  config(
    line("prod", at("good.pem")),
    keys("other", at("good.pem")),
    line("near", at("soon.pem")),
    "[profile sso]\nsso_session = x",
  );
  const { stdout, status, stderr } = await check();
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((text) => text.split(/ {2,}/));
  expect(rows).toEqual([
    ["STATE", "LEFT", "ENDS", "CERTIFICATE", "SUBJECT", "PROFILES"],
    ["ends soon", "10 days", expect.stringMatching(/Z$/), at("soon.pem"), "CN=soon.pem", "near"],
    ["ok", "354 days", expect.stringMatching(/Z$/), at("good.pem"), "CN=good.pem", "prod, other"],
  ]);
  config(line("prod", at("good.pem")));
  expect(await check()).toMatchObject({ status: 0 });
});

test("check --all --json tells the same to programs, with what cannot be read first", async () => {
  writeFileSync(
    at(".aws/credentials"),
    `[batch]\ncredential_process = rolesanywhere-ts credential-process --certificate ${at("ended.pem")} ${arns}\n`,
  );
  config(keys("gone", at("none.pem")), line("prod", at("good.pem")));
  const { stdout, status } = await check("--json");
  expect(status).toBe(1);
  const { certificates } = JSON.parse(stdout) as { certificates: readonly Record<string, unknown>[] };
  expect(certificates).toMatchObject([
    { state: "unreadable", certificate: at("none.pem"), profiles: ["gone"], error: { code: "ERR_CERTIFICATE" } },
    { state: "expired", certificate: at("ended.pem"), profiles: ["batch"], shareLeft: 0, subject: "CN=ended.pem" },
    { state: "ok", certificate: at("good.pem"), profiles: ["prod"] },
  ]);
  expect(certificates[1]?.["secondsLeft"]).toBeLessThan(-3 * 86_400);
  expect(certificates[2]?.["shareLeft"]).toBeCloseTo(355 / 365, 2);
});

test("check --all --cert-store lists every certificate in folders, and no keys", async () => {
  config();
  const leaf = issueCertificate(createKey("rsa-2048"), { subject: [["CN", "web"]], ...from(-0.1, 0.5) }, pki.root);
  writeFileSync(at("tls/web.crt"), leaf.pem);
  writeFileSync(at("tls/web.key"), leaf.key.privateKeyPem);
  writeFileSync(at("tls/ca.pem"), pki.root.pem);
  writeFileSync(at("tls/notes.txt"), "nothing");
  mkdirSync(at("more"));
  writeFileSync(at("more/other.pem"), issueCertificate(createKey("ec-p256"), from(1, 20), pki.root).pem);
  const { stdout, status } = await check("--cert-store", at("tls"), "--cert-store", at("more"), "--json");
  expect(status).toBe(1);
  const { certificates } = JSON.parse(stdout) as { certificates: readonly { state: string; certificate: string }[] };
  expect(certificates.map(({ state, certificate }) => [state, certificate])).toEqual([
    ["ok", at("tls/web.crt")],
    ["not yet valid", at("more/other.pem")],
    ["ok", at("tls/ca.pem")],
  ]);
});

test("check --all asks a SPIFFE agent, and shows a fault of it as one", async () => {
  const agent = await startWorkloadApi();
  agent.offer(issueSvid(pki.root, "spiffe://example.org/app"));
  config(line("svid", `spiffe:${agent.address}`));
  const good = await check();
  expect(good.status).toBe(0);
  expect(good.stdout).toMatch(/^ok +59 minutes .*C=US, O=SPIRE +svid$/m);
  await agent.stop();
  const bad = await check();
  expect(bad.status).toBe(1);
  expect(bad.stdout).toMatch(/^unreadable .*no SPIFFE agent at/m);
});

test("check --all refuses what it would ignore, and tells when there is nothing to list", async () => {
  config();
  expect(await check("prod")).toMatchObject({ status: 2, stdout: "" });
  expect(await check("--certificate", at("good.pem"))).toMatchObject({ status: 2, stdout: "" });
  expect((await check()).stderr).toMatch(/no profile of the shared files runs this program/);
  expect((await check("--cert-store", at("absent"))).stderr).toMatch(/cannot read the folder .*ENOENT/);
  const twice = await runCli(["check", "--cert-store", at("tls"), "--cert-store", at("more")], { env: { HOME: home } });
  expect(twice.stderr).toMatch(/--cert-store is given several times without --all/);
});
