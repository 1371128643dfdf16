import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { Finding } from "../../src/diagnosis/finding.js";
import { emulatorFlags, profileArn, roleArn } from "../support/emulator-flags.js";
import { createAuthority, formatPem, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec, Issued } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { verdictOf, verdicts } from "../support/other-verdicts.js";
import type { Judge, SetUp } from "../support/other-verdicts.js";
import { sendCreateSession } from "../support/x509-signer.js";

const day = 86_400_000;
const folder = createScratch("check-table");
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

type Broken = SetUp;

/** Who else was asked, or why nobody can be. */
type Beside = Judge | { readonly none: string };
type Case = readonly [what: string, code: string, beside: Beside, build: () => Broken];

let counter = 0;
function write(text: string | Buffer, mode = 0o600): string {
  const path = join(folder, `${String(++counter)}.pem`);
  writeFileSync(path, text);
  // Whatever the umask leaves.
  chmodSync(path, mode);
  return path;
}

/** A certificate of the emulator's own authority with its key. */
function leafCase(spec: CertificateSpec, issuer: () => Issued = () => emulator.root): () => Broken {
  return () => {
    const leaf = issueCertificate(keyOf("ec-p256", "leaf"), spec, issuer());
    return { flags: filesOf(leaf), wire: { leaf } };
  };
}

function filesOf(leaf: Issued, chain: readonly Issued[] = []): Record<string, string> {
  return {
    certificate: write([leaf, ...chain].map(({ pem }) => pem).join("")),
    "private-key": write(leaf.key.privateKeyPem),
  };
}

function keyFile(text: string | Buffer): Broken {
  const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, emulator.root);
  return { flags: { ...filesOf(leaf), "private-key": write(text) } };
}

function certificateFile(text: string | Buffer): Broken {
  return { flags: { certificate: write(text), "private-key": write(keyOf("ec-p256", "leaf").privateKeyPem) } };
}

const encrypted = () =>
  String(
    createPrivateKey(keyOf("ec-p256", "leaf").privateKeyPem).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "right",
    }),
  );

function strangeCurve(): Broken {
  const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, emulator.root);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  const text = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  const signer = {
    ...leaf,
    key: { ...leaf.key, privateKey, sign: (bytes: Buffer) => sign("sha256", bytes, privateKey) },
  };
  return { ...keyFile(text), wire: { leaf, signer } };
}

