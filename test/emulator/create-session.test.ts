import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { EmulatorState } from "../../src/emulator/state/memory.js";
import { profileArn, roleArn, sessionArns } from "../support/emulator-flags.js";
import { createAuthority, createPki, keyOf } from "../support/pki.js";
import type { CertificateSpec, Issued, KeyKind } from "../support/pki.js";
import { sendCreateSession } from "../support/x509-signer.js";
import type { HttpAnswer, SessionRequest } from "../support/x509-signer.js";

let emulator: Emulator;
let original: EmulatorState;

beforeAll(async () => {
  emulator = await startEmulator();
  original = emulator.state();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.updateState(() => original);
  emulator.clearRequests();
  emulator.clearFaults();
});

const issue = (spec: CertificateSpec = {}, kind: KeyKind = "ec-p256", issuer: Issued = emulator.root) =>
  issueCertificate(keyOf(kind, "leaf"), spec, issuer);
const role = (name: string) => roleArn(emulator, name);
const profile = (name: string) => profileArn(emulator, name);
const arns = () => ({ ...sessionArns(emulator) });

function create(changes: Partial<SessionRequest> = {}, body: object = {}): Promise<HttpAnswer> {
  return sendCreateSession({ url: emulator.url, leaf: issue(), body: { ...arns(), ...body }, ...changes });
}

/** Expects a refusal and returns the reason that only the log tells. */
async function expectRefused(answer: Promise<HttpAnswer>, statusCode: number, code: string, message: string | RegExp) {
  const { statusCode: status, headers, json } = await answer;
  expect({ status, code: headers["x-amzn-errortype"] }).toEqual({ status: statusCode, code });
  expect(json.message).toMatch(message);
  const record = emulator.requests().at(-1)!;
  expect(record).toMatchObject({ verdict: "refused", code, statusCode, operation: "CreateSession" });
  expect(headers["x-amzn-requestid"]).toBe(record.requestId);
  return record.reason;
}

