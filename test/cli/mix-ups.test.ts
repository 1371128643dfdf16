import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createPki, formatPem, keyOf } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { arns, vendFlags } from "../support/vend-flags.js";

const folder = createScratch("mix-ups");
const file = (name: string) => join(folder, name);
const statuses = { usage: 2, identity: 3, network: 4 } as const;

beforeAll(() => {
  const pki = createPki();
  const leaf = pki.leaf("ec-p256");
  const day = 86_400_000;
  const certificates = {
    "client.pem": leaf,
    "ca.pem": pki.root,
    "expired.pem": pki.leaf("ec-p256", {
      notBefore: new Date(Date.now() - 9 * day),
      notAfter: new Date(Date.now() - 3 * day),
    }),
    "future.pem": pki.leaf("ec-p256", { notBefore: new Date(Date.now() + 2 * day) }),
    "no-usage.pem": pki.leaf("ec-p256", { keyUsage: ["keyEncipherment"] }),
    "absent-usage.pem": pki.leaf("ec-p256", { keyUsage: "absent" }),
    "ca-leaf.pem": pki.leaf("ec-p256", { authority: true, keyUsage: ["digitalSignature", "keyCertSign"] }),
    "v1.pem": pki.leaf("ec-p256", { version: 1 }),
  };
  for (const [name, { pem }] of Object.entries(certificates)) writeFileSync(file(name), pem);
  const key = createPrivateKey(leaf.key.privateKeyPem);
  const text = String(key.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(file("client.key"), text);
  writeFileSync(file("client.der"), key.export({ type: "pkcs8", format: "der" }));
  writeFileSync(file("certificate.der"), leaf.der);
  writeFileSync(file("public.pem"), createPublicKey(key).export({ type: "spki", format: "pem" }));
  writeFileSync(
    file("encrypted.key"),
    key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "right" }),
  );
  writeFileSync(
    file("other.key"),
    createPrivateKey(keyOf("ec-p256", "stranger").privateKeyPem).export({ type: "pkcs8", format: "pem" }),
  );
  writeFileSync(
    file("ed25519.key"),
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }),
  );
  const otherCurve = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
  writeFileSync(file("secp256k1.key"), otherCurve.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(file("secp256k1-sec1.key"), otherCurve.export({ type: "sec1", format: "pem" }));
  writeFileSync(
    file("secp256k1-encrypted.key"),
    otherCurve.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "right" }),
  );
  writeFileSync(file("empty"), "");
  writeFileSync(file("words.txt"), "neither one nor the other\n");
  writeFileSync(file("utf16.pem"), Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(leaf.pem, "utf16le")]));
  writeFileSync(file("request.csr"), formatPem("CERTIFICATE REQUEST", leaf.der));
  writeFileSync(file("damaged.key"), text.replace(/[A-Z]/, "!"));
  writeFileSync(file("damaged.pem"), formatPem("CERTIFICATE", leaf.der.subarray(0, 90)));
  writeFileSync(
    file("openssh.key"),
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n",
  );
  writeFileSync(file("huge.pem"), Buffer.alloc(1024 * 1024 + 1, 0x20));
  mkdirSync(file("directory"));
});

