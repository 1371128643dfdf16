// What check says of trusted identity propagation, revocation lists and long session tokens.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { issueRevocationList } from "../../src/emulator/certificate/revocation-list.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { EmulatorState, TipConfiguration } from "../../src/emulator/state/memory.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { formatPem, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const hour = 3_600_000;
let emulator: Emulator;
let original: EmulatorState;
let list: Buffer = Buffer.alloc(0);
let fetched = 0;
const lists = createServer((request, response) => {
  fetched += 1;
  response.writeHead(request.url === "/ca.crl" ? 200 : 404).end(list);
});
let place = "";

beforeAll(async () => {
  emulator = await startEmulator();
  original = emulator.state();
  await new Promise<void>((resolve) => void lists.listen(0, "127.0.0.1", resolve));
  place = `http://127.0.0.1:${(lists.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  lists.close();
  await emulator.stop();
});
afterEach(() => {
  fetched = 0;
  emulator.updateState(() => original);
});

/** The findings of a check with a certificate of the emulator's root. */
async function check(spec: CertificateSpec, ...words: readonly string[]): Promise<readonly Finding[]> {
  const leaf = issueCertificate(keyOf("ec-p256", "leaf"), { serial: 0xabcn, ...spec }, emulator.root);
  const folder = createScratch("check");
  const files = { certificate: join(folder, "c.pem"), "private-key": join(folder, "k.pem") };
  writeFileSync(files.certificate, leaf.pem, { mode: 0o600 });
  writeFileSync(files["private-key"], leaf.key.privateKeyPem, { mode: 0o600 });
  const { stdout } = await runCli(["check", "--json", ...emulatorFlags(emulator, files), ...words], {
    env: { ...emulator.variables, AWS_EC2_METADATA_DISABLED: "true" },
  });
  return (JSON.parse(stdout) as { findings: Finding[] }).findings;
}

const of = (findings: readonly Finding[], code: string) => findings.filter((finding) => finding.code === code);
const uri = "spiffe://example.org/web-1";
const noCn: CertificateSpec = { subject: [["O", "Example"]] };
const propagate = (tipConfiguration: TipConfiguration) =>
  emulator.updateState((state) => ({
    ...state,
    profiles: state.profiles.map((profile) => ({ ...profile, tipConfiguration })),
  }));

describe("trusted identity propagation", () => {
  test("reports what the session would contain, and who can set it", async () => {
    const spec: CertificateSpec = { subject: [["CN", "web-1"]], alternativeNames: [["uri", uri]] };
    expect(of(await check(spec, "--offline"), "ORIGIN_IDENTITY").map(({ level, message }) => [level, message])).toEqual(
      [
        [
          "pass",
          `with identity propagation Subject=web-1 (x509Subject/CN) or Subject=${uri} (x509SAN/URI), SubjectType and Issuer`,
        ],
        ["pass", "set by AWS alone; callers may set session tags (sts:TagSession)"],
      ],
    );
  });

  test.each<[string, CertificateSpec, string, string]>([
    [
      "no CN",
      { ...noCn, alternativeNames: [["uri", uri]] },
      "has no x509Subject/CN:",
      "set subjectSource of the profile",
    ],
    ["neither field", noCn, "has no x509Subject/CN and no x509SAN/URI:", "turn trusted identity propagation off"],
  ])("warns of a certificate with %s before AWS denies it", async (_, spec, message, hint) => {
    const [finding] = of(await check(spec, "--offline"), "ORIGIN_IDENTITY");
    expect(finding).toMatchObject({ level: "warn" });
    expect(finding?.message).toContain(message);
    expect(finding?.hint).toContain(hint);
  });

  test("names the field when AWS says that there is no subject", async () => {
    propagate({ status: "ENABLED", subjectSource: "x509SAN/URI" });
    const [finding] = of(await check({}), "CREATE_SESSION");
    expect(finding?.level).toBe("fail");
    expect(finding?.hint).toMatch(
      /^profile arn:.* has trusted identity propagation, and the certificate lacks the field/,
    );
    expect(finding?.hint).toContain("aws rolesanywhere update-profile");
  });

  test.each<[string, CertificateSpec, RegExp]>([
    ["first for a certificate without CN", noCn, /^the certificate has no x509Subject\/CN, .* as by default; or /],
    ["last for one without URI", {}, /; or the certificate has no x509SAN\/URI, which the profile needs if its [^;]*$/],
  ])("is a cause of any other denial, %s", async (_, spec, hint) => {
    emulator.updateState((state) => ({
      ...state,
      roles: state.roles.map((role) => ({ ...role, trust: { ...role.trust, actions: ["sts:AssumeRole"] } })),
    }));
    const [finding] = of(await check(spec), "CREATE_SESSION");
    expect(finding?.hint).toMatch(hint);
  });
});

describe("revocation by distribution points", () => {
  const publish = (
    serials: readonly bigint[],
    { nextUpdate = new Date(Date.now() + hour), issuer = emulator.root } = {},
  ) => {
    list = issueRevocationList(issuer, { serials, thisUpdate: new Date(Date.now() - 2 * hour), nextUpdate });
  };
  const withList = (): CertificateSpec => ({ revocationPoints: [`${place}ca.crl`] });
  const fetchList = async (spec: CertificateSpec) =>
    of(await check(spec, "--fetch-crl"), "REVOCATION_LIST").map(({ level, message }) => `${level}: ${message}`);

  test("reports whether the certificate names a list, and downloads none by default", async () => {
    const [without] = of(await check({}, "--offline"), "REVOCATION_POINT");
    expect(without).toMatchObject({ level: "pass" });
    expect(without?.message).toMatch(/^none: crlDpRevocationEnabled /);
    const findings = await check(withList());
    expect(of(findings, "REVOCATION_POINT")[0]?.message).toBe(
      `${place}ca.crl: AWS asks it if the trust anchor has crlDpRevocationEnabled`,
    );
    expect(of(findings, "REVOCATION_LIST")[0]).toMatchObject({ level: "skip" });
    expect(fetched).toBe(0);
  });

  test("--fetch-crl reports when the list expires", async () => {
    publish([1n, 0xabdn]);
    expect(await fetchList(withList())).toEqual([
      expect.stringMatching(/^pass: 2 revoked certificates, not this one; until \d{4}-/),
    ]);
    list = Buffer.from(formatPem("X509 CRL", list));
    expect(await fetchList(withList())).toEqual([expect.stringMatching(/^pass: 2 revoked certificates/)]);
  });

  test.each<[string, () => void, string]>([
    ["contains the certificate", () => publish([0xabcn]), "has this certificate: AWS denies the session"],
    ["has expired", () => publish([], { nextUpdate: new Date(Date.now() - hour) }), "expired on "],
    [
      "belongs to another authority",
      () => publish([], { issuer: emulator.intermediate }),
      "is the list of another authority;",
    ],
    ["is not a revocation list", () => (list = Buffer.from("<html>")), "is not a revocation list;"],
    ["is truncated", () => (publish([1n]), (list = list.subarray(0, 40))), "is not a revocation list;"],
  ])("--fetch-crl warns about a list that %s", async (_, arrange, message) => {
    arrange();
    expect(await fetchList(withList())).toEqual([expect.stringContaining(`warn: ${message}`)]);
  });

  test.each([
    ["does not exist", () => `${place}none.crl`, "cannot be read: the server answers with status 404;"],
    ["refuses connections", () => "http://127.0.0.1:1/", "cannot be read: "],
    ["is an LDAP directory", () => "ldap://ca.example/crl", "is not an http URL, so it is not fetched;"],
  ])("--fetch-crl warns about a URL that %s", async (_, url, message) => {
    expect(await fetchList({ revocationPoints: [url()] })).toEqual([expect.stringContaining(`warn: ${message}`)]);
  });

  test("a serial number with its highest bit set is found", async () => {
    publish([0xffn]);
    expect(await fetchList({ ...withList(), serial: 0xffn })).toEqual([
      expect.stringContaining("warn: has this certificate"),
    ]);
  });
});

describe("the size of the session token", () => {
  const readers = ["Fluent Bit", "AWS SDK for Go", "cmd.exe", "environment variables of 32,767"];

  test.each<[number, string, readonly string[]]>([
    [6000, "pass", []],
    [8150, "warn", ["Fluent Bit", "AWS SDK for Go"]],
    [8200, "warn", ["Fluent Bit", "AWS SDK for Go", "cmd.exe"]],
    [32_768, "warn", readers],
  ])("of %d characters: %s", async (minimumSessionTokenSize, level, words) => {
    emulator.updateState((state) => ({ ...state, minimumSessionTokenSize }));
    const [finding] = of(await check({}), "TOKEN_SIZE");
    expect(finding?.level).toBe(level);
    expect(readers.filter((word) => finding?.message.includes(word))).toEqual(words);
  });
});