/** What is found without any network. */
const local: readonly Case[] = [
  ["no trust anchor", "SETTINGS", "the emulator's CreateSession", () => ({ flags: { "trust-anchor-arn": undefined } })],
  ["no profile ARN", "SETTINGS", "the emulator's CreateSession", () => ({ flags: { "profile-arn": undefined } })],
  ["no role ARN", "SETTINGS", "the emulator's CreateSession", () => ({ flags: { "role-arn": undefined } })],
  [
    "ARNs mixed up",
    "SETTINGS",
    "the emulator's CreateSession",
    () => ({ flags: { "role-arn": profileArn(emulator, "Demo") } }),
  ],
  [
    "a duration out of range",
    "SETTINGS",
    "the emulator's CreateSession",
    () => ({ flags: { "session-duration": "899" } }),
  ],
  [
    "a session name with a slash",
    "SETTINGS",
    "the emulator's CreateSession",
    () => ({ flags: { "role-session-name": "a/b" } }),
  ],
  [
    "an endpoint that is not a URL",
    "SETTINGS",
    "AssumeRole of the JavaScript SDK at the endpoint given",
    () => ({ flags: { endpoint: "here" } }),
  ],
  [
    "a chained session that is too long",
    "SETTINGS",
    "AssumeRole of the JavaScript SDK at the emulator",
    () => ({ flags: { "assume-role-arn": roleArn(emulator, "Target"), "assume-duration": "7200" } }),
  ],
  [
    "a chained role that is not a role ARN",
    "SETTINGS",
    "AssumeRole of the JavaScript SDK at the emulator",
    () => ({ flags: { "assume-role-arn": "arn:aws:s3:::bucket" } }),
  ],
  [
    "different regions",
    "SETTINGS_ARNS",
    "the emulator's CreateSession",
    () => ({ flags: { "profile-arn": profileArn(emulator, "Demo").replace("us-east-1", "eu-west-1") } }),
  ],
  [
    "different accounts",
    "SETTINGS_ARNS",
    "the emulator's CreateSession",
    () => ({ flags: { "role-arn": "arn:aws:iam::999900001111:role/Demo" } }),
  ],
  [
    "different partitions",
    "SETTINGS_ARNS",
    "the emulator's CreateSession",
    () => ({ flags: { "role-arn": "arn:aws-cn:iam::111122223333:role/Demo" } }),
  ],
  [
    "an unknown scope",
    "SETTINGS_SCOPE",
    { none: "no other tool has ready-made scopes" },
    () => ({ flags: { scope: "s3-reed=data" } }),
  ],
  [
    "a scope that is too long",
    "SETTINGS_SCOPE",
    "GetScopedCredentials of botocore at the emulator",
    () => ({ flags: { "scope-duration": "129601" } }),
  ],
  [
    "a region other than the trust anchor's",
    "SETTINGS_REGION",
    "the emulator's CreateSession",
    () => ({ flags: { region: "eu-west-1" } }),
  ],
  [
    "a missing certificate file",
    "CERTIFICATE_FILE",
    "openssl x509",
    () => ({ flags: { certificate: join(folder, "nowhere") } }),
  ],
  ["a folder as certificate", "CERTIFICATE_FILE", "openssl x509", () => ({ flags: { certificate: folder } })],
  ["a missing key file", "KEY_FILE", "openssl pkey", () => ({ flags: { "private-key": join(folder, "nowhere") } })],
  [
    "a missing intermediates file",
    "INTERMEDIATES_FILE",
    "openssl x509 on the intermediates",
    () => ({ flags: { intermediates: join(folder, "nowhere") } }),
  ],
  ["an empty certificate file", "CERTIFICATE", "openssl x509", () => certificateFile("")],
  ["text as certificate", "CERTIFICATE", "openssl x509", () => certificateFile("not a certificate\n")],
  [
    "a key as certificate",
    "CERTIFICATE",
    "openssl x509",
    () => certificateFile(keyOf("ec-p256", "leaf").privateKeyPem),
  ],
  [
    "a certificate request as certificate",
    "CERTIFICATE",
    "openssl x509",
    () => certificateFile(formatPem("CERTIFICATE REQUEST", emulator.root.der)),
  ],
  [
    "a damaged certificate",
    "CERTIFICATE",
    "openssl x509",
    () => certificateFile(formatPem("CERTIFICATE", emulator.root.der.subarray(0, 100))),
  ],
  [
    "a certificate in UTF-16",
    "CERTIFICATE",
    "openssl x509",
    () => certificateFile(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(emulator.root.pem, "utf16le")])),
  ],
  ["version 1", "CERTIFICATE_VERSION", "the emulator's CreateSession", leafCase({ version: 1 })],
  [
    "a CA as leaf",
    "CERTIFICATE_AUTHORITY",
    "the emulator's CreateSession",
    leafCase({ authority: true, keyUsage: ["digitalSignature", "keyCertSign"] }),
  ],
  ["no keyUsage", "KEY_USAGE", "the emulator's CreateSession", leafCase({ keyUsage: "absent" })],
  [
    "keyUsage without digitalSignature",
    "KEY_USAGE",
    "the emulator's CreateSession",
    leafCase({ keyUsage: ["keyEncipherment"] }),
  ],
  [
    "an empty subject",
    "CERTIFICATE_SUBJECT",
    "the emulator's CreateSession",
    leafCase({ subject: [], alternativeNames: [["dns", "host.example"]] }),
  ],
  ["a SHA-1 signature", "CERTIFICATE_SIGNATURE", "the emulator's CreateSession", leafCase({ digest: "sha1" })],
  [
    "an unknown critical extension",
    "CERTIFICATE_EXTENSIONS",
    "the emulator's CreateSession",
    leafCase({ extensions: [{ id: "1.2.3.4", critical: true, value: Buffer.from("0500", "hex") }] }),
  ],
  [
    "an expired leaf",
    "CERTIFICATE_VALIDITY",
    "the emulator's CreateSession",
    leafCase({ notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) }),
  ],
  [
    "a leaf that is not yet valid",
    "CERTIFICATE_VALIDITY",
    "the emulator's CreateSession",
    leafCase({ notBefore: new Date(Date.now() + day) }),
  ],
  ["an empty key file", "KEY", "openssl pkey", () => keyFile("")],
  ["text as key", "KEY", "openssl pkey", () => keyFile("secret\n")],
  ["a certificate as key", "KEY", "openssl pkey", () => keyFile(emulator.root.pem)],
  [
    "a damaged key",
    "KEY",
    "openssl pkey",
    () => keyFile("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
  ],
  [
    "an OpenSSH key",
    "KEY",
    "openssl pkey",
    () => keyFile("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n"),
  ],
  ["a curve that the service does not support", "KEY", "the emulator's CreateSession", () => strangeCurve()],
  ["an encrypted key without a password", "KEY", "openssl pkey", () => keyFile(encrypted())],
  [
    "an encrypted key with a wrong password",
    "KEY",
    "openssl pkey",
    () => ({ ...keyFile(encrypted()), more: ["--pkcs8-password", "wrong"] }),
  ],
  [
    "a key of another certificate",
    "KEY_MATCH",
    "the emulator's CreateSession",
    () => {
      const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, emulator.root);
      const other = issueCertificate(keyOf("ec-p256", "other"), {}, emulator.root);
      return {
        flags: { ...filesOf(leaf), "private-key": write(other.key.privateKeyPem) },
        wire: { leaf, signer: other },
      };
    },
  ],
  [
    "a key among the intermediates",
    "CHAIN",
    "openssl x509 on the intermediates",
    () => ({ flags: { intermediates: write(keyOf("ec-p256", "leaf").privateKeyPem) } }),
  ],
  ["six intermediates", "CHAIN_LENGTH", "the emulator's CreateSession", () => deep()],
  [
    "an expired intermediate",
    "CHAIN_VALIDITY",
    "the emulator's CreateSession",
    () => {
      const spec = {
        subject: [["CN", "Old"]],
        notBefore: new Date(Date.now() - 9 * day),
        notAfter: new Date(Date.now() - day),
      } as const;
      const old = createAuthority(keyOf("ec-p256", "old"), spec, emulator.root);
      const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, old);
      return { flags: filesOf(leaf, [old]), wire: { leaf, chain: [old] } };
    },
  ],
  [
    "a chain that ends elsewhere",
    "TRUST_ANCHOR",
    "the emulator's CreateSession",
    () => {
      const stranger = createAuthority(keyOf("ec-p256", "stranger"), { subject: [["CN", "Stranger"]] });
      const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, stranger);
      return { flags: filesOf(leaf), wire: { leaf } };
    },
  ],
  [
    "a missing intermediate",
    "TRUST_ANCHOR",
    "the emulator's CreateSession",
    () => {
      const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, emulator.intermediate);
      return { flags: filesOf(leaf), wire: { leaf } };
    },
  ],
];