interface MixUp {
  readonly what: string;
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly status: number;
  readonly says: RegExp;
  readonly hint: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

const pair = { certificate: file("client.pem"), "private-key": file("client.key") };

const cases: readonly MixUp[] = [
  {
    what: "profile ARN given as role ARN",
    flags: { ...pair, "role-arn": arns.profile },
    status: statuses.usage,
    says: /--role-arn is a Roles Anywhere profile ARN.*expected an IAM role ARN/,
    hint: /--profile-arn instead/,
  },
  {
    what: "role ARN given as profile ARN",
    flags: { ...pair, "profile-arn": arns.role },
    status: statuses.usage,
    says: /--profile-arn is an IAM role ARN/,
    hint: /--role-arn instead/,
  },
  {
    what: "trust anchor ARN given as profile ARN",
    flags: { ...pair, "profile-arn": arns.trustAnchor },
    status: statuses.usage,
    says: /--profile-arn is a trust anchor ARN/,
    hint: /--trust-anchor-arn instead/,
  },
  {
    what: "session ARN given as role ARN",
    flags: { ...pair, "role-arn": "arn:aws:sts::111122223333:assumed-role/demo/x" },
    status: statuses.usage,
    says: /service "sts"/,
    hint: /arn:aws:iam::111122223333:role\/demo/,
  },
  {
    what: "a path given as ARN",
    flags: { ...pair, "role-arn": "/etc/client.pem" },
    status: statuses.usage,
    says: /does not begin with "arn:"/,
    hint: /file path/,
  },
  {
    what: "quotes kept by the shell",
    flags: { ...pair, "role-arn": `"${arns.role}"` },
    status: statuses.usage,
    says: /quotation mark/,
    hint: /without them/,
  },
  {
    what: "a Windows line end after an ARN",
    flags: { ...pair, "profile-arn": `${arns.profile}\r` },
    status: statuses.usage,
    says: /white space/,
    hint: /Windows line end/,
  },
  {
    what: "an empty ARN",
    flags: { ...pair, "role-arn": "" },
    status: statuses.usage,
    says: /--role-arn is missing/,
    hint: /ROLESANYWHERE_TS_ROLE_ARN/,
  },
  {
    what: "an ARN cut short",
    flags: { ...pair, "role-arn": "arn:aws:iam::111122223333" },
    status: statuses.usage,
    says: /fewer than six/,
    hint: /looks like arn:/,
  },
  {
    what: "an account of eleven digits",
    flags: { ...pair, "role-arn": "arn:aws:iam::11112222333:role/x" },
    status: statuses.usage,
    says: /expected 12 digits/,
    hint: /looks like/,
  },
  {
    what: "regions that disagree",
    flags: { ...pair, "profile-arn": arns.profile.replace("us-east-1", "eu-west-1") },
    status: statuses.usage,
    says: /trust anchor and profile regions don't match/,
    hint: /one region/,
  },
  {
    what: "accounts that disagree",
    flags: { ...pair, "role-arn": arns.role.replace("1111", "9999") },
    status: statuses.usage,
    says: /profile and role accounts don't match/,
    hint: /--assume-role-arn/,
  },
  {
    what: "partitions that disagree",
    flags: { ...pair, "role-arn": arns.role.replace("arn:aws:", "arn:aws-cn:") },
    status: statuses.usage,
    says: /partitions don't match/,
    hint: /one partition/,
  },
  {
    what: "a duration too long",
    flags: { ...pair, "session-duration": "43201" },
    status: statuses.usage,
    says: /--session-duration is 43201, expected 900-43200 seconds/,
    hint: /MaxSessionDuration/,
  },
  {
    what: "a duration in words",
    flags: { ...pair, "session-duration": "1h" },
    status: statuses.usage,
    says: /invalid argument "1h"/,
    hint: /3600/,
  },
  {
    what: "a hop longer than chaining allows",
    flags: { ...pair, "assume-role-arn": arns.role, "assume-duration": "7200" },
    status: statuses.usage,
    says: /--assume-duration is 7200.*role chaining/,
    hint: /3600/,
  },
  {
    what: "a hop's flag without a hop",
    flags: { ...pair, "external-id": "abc" },
    status: statuses.usage,
    says: /--external-id applies only to a chained role/,
    hint: /--assume-role-arn/,
  },
  {
    what: "a session name with a slash",
    flags: { ...pair, "role-session-name": "a/b" },
    status: statuses.usage,
    says: /expected 2-64 characters/,
    hint: /replace/,
  },
  {
    what: "an endpoint that is no URL",
    flags: { ...pair, endpoint: "rolesanywhere" },
    status: statuses.usage,
    says: /--endpoint is not a usable endpoint/,
    hint: /leave it out/,
  },
  {
    what: "FIPS together with an endpoint",
    flags: { ...pair, "use-fips-endpoint": undefined },
    status: statuses.usage,
    says: /AWS_USE_FIPS_ENDPOINT cannot change the endpoint/,
    hint: /leave one/,
    env: { AWS_USE_FIPS_ENDPOINT: "true" },
  },
  {
    what: "no certificate at all",
    flags: {},
    status: statuses.usage,
    says: /neither --certificate nor --private-key is given/,
    hint: /quoting/,
  },
  {
    what: "a key without its certificate",
    flags: { "private-key": file("client.key") },
    status: statuses.usage,
    says: /--certificate is missing/,
    hint: /ROLESANYWHERE_TS_CERTIFICATE/,
  },
  {
    what: "a key file given as certificate",
    flags: { ...pair, certificate: file("client.key") },
    status: statuses.identity,
    says: /client\.key" \(--certificate\) holds a private key/,
    hint: /--private-key/,
  },
  {
    what: "a certificate given as key",
    flags: { ...pair, "private-key": file("ca.pem") },
    status: statuses.identity,
    says: /holds a certificate but no private key/,
    hint: /--certificate/,
  },
  {
    what: "a certificate file without a key, alone",
    flags: { certificate: file("client.pem") },
    status: statuses.identity,
    says: /holds a certificate but no private key/,
    hint: /--private-key/,
  },
  {
    what: "PKCS#12 or DER given as PEM certificate",
    flags: { ...pair, certificate: file("certificate.der") },
    status: statuses.identity,
    says: /is binary/,
    hint: /PKCS#12/,
  },
  {
    what: "a DER key",
    flags: { ...pair, "private-key": file("client.der") },
    status: statuses.identity,
    says: /is binary/,
    hint: /openssl pkey -inform der/,
  },
  {
    what: "a certificate request",
    flags: { ...pair, certificate: file("request.csr") },
    status: statuses.identity,
    says: /certificate request/,
    hint: /signed by/,
  },
  {
    what: "a public key as key",
    flags: { ...pair, "private-key": file("public.pem") },
    status: statuses.identity,
    says: /PUBLIC KEY block/,
    hint: /private key/,
  },
  {
    what: "an OpenSSH key",
    flags: { ...pair, "private-key": file("openssh.key") },
    status: statuses.identity,
    says: /OpenSSH's own format/,
    hint: /ssh-keygen/,
  },
  {
    what: "an Ed25519 key",
    flags: { ...pair, "private-key": file("ed25519.key") },
    status: statuses.identity,
    says: /ed25519, expected RSA/,
    hint: /ML-DSA/,
  },
  {
    what: "a curve the service lacks",
    flags: { ...pair, "private-key": file("secp256k1.key") },
    status: statuses.identity,
    says: /curve secp256k1/,
    hint: /RSA, EC/,
  },
  {
    what: "such a curve in OpenSSL's own key format",
    flags: { ...pair, "private-key": file("secp256k1-sec1.key") },
    status: statuses.identity,
    says: /curve secp256k1/,
    hint: /RSA, EC/,
  },
  {
    what: "such a curve in an encrypted key",
    flags: { ...pair, "private-key": file("secp256k1-encrypted.key"), "pkcs8-password": "right" },
    status: statuses.identity,
    says: /curve secp256k1/,
    hint: /RSA, EC/,
  },
  {
    what: "an empty certificate file",
    flags: { ...pair, certificate: file("empty") },
    status: statuses.identity,
    says: /is empty/,
    hint: /write/,
  },
  {
    what: "an empty key file",
    flags: { ...pair, "private-key": file("empty") },
    status: statuses.identity,
    says: /is empty/,
    hint: /write/,
  },
  {
    what: "words instead of a certificate",
    flags: { ...pair, certificate: file("words.txt") },
    status: statuses.identity,
    says: /no PEM block/,
    hint: /BEGIN CERTIFICATE/,
  },
  {
    what: "UTF-16 text",
    flags: { ...pair, certificate: file("utf16.pem") },
    status: statuses.identity,
    says: /UTF-16/,
    hint: /UTF-8/,
  },
  {
    what: "a damaged key",
    flags: { ...pair, "private-key": file("damaged.key") },
    status: statuses.identity,
    says: /damaged|no PEM block/,
    hint: /openssl|BEGIN/,
  },
  {
    what: "a damaged certificate",
    flags: { ...pair, certificate: file("damaged.pem") },
    status: statuses.identity,
    says: /damaged/,
    hint: /openssl x509/,
  },
  {
    what: "a file far too large",
    flags: { ...pair, certificate: file("huge.pem") },
    status: statuses.identity,
    says: /1048577 bytes/,
    hint: /right file/,
  },
  {
    what: "a path that is not there",
    flags: { ...pair, certificate: file("nowhere.pem") },
    status: statuses.identity,
    says: /nowhere\.pem" \(--certificate\): no such file/,
    hint: /path/,
  },
  {
    what: "a path with the shell's quotes",
    flags: { ...pair, certificate: `"${file("client.pem")}"` },
    status: statuses.identity,
    says: /no such file/,
    hint: /quotation marks/,
  },
  {
    what: "a path with a variable",
    flags: { ...pair, certificate: "$HOME/client.pem" },
    status: statuses.identity,
    says: /no such file/,
    hint: /not expanded/,
  },
  {
    what: "a directory",
    flags: { ...pair, certificate: file("directory") },
    status: statuses.identity,
    says: /directory/,
    hint: /path/,
  },
  {
    what: "a key of another certificate",
    flags: { ...pair, "private-key": file("other.key") },
    status: statuses.identity,
    says: /does not belong to certificate/,
    hint: /openssl pkey/,
  },
  {
    what: "an encrypted key without password or terminal",
    flags: { ...pair, "private-key": file("encrypted.key") },
    status: statuses.identity,
    says: /encrypted and no password is given/,
    hint: /--password-file/,
  },
  {
    what: "an encrypted key with a wrong password",
    flags: { ...pair, "private-key": file("encrypted.key"), "pkcs8-password": "wrong" },
    status: statuses.identity,
    says: /password/,
    hint: /./,
  },
  {
    what: "a password file that is not there",
    flags: { ...pair, "private-key": file("encrypted.key"), "password-file": file("nowhere") },
    status: statuses.identity,
    says: /password file/,
    hint: /path/,
  },
  {
    what: "an expired certificate",
    flags: { ...pair, certificate: file("expired.pem") },
    status: statuses.identity,
    says: /expired 3 days ago \(notAfter/,
    hint: /renew/,
  },
  {
    what: "a certificate of the future",
    flags: { ...pair, certificate: file("future.pem") },
    status: statuses.identity,
    says: /becomes valid in/,
    hint: /clock/,
  },
  {
    what: "a leaf without digitalSignature",
    flags: { ...pair, certificate: file("no-usage.pem") },
    status: statuses.identity,
    says: /keyUsage keyEncipherment, expected digitalSignature/,
    hint: /issued anew/,
  },
  {
    what: "a leaf without keyUsage",
    flags: { ...pair, certificate: file("absent-usage.pem") },
    status: statuses.identity,
    says: /no keyUsage extension/,
    hint: /issued anew/,
  },
  {
    what: "a CA as leaf",
    flags: { ...pair, certificate: file("ca-leaf.pem") },
    status: statuses.identity,
    says: /CA:TRUE/,
    hint: /--intermediates/,
  },
  {
    what: "a version 1 certificate",
    flags: { ...pair, certificate: file("v1.pem") },
    status: statuses.identity,
    says: /X\.509 v1/,
    hint: /issued anew/,
  },
  {
    what: "a key among the intermediates",
    flags: { ...pair, intermediates: file("client.key") },
    status: statuses.identity,
    says: /PRIVATE KEY block, expected certificates only/,
    hint: /leave keys out/,
  },
  {
    what: "nobody listening at the endpoint",
    flags: pair,
    status: statuses.network,
    says: /cannot reach 127\.0\.0\.1:1: connection refused/,
    hint: /listens/,
  },
  {
    what: "a settings profile that does not exist",
    flags: { ...pair, "settings-profile": "nope" },
    status: statuses.usage,
    says: /profile "nope" is not in .*config \(which does not exist\) or /,
    hint: /rolesanywhere-ts configure.*AWS_CONFIG_FILE/,
  },
  {
    what: "a hops document that is no JSON",
    flags: { ...pair, hops: "RoleArn=x" },
    status: statuses.usage,
    says: /--hops is not valid JSON/,
    hint: /file:\/\/roles\.json/,
  },
  {
    what: "a hops document with an unknown member",
    flags: { ...pair, hops: `[{"RoleArn":"${arns.role}","Duration":1}]` },
    status: statuses.usage,
    says: /role 1 of --hops has the unknown member "Duration"/,
    hint: /AssumeRole/,
  },
  {
    what: "certificate and selector together",
    flags: { ...pair, "cert-selector": "Key=x509Subject,Value=CN=a" },
    status: statuses.usage,
    says: /--certificate and --cert-selector exclude each other/,
    hint: /leave out/,
  },
];

describe("each mix-up is named, with a next step and nothing on stdout", () => {
  test.each(cases)("$what", async ({ flags, status, says, hint, env }) => {
    const result = await runCli(vendFlags(flags), { env: env ?? {} });
    expectRefusal(result, status);
    expect(result.stderr).toMatch(says);
    expect(hintsOf(result)).toMatch(hint);
  });

  test("an unknown flag suggests the one that was meant", async () => {
    const result = await runCli(["credential-process", "--trust-anchor", "x"]);
    expectRefusal(result, statuses.usage);
    expect(hintsOf(result)).toContain("did you mean --trust-anchor-arn?");
  });

  test("a flag without its value says so", async () => {
    const result = await runCli(["credential-process", "--role-arn"]);
    expectRefusal(result, statuses.usage);
    expect(result.stderr).toContain("flag needs an argument: --role-arn");
  });
});

function hintsOf({ stderr }: CliResult): string {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("rolesanywhere-ts: hint: "))
    .join("\n");
}

/** Every refusal looks alike: an empty stdout, prefixed lines, a hint, no stack trace, no final period. */
function expectRefusal({ stdout, stderr, status }: CliResult, expected: number): void {
  expect(stdout).toBe("");
  expect(status, stderr).toBe(expected);
  const lines = stderr.trimEnd().split("\n");
  expect(lines.filter((line) => !/^rolesanywhere-ts: (error\[ERR_[A-Z_]+\]|hint): [^A-Z\s]?\S/.test(line))).toEqual([]);
  expect(lines[0]).toMatch(/^rolesanywhere-ts: error\[ERR_[A-Z_]+\]: .*[^.]$/);
  expect(lines.length).toBeGreaterThan(1);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|node:internal/);
}