describe("CreateSession", () => {
  it.each<KeyKind>(["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ec-p521"])(
    "gives a session to a %s certificate",
    async (kind) => {
      const leaf = issue({ subject: [["CN", "web"]], serial: 0xabcdef0123n }, kind);
      const { statusCode, json, headers } = await create({ leaf }, { durationSeconds: 900 });
      expect(statusCode).toBe(201);
      expect(headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
      const [set] = json.credentialSet;
      expect(set.assumedRoleUser.arn).toBe("arn:aws:sts::111122223333:assumed-role/Demo/abcdef0123");
      expect(set.sourceIdentity).toBe("CN=web");
      expect(set.roleArn).toBe(role("Demo"));
      expect(set.credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
      expect(set.credentials.secretAccessKey).toHaveLength(40);
      expect(set.credentials.expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const left = Date.parse(set.credentials.expiration) - Date.now();
      expect(left).toBeGreaterThan(890_000);
      expect(left).toBeLessThanOrEqual(900_000);
      expect(json.subjectArn).toMatch(/^arn:aws:rolesanywhere:us-east-1:111122223333:subject\//);
    },
  );

  it("takes the ARNs from the query as well", async () => {
    const answer = await create({ query: arns(), body: { durationSeconds: 900 } });
    expect(answer.statusCode).toBe(201);
  });

  it("takes a chain in any order, with the leaf at its head, and with certificates of other paths", async () => {
    const lower = createAuthority(keyOf("ec-p256", "lower"), { subject: [["CN", "Lower"]] }, emulator.root);
    const lowest = createAuthority(keyOf("ec-p256", "lowest"), { subject: [["CN", "Lowest"]] }, lower);
    const crossed = createAuthority(keyOf("ec-p256", "lower"), { subject: [["CN", "Lower"]] }, createPki().root);
    const leaf = issue({}, "ec-p256", lowest);
    for (const chain of [
      [lowest, lower],
      [leaf, lowest, lower],
      [lower, lowest],
      [lowest, crossed, lower],
    ])
      expect((await create({ leaf, chain })).statusCode).toBe(201);
  });

  it("takes a chain whose last certificate the anchor issued, with or without the root", async () => {
    const leaf = issue({}, "ec-p256", emulator.intermediate);
    expect((await create({ leaf, chain: [emulator.intermediate] })).statusCode).toBe(201);
    expect((await create({ leaf, chain: [emulator.intermediate, emulator.root] })).statusCode).toBe(201);
  });

  it("takes huge, negative and zero serials in decimal", async () => {
    for (const serial of [0n, 1n, -5n, 0x80n, 2n ** 159n - 1n]) {
      expect((await create({ leaf: issue({ serial }) })).statusCode).toBe(201);
    }
  });

  it("answers on /sessions alone", async () => {
    for (const path of ["/a/prefix/sessions", "/sessions/", "//sessions", "/x/../sessions", "/Sessions"]) {
      const { statusCode, headers } = await create({ path, signedPath: path });
      expect([path, statusCode, headers["x-amzn-errortype"]]).toEqual([path, 404, "UnknownOperationException"]);
    }
  });

  it("shortens the session to the profile's duration silently", async () => {
    const { json } = await create({}, { durationSeconds: 43_200 });
    expect(Date.parse(json.credentialSet[0].credentials.expiration) - Date.now()).toBeLessThanOrEqual(3_600_000);
  });

  it("uses a role session name where the profile accepts one", async () => {
    const { json } = await create({}, { profileArn: profile("Named"), roleSessionName: "me@host" });
    expect(json.credentialSet[0].assumedRoleUser.arn).toBe("arn:aws:sts::111122223333:assumed-role/Demo/me@host");
  });

  it("sets the source identity from the serial when there is no common name", async () => {
    const leaf = issue({ subject: [["O", "Example"]], serial: 0xfffn });
    expect((await create({ leaf })).json.credentialSet[0].sourceIdentity).toBe("ID=0fff");
  });

  it("takes headers far beyond 16 KiB", async () => {
    const uri = `urn:${"x".repeat(4_000)}`;
    const leaf = issue({ alternativeNames: Array.from({ length: 10 }, () => ["uri", uri] as const) });
    expect(leaf.der.toString("base64").length).toBeGreaterThan(50_000);
    expect((await create({ leaf })).statusCode).toBe(201);
  });
});

const denied = "AccessDeniedException";

describe("CreateSession refuses", () => {
  it("a missing Authorization header", async () => {
    await expectRefused(
      create({ spoilAuthorization: () => "" }),
      403,
      "IncompleteSignatureException",
      "names no algorithm",
    );
  });

  it.each(["Credential", "SignedHeaders", "Signature"])("an Authorization header without %s", async (name) => {
    await expectRefused(
      create({ spoilAuthorization: (text) => text.replace(`${name}=`, "Other=") }),
      403,
      "IncompleteSignatureException",
      `'${name}'`,
    );
  });

  it("the wrong algorithm for the key", async () => {
    const reason = await expectRefused(create({ algorithm: "AWS4-X509-RSA-SHA256" }), 403, denied, "Invalid signature");
    expect(reason).toContain("does not go with a key");
  });

  it("an algorithm that it does not know", async () => {
    await expectRefused(
      create({ algorithm: "AWS4-HMAC-SHA256" }),
      403,
      "IncompleteSignatureException",
      "Unsupported algorithm",
    );
  });

  it.each([
    ["hexadecimal", "ff"],
    ["another", "12345"],
  ])("a serial that is %s", async (_, serial) => {
    const reason = await expectRefused(
      create({ leaf: issue({ serial: 255n }), serial }),
      403,
      denied,
      "Invalid signature",
    );
    expect(reason).toContain("the certificate has 255 (decimal)");
  });

  it.each(["host", "content-type", "x-amz-date", "x-amz-x509", "x-amz-x509-chain"])(
    "an unsigned %s header",
    async (name) => {
      const answer = create({ chain: [emulator.root], leaveUnsigned: [name] });
      expect(await expectRefused(answer, 403, denied, "Invalid signature")).toContain(`not: ${name}`);
    },
  );

  it("another body than the signed one", async () => {
    await expectRefused(
      create({ sentBody: JSON.stringify({ ...arns(), durationSeconds: 901 }) }),
      403,
      denied,
      "Invalid signature",
    );
  });

  it("a signature by another key", async () => {
    await expectRefused(create({ signer: issue({}, "ec-p384") }), 403, denied, "Invalid signature");
  });

  it("a signature that is cut short, or in capitals", async () => {
    await expectRefused(create({ spoilSignature: (bytes) => bytes.subarray(1) }), 403, denied, "Invalid signature");
    const upper = (text: string) => text.replace(/Signature=.*/, (part) => `Signature=${part.slice(10).toUpperCase()}`);
    expect(await expectRefused(create({ spoilAuthorization: upper }), 403, denied, "Invalid signature")).toContain(
      "hex",
    );
  });

  it.each([
    ["slow", -301_000, "Signature expired"],
    ["fast", 302_000, "Signature not yet current"],
  ])("a clock that is five minutes %s", async (_, offset, message) => {
    const date = new Date(Date.now() + offset);
    await expectRefused(create({ date }), 403, "InvalidSignatureException", message);
    const near = new Date(Date.now() + offset * 0.9);
    expect((await create({ date: near })).statusCode).toBe(201);
  });

  it("a scope of another service, region or day", async () => {
    await expectRefused(create({ service: "sts" }), 403, "InvalidSignatureException", "correct service");
    await expectRefused(create({ region: "eu-west-1" }), 403, "InvalidSignatureException", "valid region");
    const otherDay = (text: string) => text.replace(/\/\d{8}\//, "/20200101/");
    await expectRefused(create({ spoilAuthorization: otherDay }), 403, "InvalidSignatureException", "Credential scope");
  });

  it("a certificate header that is missing or is not base64 of DER", async () => {
    const without = create({ headers: { "x-amz-x509": undefined } });
    await expectRefused(without, 403, "MissingAuthenticationTokenException", "X-Amz-X509");
    for (const value of ["a b", "AAAA", "", Buffer.from(issue().pem).toString("base64")]) {
      await expectRefused(create({ headers: { "x-amz-x509": value } }), 400, "ValidationException", "Could not parse");
    }
  });

  it.each<[string, CertificateSpec, string, string]>([
    ["of a certificate authority", { authority: true }, "Insufficient certificate", "CA:TRUE"],
    ["without digitalSignature", { keyUsage: ["keyEncipherment"] }, "Insufficient certificate", "digitalSignature"],
    ["without keyUsage", { keyUsage: "absent" }, "Insufficient certificate", "keyUsage"],
    ["of version 1", { version: 1 }, "Insufficient certificate", "version 1"],
    ["with an empty subject", { subject: [] }, "Insufficient certificate", "empty"],
    ["signed with SHA-1", { digest: "sha1" }, "Insufficient certificate", "SHA-1"],
    ["that has expired", { notAfter: new Date(Date.now() - 1000) }, "expired", "valid until"],
    ["that is not yet valid", { notBefore: new Date(Date.now() + 60_000) }, "not yet valid", "valid from"],
  ])("a certificate %s", async (_, spec, message, reason) => {
    expect(await expectRefused(create({ leaf: issue(spec) }), 403, denied, message)).toContain(reason);
  });

  it("a certificate of another authority, even one of the same name", async () => {
    const impostor = createAuthority(keyOf("ec-p256", "impostor"), { subject: emulator.root.subject });
    for (const issuer of [createPki().root, impostor]) {
      await expectRefused(create({ leaf: issue({}, "ec-p256", issuer) }), 403, denied, "Untrusted signing certificate");
    }
  });

  it("a chain with a gap", async () => {
    const lower = createAuthority(keyOf("ec-p256", "lower"), { subject: [["CN", "Lower"]] }, emulator.root);
    const lowest = createAuthority(keyOf("ec-p256", "lowest"), { subject: [["CN", "Lowest"]] }, lower);
    const leaf = issue({}, "ec-p256", lowest);
    for (const chain of [undefined, [lowest], [lower], [leaf, lower]]) {
      const changes = chain === undefined ? { leaf } : { leaf, chain };
      await expectRefused(create(changes), 403, denied, "Untrusted signing certificate");
    }
  });

  it("an issuer that may not issue", async () => {
    const noAuthority = issue({ subject: [["CN", "Leaf"]] });
    const leaf = issue({}, "ec-p256", noAuthority);
    const reason = await expectRefused(
      create({ leaf, chain: [noAuthority] }),
      403,
      denied,
      "Untrusted signing certificate",
    );
    expect(reason).toContain("is not a certificate authority");
    const below = createAuthority(keyOf("ec-p256", "below"), { subject: [["CN", "B"]] }, emulator.intermediate);
    const tooDeep = create({ leaf: issue({}, "ec-p256", below), chain: [below, emulator.intermediate] });
    expect(await expectRefused(tooDeep, 403, denied, "Untrusted signing")).toContain("allows 0 authorities below it");
  });

  it("an expired certificate in the chain", async () => {
    const old = { subject: [["CN", "Old"]], notAfter: new Date(Date.now() - 1000) } as const;
    const expired = createAuthority(keyOf("ec-p256", "old"), old, emulator.root);
    await expectRefused(create({ leaf: issue({}, "ec-p256", expired), chain: [expired] }), 403, denied, "expired");
  });

  it("a chain of more than five", async () => {
    let issuer = emulator.root;
    const chain: Issued[] = [];
    for (let depth = 0; depth < 6; depth++) {
      issuer = createAuthority(keyOf("ec-p256", `d${depth}`), { subject: [["CN", `D${depth}`]] }, issuer);
      chain.unshift(issuer);
    }
    const answer = create({ leaf: issue({}, "ec-p256", issuer), chain });
    await expectRefused(answer, 400, "ValidationException", "chain is too long");
    const five = { leaf: issue({}, "ec-p256", chain[1]), chain: chain.slice(1) };
    expect((await create(five)).statusCode).toBe(201);
  });

  it("an unknown trust anchor, profile or role", async () => {
    const other = (arn: string) => arn.replace(/[^/]+$/, "00000000-0000-0000-0000-000000000000");
    const { trustAnchorArn, profileArn, roleArn } = arns();
    const anchor = create({}, { trustAnchorArn: other(trustAnchorArn) });
    await expectRefused(anchor, 404, "ResourceNotFoundException", "Trust anchor not found");
    await expectRefused(
      create({}, { profileArn: other(profileArn) }),
      404,
      "ResourceNotFoundException",
      "Profile not found",
    );
    const reason = await expectRefused(
      create({}, { roleArn: other(roleArn) }),
      403,
      denied,
      "Unable to assume role for arn",
    );
    expect(reason).toContain("no such role");
  });

  it("a role that the profile lacks or that does not trust Roles Anywhere", async () => {
    const outside = create({}, { roleArn: role("Target") });
    expect(await expectRefused(outside, 403, denied, "Unable to assume role")).toContain("not in profile");
    const untrusting = create({}, { roleArn: role("Untrusting") });
    expect(await expectRefused(untrusting, 403, denied, "Unable to assume role")).toContain(
      "trust policy does not name",
    );
  });

  it.each(["sts:SetSourceIdentity", "sts:TagSession", "sts:AssumeRole"])("a role without %s", async (action) => {
    changeDemoTrust((trust) => ({ ...trust, actions: trust.actions.filter((name) => name !== action) }));
    expect(await expectRefused(create(), 403, denied, "Unable to assume role")).toContain(action);
  });

  it("a role whose conditions do not hold", async () => {
    changeDemoTrust((trust) => ({ ...trust, principalTags: { "x509Subject/CN": "web" } }));
    expect(await expectRefused(create(), 403, denied, "Unable to assume role")).toContain('"web", found "client"');
    expect((await create({ leaf: issue({ subject: [["CN", "web"]] }) })).statusCode).toBe(201);
    changeDemoTrust((trust) => ({
      ...trust,
      sourceArn: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/x",
    }));
    expect(await expectRefused(create(), 403, denied, "Unable to assume role")).toContain("aws:SourceArn");
  });

  it("a disabled profile and a disabled trust anchor", async () => {
    await expectRefused(create({}, { profileArn: profile("Disabled") }), 403, denied, "Profile is disabled");
    emulator.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, enabled: false })),
    }));
    await expectRefused(create(), 403, denied, "Trust anchor is disabled");
  });

  it.each([
    [899, "greater than or equal to 900"],
    [43_201, "less than or equal to 43200"],
    [-1, "greater"],
  ])("a duration of %d seconds", async (durationSeconds, message) => {
    await expectRefused(create({}, { durationSeconds }), 400, "ValidationException", message);
  });

  it("a session longer than the role allows", async () => {
    const body = { profileArn: profile("Named"), roleArn: role("Short"), durationSeconds: 3_601 };
    await expectRefused(create({}, body), 403, denied, /^Unable to assume role for arn.*MaxSessionDuration/);
  });

  it("a role session name that the profile does not accept, or that is malformed", async () => {
    await expectRefused(create({}, { roleSessionName: "x" }), 400, "ValidationException", "roleSessionName");
    await expectRefused(create({}, { roleSessionName: "me" }), 403, denied, "Not authorized to set roleSessionName");
  });

  it("ARNs of different accounts, missing ones and malformed ones", async () => {
    const foreign = arns().roleArn.replace("111122223333", "999999999999");
    await expectRefused(create({}, { roleArn: foreign }), 400, "ValidationException", "different account ID");
    await expectRefused(create({}, { roleArn: undefined }), 400, "ValidationException", "not be null");
    await expectRefused(create({}, { profileArn: arns().roleArn }), 400, "ValidationException", "regular expression");
  });

  it("a body that is not a JSON object", async () => {
    for (const body of ["[]", "nonsense", "1"]) {
      await expectRefused(create({ body }), 400, "SerializationException", "not a JSON object");
    }
    await expectRefused(create({}, { durationSeconds: "3600" }), 400, "SerializationException", "not an integer");
  });
});

function changeDemoTrust(change: (trust: EmulatorState["roles"][0]["trust"]) => EmulatorState["roles"][0]["trust"]) {
  emulator.updateState((state) => ({
    ...state,
    roles: state.roles.map((found) => (found.arn.endsWith("/Demo") ? { ...found, trust: change(found.trust) } : found)),
  }));
}

it("is served with certificates that Node.js reads alike", () => {
  expect(new X509Certificate(emulator.intermediate.pem).checkIssued(new X509Certificate(emulator.root.pem))).toBe(true);
});