function deep(): Broken {
  const chain = [emulator.root];
  for (let level = 1; level <= 6; level++)
    chain.push(
      createAuthority(
        keyOf("ec-p256", `level ${String(level)}`),
        { subject: [["CN", `Level ${String(level)}`]] },
        chain.at(-1),
      ),
    );
  const leaf = issueCertificate(keyOf("ec-p256", "deep"), {}, chain.at(-1));
  const intermediates = chain.slice(1).reverse();
  return { flags: filesOf(leaf, intermediates), wire: { leaf, chain: intermediates } };
}

/** What only the network or AWS itself can say. */
const remote: readonly Case[] = [
  [
    "an endpoint without a server",
    "CONNECTION",
    "the emulator's CreateSession",
    () => ({ flags: { endpoint: "http://127.0.0.1:1" } }),
  ],
  [
    "a host name that does not exist",
    "NAME_RESOLUTION",
    "the emulator's CreateSession",
    () => ({ flags: { endpoint: "http://nowhere.invalid" } }),
  ],
  [
    "an unknown profile",
    "CREATE_SESSION",
    "the emulator's CreateSession",
    () => ({ flags: { "profile-arn": `${profileArn(emulator, "Demo").slice(0, -12)}000000000000` } }),
  ],
  [
    "a disabled profile",
    "CREATE_SESSION",
    "the emulator's CreateSession",
    () => ({ flags: { "profile-arn": profileArn(emulator, "Disabled") } }),
  ],
  [
    "a role that does not trust the service",
    "CREATE_SESSION",
    "the emulator's CreateSession",
    () => ({ flags: { "role-arn": roleArn(emulator, "Untrusting") } }),
  ],
  [
    "a role outside the profile",
    "CREATE_SESSION",
    "the emulator's CreateSession",
    () => ({ flags: { "role-arn": roleArn(emulator, "Target") } }),
  ],
  [
    "a session name that is not accepted",
    "CREATE_SESSION",
    "the emulator's CreateSession",
    () => ({ flags: { "role-session-name": "me" } }),
  ],
  [
    "a scope policy without statements",
    "SCOPE",
    "GetScopedCredentials of botocore at the emulator",
    () => ({ flags: { "scope-policy": '{"Version":"2012-10-17"}' } }),
  ],
  [
    "a wrong external ID",
    "HOP",
    "AssumeRole of the JavaScript SDK at the emulator",
    () => ({ flags: { "assume-role-arn": roleArn(emulator, "Partner"), "external-id": "wrong" } }),
  ],
];

