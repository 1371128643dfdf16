import { createPublicKey, verify } from "node:crypto";
import { GetWebIdentityTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import type { CertificateSpec } from "../../src/emulator/certificate/authority.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { EmulatorState, OriginIdentity, TipConfiguration } from "../../src/emulator/state/memory.js";
import { sessionArns } from "../support/emulator-flags.js";
import { keyOf } from "../support/pki.js";
import { send, sendCreateSession } from "../support/x509-signer.js";

let emulator: Emulator;
let original: EmulatorState;

beforeAll(async () => {
  emulator = await startEmulator();
  original = emulator.state();
});
afterAll(() => emulator.stop());
afterEach(() => emulator.updateState(() => original));

const both: CertificateSpec = {
  subject: [["CN", "web"]],
  alternativeNames: [
    ["dns", "web.example"],
    ["uri", "spiffe://example/web"],
    ["uri", "spiffe://example/second"],
  ],
};

async function create(spec: CertificateSpec = both) {
  const leaf = issueCertificate(keyOf("ec-p256"), spec, emulator.root);
  return sendCreateSession({ url: emulator.url, leaf, body: sessionArns(emulator) });
}

function set(tipConfiguration: TipConfiguration | undefined, originIdentity?: OriginIdentity): void {
  emulator.updateState((state) => ({
    ...state,
    profiles: state.profiles.map((profile) => ({
      ...profile,
      ...(tipConfiguration === undefined ? {} : { tipConfiguration }),
    })),
    roles: state.roles.map((role) => ({
      ...role,
      trust: { ...role.trust, ...(originIdentity === undefined ? {} : { originIdentity }) },
    })),
  }));
}

/** Whether a policy with a condition on the session allows it something. */
async function meets(sessionToken: string, condition: object): Promise<boolean> {
  const statement = { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: condition };
  const policy = { Version: "2012-10-17", Statement: [statement] };
  emulator.updateState((state) => ({ ...state, roles: state.roles.map((role) => ({ ...role, policy })) }));
  const body = JSON.stringify({ sessionToken, action: "s3:GetObject", resource: "arn:aws:s3:::data/1" });
  const { json } = await send(emulator.url, { method: "POST", path: "/_emulator/authorize", body });
  return json.allowed;
}

describe("trusted identity propagation", () => {
  it.each<[TipConfiguration, string]>([
    [{ status: "ENABLED" }, "web"],
    [{ status: "ENABLED", subjectSource: "x509Subject/CN", subjectType: "user" }, "web"],
    [{ status: "ENABLED", subjectSource: "x509SAN/URI", subjectType: "workload" }, "spiffe://example/web"],
  ])("puts three keys into the session with %j", async (configuration, subject) => {
    set(configuration);
    const { json } = await create();
    const { sessionToken } = json.credentialSet[0].credentials;
    const keys = {
      "aws:OriginIdentity/Subject": subject,
      "aws:OriginIdentity/Issuer": original.trustAnchors[0]!.arn,
      ...(configuration.subjectType === undefined
        ? {}
        : { "aws:OriginIdentity/SubjectType": configuration.subjectType }),
    };
    expect(await meets(sessionToken, { StringEquals: keys })).toBe(true);
    expect(await meets(sessionToken, { StringEquals: { "aws:OriginIdentity/Subject": "db" } })).toBe(false);
    const absent = configuration.subjectType === undefined;
    expect(await meets(sessionToken, { Null: { "aws:OriginIdentity/SubjectType": "true" } })).toBe(absent);
  });

  it.each([undefined, { status: "DISABLED" } as const])("puts none into it with %j", async (configuration) => {
    set(configuration);
    const { json } = await create();
    const { sessionToken } = json.credentialSet[0].credentials;
    expect(await meets(sessionToken, { Null: { "aws:OriginIdentity/Subject": "true" } })).toBe(true);
  });

  it.each<[TipConfiguration["subjectSource"], CertificateSpec]>([
    ["x509Subject/CN", { subject: [["O", "Example"]], alternativeNames: [["uri", "spiffe://example/web"]] }],
    ["x509SAN/URI", { subject: [["CN", "web"]], alternativeNames: [["dns", "web.example"]] }],
  ])("denies a certificate without %s", async (subjectSource, spec) => {
    set({ status: "ENABLED", ...(subjectSource === undefined ? {} : { subjectSource }) });
    const { statusCode, headers, json } = await create(spec);
    expect([statusCode, headers["x-amzn-errortype"]]).toEqual([403, "AccessDeniedException"]);
    expect(json.message).toContain(subjectSource);
    expect(emulator.requests().at(-1)?.reason).toBe(
      `the tipConfiguration of profile Demo takes the subject from ${subjectSource}, which the certificate lacks`,
    );
    set({ status: "DISABLED" });
    expect((await create(spec)).statusCode).toBe(201);
  });

  it("is enforced in trust policies", async () => {
    set({ status: "ENABLED", subjectType: "workload" }, { Subject: "web", SubjectType: "workload" });
    expect((await create()).statusCode).toBe(201);
    set({ status: "ENABLED", subjectType: "user" });
    expect((await create()).statusCode).toBe(403);
    expect(emulator.requests().at(-1)?.reason).toBe(
      `the role's trust policy requires aws:OriginIdentity/SubjectType "workload", found "user"`,
    );
  });
});

describe("GetWebIdentityToken", () => {
  /** Scope and SubjectMode are newer than the SDK: they are put into its request before it is signed. */
  async function ask({ Scope, SubjectMode, ...input }: Readonly<Record<string, unknown>>, tip?: TipConfiguration) {
    set(tip);
    const newer = Object.entries({ Scope, SubjectMode }).flatMap(([name, value]) =>
      typeof value === "string" ? [`&${name}=${encodeURIComponent(value)}`] : [],
    );
    const { accessKeyId, secretAccessKey, sessionToken } = (await create()).json.credentialSet[0].credentials;
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    const client = new STSClient({ endpoint: emulator.url, region: "us-east-1", credentials, maxAttempts: 1 });
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: string };
        request.body += newer.join("");
        return next(args);
      },
      { step: "build", priority: "high" },
    );
    return client.send(
      new GetWebIdentityTokenCommand({ Audience: ["https://api.example.com"], SigningAlgorithm: "ES384", ...input }),
    );
  }

  /** Verifies a token as any other service does: by the documents that its issuer publishes. */
  async function read(token: string) {
    const [header = "", claims = "", signature = ""] = token.split(".");
    const { alg, kid } = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    const payload = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    const documentOf = (path: string) => send(emulator.url, { method: "GET", path });
    const { json: discovery } = await documentOf("/.well-known/openid-configuration");
    const { json } = await documentOf(new URL(discovery.jwks_uri).pathname);
    const jwk = json.keys.find((key: { kid: string }) => key.kid === kid);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const digest = alg === "ES384" ? "sha384" : "sha256";
    const signed = Buffer.from(`${header}.${claims}`);
    expect(jwk.alg).toBe(alg);
    expect(discovery.issuer).toBe(emulator.url);
    expect(verify(digest, signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))).toBe(true);
    return payload;
  }

  it.each(["ES384", "RS256"])("gives a token of the role, signed with %s by a published key", async (algorithm) => {
    const before = Math.floor(Date.now() / 1000);
    const { WebIdentityToken = "", Expiration } = await ask({ SigningAlgorithm: algorithm });
    const claims = await read(WebIdentityToken);
    expect(claims).toMatchObject({
      iss: emulator.url,
      aud: "https://api.example.com",
      sub: "arn:aws:iam::111122223333:role/Demo",
      "https://sts.amazonaws.com/": {
        aws_account: "111122223333",
        source_region: "us-east-1",
        principal_id: "arn:aws:iam::111122223333:role/Demo",
        principal_tags: { "x509Subject/CN": "web" },
      },
    });
    expect(claims.exp - claims.iat).toBe(300);
    expect(claims.iat).toBeGreaterThanOrEqual(before);
    expect(Expiration?.getTime()).toBe(claims.exp * 1000);
    expect(claims).not.toHaveProperty("scope");
  });

  it("takes audiences, tags, a scope, a duration and the origin identity", async () => {
    const { WebIdentityToken = "" } = await ask(
      {
        SubjectMode: "OriginIdentity",
        Scope: "read write",
        DurationSeconds: 900,
        Tags: [{ Key: "job", Value: "42" }],
      },
      { status: "ENABLED", subjectSource: "x509SAN/URI" },
    );
    const claims = await read(WebIdentityToken);
    expect(claims).toMatchObject({ sub: "spiffe://example/web", subject_mode: "OriginIdentity", scope: "read write" });
    expect(claims["https://sts.amazonaws.com/"].request_tags).toEqual({ job: "42" });
    expect(claims.exp - claims.iat).toBe(900);
    const several = await ask({ Audience: ["a", "b"] });
    expect((await read(several.WebIdentityToken ?? "")).aud).toEqual(["a", "b"]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, number, string]>([
    ["no audience", { Audience: [] }, 400, "ValidationError"],
    ["an unknown algorithm", { SigningAlgorithm: "HS256" }, 400, "ValidationError"],
    ["59 seconds", { DurationSeconds: 59 }, 400, "ValidationError"],
    ["3601 seconds", { DurationSeconds: 3601 }, 400, "ValidationError"],
    ["a scope without an origin identity", { Scope: "read" }, 400, "ValidationError"],
    ["an origin identity that the session lacks", { SubjectMode: "OriginIdentity" }, 400, "ValidationError"],
    ["a longer life than the session's", { DurationSeconds: 3600 }, 403, "SessionDurationEscalationException"],
  ])("refuses %s", async (_, input, statusCode, name) => {
    emulator.updateState((state) => ({
      ...state,
      profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: 1800 })),
    }));
    await expect(ask(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: statusCode } });
  });

  it("refuses an account that has not switched federation on", async () => {
    emulator.updateState((state) => ({ ...state, outboundWebIdentityFederation: false }));
    await expect(ask({})).rejects.toMatchObject({ name: "OutboundWebIdentityFederationDisabledException" });
  });
});