async function check(
  broken: Broken,
  more: readonly string[] = [],
): Promise<{ readonly findings: readonly Finding[]; readonly status: number | string }> {
  const words = [...emulatorFlags(emulator, broken.flags), ...(broken.more ?? []), ...more];
  const bundle = ["--trust-anchor-bundle", join(emulator.folder, "ca.pem")];
  const { AWS_ENDPOINT_URL_STS } = emulator.variables;
  const { stdout, stderr, status } = await runCli(["check", "--json", ...bundle, ...words], {
    env: { AWS_ENDPOINT_URL_STS, AWS_EC2_METADATA_DISABLED: "true" },
  });
  expect(stderr).toBe("");
  return { findings: (JSON.parse(stdout) as { findings: Finding[] }).findings, status };
}

function firstFailure(findings: readonly Finding[]): string | undefined {
  return findings.find(({ level }) => level === "fail")?.code;
}

describe("check names each broken rule in the first failure", () => {
  test.each(local)("%s: %s, found offline", async (_, code, __, build) => {
    const { findings, status } = await check(build(), ["--offline"]);
    expect(
      { code: firstFailure(findings), status },
      JSON.stringify(findings.filter(({ level }) => level === "fail")),
    ).toEqual({ code, status: 1 });
    expect(findings.filter(({ level }) => level === "fail")).toHaveLength(1);
    for (const { level, hint } of findings)
      expect(level === "fail" || level === "warn" ? (hint ?? "") : "-").not.toBe("");
  });

  test.each(remote)("%s: %s", async (_, code, __, build) => {
    const { findings, status } = await check(build());
    expect({ code: firstFailure(findings), status }).toEqual({ code, status: 1 });
  });

  test("the tables have at least 53 cases", () => {
    // With those of chain-table.test.ts and profile-table.test.ts at least 120.
    expect(local.length + remote.length).toBeGreaterThanOrEqual(53);
  });
});

describe("check and other tools agree", () => {
  const query = () => ({
    trustAnchorArn: emulator.state().trustAnchors[0]?.arn ?? "",
    profileArn: profileArn(emulator, "Demo"),
    roleArn: roleArn(emulator, "Demo"),
  });

  const table = [...local, ...remote];
  const judged = table.flatMap(([what, , judge, build]) =>
    typeof judge === "string" ? [[what, judge, build] as const] : [],
  );

  test.each(judged)("another tool rejects what check reports: %s, by %s", async (_, judge, build) => {
    expect(await verdictOf(judge, build(), emulator)).not.toBe("accepted");
  });

  test.each(Object.keys(verdicts) as Judge[])("a valid set-up is accepted by %s", async (judge) => {
    const setUp = {
      flags: {
        "assume-role-arn": roleArn(emulator, "Target"),
        "scope-duration": "300",
        intermediates: join(emulator.folder, "ca.pem"),
      },
    };
    expect((await verdictOf(judge, setUp, emulator)) ?? "accepted").toBe("accepted");
  });

  test("each row has a verdict of another tool, or a reason why there is none", () => {
    const alone = table.flatMap(([what, , judge]) => (typeof judge === "string" ? [] : [`${what}: ${judge.none}`]));
    expect(alone).toEqual(["an unknown scope: no other tool has ready-made scopes"]);
    expect(judged.length).toBe(56);
  });

  const sound: readonly (readonly [string, () => Broken])[] = [
    ["an EC leaf below the root", leafCase({})],
    ["no basicConstraints", leafCase({ authority: "absent" })],
    ["only serverAuth", leafCase({ extendedKeyUsage: ["serverAuth"] })],
    ["characters that tags cannot contain", leafCase({ subject: [["CN", "name (with) parentheses"]] })],
    ["a huge serial number", leafCase({ serial: 2n ** 150n })],
    ["a SHA-512 signature", leafCase({ digest: "sha512" })],
    [
      "RSA below an intermediate",
      () => ({
        flags: {
          certificate: join(emulator.folder, "rsa.pem"),
          "private-key": join(emulator.folder, "rsa-key.pem"),
          intermediates: join(emulator.folder, "intermediate.pem"),
        },
      }),
    ],
    [
      "a chained role with its external ID",
      () => ({ flags: { "assume-role-arn": roleArn(emulator, "Partner"), "external-id": "example-external-id" } }),
    ],
  ];
  test.each(sound)("the emulator accepts what check passes: %s", async (_, build) => {
    const broken = build();
    const { findings, status } = await check(broken);
    expect(findings.filter(({ level }) => level === "fail")).toEqual([]);
    expect(status).toBe(0);
    expect(findings.find(({ code }) => code === "CALLER_IDENTITY")?.level).toBe("pass");
    if (broken.wire === undefined) return;
    expect(
      await sendCreateSession({ url: emulator.url, query: query(), body: { durationSeconds: 900 }, ...broken.wire }),
    ).toMatchObject({ statusCode: 201 });
  });
});

describe("warnings do not fail", () => {
  test.each([
    [
      "a key that other users can read",
      "SECRET_FILE_MODE",
      () => ({ flags: { "private-key": write(readFileSync(join(emulator.folder, "ec-key.pem")), 0o644) } }),
    ],
    [
      "a one-year leaf that expires in ten days",
      "CERTIFICATE_VALIDITY",
      leafCase({ notBefore: new Date(Date.now() - 355 * day), notAfter: new Date(Date.now() + 10 * day) }),
    ],
    [
      "a three-hour leaf that expires in half an hour",
      "CERTIFICATE_VALIDITY",
      leafCase({ notBefore: new Date(Date.now() - 0.104 * day), notAfter: new Date(Date.now() + 0.021 * day) }),
    ],
    ["a tag that AWS drops", "SESSION_TAGS", leafCase({ subject: [["CN", "a (b)"]] })],
    ["no clientAuth", "EXTENDED_KEY_USAGE", leafCase({ extendedKeyUsage: ["serverAuth"] })],
  ] as const)("%s: %s", async (_, code, build) => {
    const { findings, status } = await check(build(), ["--offline"]);
    expect(findings.filter(({ level }) => level === "warn").map((finding) => finding.code)).toContain(code);
    expect(status).toBe(0);
  });
});
