import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { sessionArns } from "../support/emulator-flags.js";
import { pythonEnvironment } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { keyOf } from "../support/pki.js";
import { requireTools } from "../support/tools.js";
import { send, sendCreateSession } from "../support/x509-signer.js";

const available = requireTools("scoped sessions of the emulator through botocore 1.44.8", "botocore-1.44");

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

interface Call {
  readonly credentials: Credentials;
  readonly operation: string;
  readonly parameters: object;
}

interface Outcome {
  readonly code?: string;
  readonly message?: string;
  readonly status?: number;
  readonly exception?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer of any shape, looked into by tests
  readonly answer?: any;
}

let emulator: Emulator;
let parent: Credentials;

beforeAll(async () => {
  emulator = await startEmulator();
  emulator.updateState((state) => ({
    ...state,
    profiles: state.profiles.map((profile) => ({
      ...profile,
      tipConfiguration: { status: "ENABLED", subjectType: "workload" },
    })),
  }));
  parent = await createSession();
});
afterAll(() => emulator.stop());

const roleArn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

async function createSession(): Promise<Credentials> {
  const leaf = issueCertificate(keyOf("ec-p256"), { subject: [["CN", "web"]], serial: 0xa1n }, emulator.root);
  const { json } = await sendCreateSession({ url: emulator.url, leaf, body: sessionArns(emulator) });
  return json.credentialSet[0].credentials;
}

/** Runs calls through botocore, in one process. */
async function run(calls: readonly Call[]): Promise<readonly Outcome[]> {
  const env = { ...pythonEnvironment(), ROLESANYWHERE_TS_BOTOCORE: process.env["ROLESANYWHERE_TS_BOTOCORE"] };
  const file = fileURLToPath(new URL("../support/botocore-calls.py", import.meta.url));
  const stdin = JSON.stringify(calls.map((call) => ({ ...call, endpoint: emulator.url })));
  const { stdout, stderr, status } = await runProgram("python3", [file], { env, stdin });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Outcome[];
}

function toCredentials({ answer }: Outcome): Credentials {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = answer.Credentials;
  return { accessKeyId, secretAccessKey, sessionToken };
}

const policy = (...statements: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (action: string | readonly string[], resource: string | readonly string[] = "*", condition?: object) => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
  ...(condition === undefined ? {} : { Condition: condition }),
});
const deny = (action: string, resource: string, condition?: object) => ({
  ...allow(action, resource, condition),
  Effect: "Deny",
});

async function scope(text: string, credentials = parent): Promise<Credentials> {
  const [outcome] = await run([{ credentials, operation: "get_scoped_credentials", parameters: { Policy: text } }]);
  expect(outcome).toHaveProperty("answer");
  return toCredentials(outcome!);
}

const assume = (name: string, parameters: object = {}) =>
  ["assume_role", { RoleArn: roleArn(name), RoleSessionName: "next", ...parameters }] as const;
const token = (audience: string, parameters: object = {}) =>
  ["get_web_identity_token", { Audience: [audience], SigningAlgorithm: "ES384", ...parameters }] as const;
const tag = [{ Key: "team", Value: "blue" }];
const partner = { ExternalId: "example-external-id" };

/** What a session may do under policies, each a further layer of the one before. */
const table: readonly (readonly [
  policies: readonly string[],
  call: readonly [operation: string, parameters: object],
  verdict: "allowed" | "refused",
])[] = [
  [[policy(allow("*"))], assume("Target"), "allowed"],
  [[policy(allow("sts:AssumeRole", roleArn("Target")))], assume("Target"), "allowed"],
  [[policy(allow("sts:AssumeRole", roleArn("Target")))], assume("Partner", partner), "refused"],
  [[policy(allow("STS:assumerole", roleArn("T*")))], assume("Target"), "allowed"],
  [[policy(allow("sts:Assume?ole", roleArn("Targe?")))], assume("Target"), "allowed"],
  [[policy(allow("sts:AssumeRole", roleArn("target")))], assume("Target"), "refused"],
  [[policy(allow("s3:*"))], assume("Target"), "refused"],
  [[policy(allow("s3:*"))], ["get_caller_identity", {}], "allowed"],
  [[policy(deny("*", "*"))], ["get_caller_identity", {}], "allowed"],
  [[policy(allow("*"), deny("sts:AssumeRole", roleArn("Target")))], assume("Target"), "refused"],
  [[policy(allow("*"), deny("sts:AssumeRole", roleArn("Target")))], assume("Partner", partner), "allowed"],
  [[policy({ Effect: "Allow", NotAction: "sts:*", Resource: "*" })], assume("Target"), "refused"],
  [[policy({ Effect: "Allow", Action: "sts:*", NotResource: roleArn("Target") })], assume("Target"), "refused"],
  [
    [policy({ Effect: "Allow", Action: "sts:*", NotResource: roleArn("Target") })],
    assume("Partner", partner),
    "allowed",
  ],
  [[policy(allow("*")), policy(allow("sts:*"))], assume("Target"), "allowed"],
  [[policy(allow("sts:AssumeRole")), policy(allow("sts:GetWebIdentityToken"))], assume("Target"), "refused"],
  [[policy(allow("sts:AssumeRole")), policy(allow("sts:GetWebIdentityToken"))], token("api"), "refused"],
  [[policy(allow("*")), policy(allow("*")), policy(allow("sts:*", roleArn("Target")))], assume("Target"), "allowed"],
  [[policy(allow("*")), policy(allow("s3:*")), policy(allow("*"))], assume("Target"), "refused"],
  [
    [policy(allow("sts:AssumeRole", "*", { StringEquals: { "sts:ExternalId": "example-external-id" } }))],
    assume("Partner", partner),
    "allowed",
  ],
  [
    [policy(allow("sts:AssumeRole", "*", { StringEquals: { "sts:ExternalId": "another" } }))],
    assume("Partner", partner),
    "refused",
  ],
  [[policy(allow("sts:AssumeRole"))], assume("Target", { Tags: tag }), "refused"],
  [[policy(allow(["sts:AssumeRole", "sts:TagSession"]))], assume("Target", { Tags: tag }), "allowed"],
  [
    [policy(allow("sts:*", "*", { StringEquals: { "aws:RequestTag/team": ["red", "blue"] } }))],
    assume("Target", { Tags: tag }),
    "allowed",
  ],
  [
    [policy(allow("*", "*", { StringEquals: { "aws:PrincipalTag/x509Subject/CN": "web" } }))],
    assume("Target"),
    "allowed",
  ],
  [[policy(allow("*", "*", { StringEquals: { "aws:OriginIdentity/Subject": "web" } }))], assume("Target"), "allowed"],
  [
    [policy(allow("*", "*", { StringNotEquals: { "aws:OriginIdentity/SubjectType": "workload" } }))],
    assume("Target"),
    "refused",
  ],
  [
    [policy(allow("*", "*", { DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }))],
    assume("Target"),
    "refused",
  ],
  [
    [
      policy(
        allow("sts:GetWebIdentityToken", "*", {
          "ForAllValues:StringLike": { "sts:IdentityTokenAudience": "https://*" },
        }),
      ),
    ],
    token("https://api.example.com"),
    "allowed",
  ],
  [
    [
      policy(
        allow("sts:GetWebIdentityToken", "*", {
          "ForAllValues:StringLike": { "sts:IdentityTokenAudience": "https://*" },
        }),
      ),
    ],
    token("api"),
    "refused",
  ],
];

describe.skipIf(!available)("scope policies through botocore 1.44.8", () => {
  it("allow and refuse 30 calls", { timeout: 120_000 }, async () => {
    expect(table).toHaveLength(30);
    let sessions = table.map(() => parent);
    for (const layer of [0, 1, 2]) {
      const wanted = table.flatMap(([policies], index) =>
        policies[layer] === undefined ? [] : [{ index, text: policies[layer] }],
      );
      const outcomes = await run(
        wanted.map(({ index, text }) => ({
          credentials: sessions[index]!,
          operation: "get_scoped_credentials",
          parameters: { Policy: text },
        })),
      );
      expect(outcomes.map(({ answer }) => answer?.ScopedPoliciesCount)).toEqual(wanted.map(() => layer + 1));
      sessions = sessions.map((session, index) => {
        const found = wanted.findIndex((entry) => entry.index === index);
        return found === -1 ? session : toCredentials(outcomes[found]!);
      });
    }
    const outcomes = await run(
      table.map(([, [operation, parameters]], index) => ({ credentials: sessions[index]!, operation, parameters })),
    );
    const verdicts = outcomes.map(({ code }) =>
      code === undefined ? "allowed" : code === "AccessDenied" ? "refused" : code,
    );
    const rows = table.map(([policies, call], index) => [policies.join(" then "), call, verdicts[index]]);
    expect(rows).toEqual(table.map(([policies, call, verdict]) => [policies.join(" then "), call, verdict]));
  });

  it("name the policy that refuses in the log alone", async () => {
    const credentials = await scope(policy(allow("s3:GetObject", "arn:aws:s3:::bucket/*")));
    const [operation, parameters] = assume("Target");
    const [outcome] = await run([{ credentials, operation, parameters }]);
    expect(outcome?.message).toBe(
      "User: arn:aws:sts::111122223333:assumed-role/Demo/a1 is not authorized to perform: sts:AssumeRole on resource: " +
        roleArn("Target"),
    );
    expect(emulator.requests().at(-1)?.reason).toBe("scope policy 1 does not allow sts:AssumeRole");
  });

  it("go to three layers, and a fourth is denied, though the life can still be shortened", async () => {
    let session = parent;
    for (const layer of [1, 2, 3])
      session = await scope(policy(allow("*", "*", { Bool: { "aws:x": `${layer}` } })), session);
    const [fourth, shorter] = await run([
      { credentials: session, operation: "get_scoped_credentials", parameters: { Policy: policy(allow("*")) } },
      { credentials: session, operation: "get_scoped_credentials", parameters: { DurationSeconds: 60 } },
    ]);
    expect(fourth).toMatchObject({ code: "AccessDenied", status: 403 });
    expect(shorter?.answer.ScopedPoliciesCount).toBe(3);
  });

  it("keep the identity, and end before their parent or with it", async () => {
    const start = Date.now();
    const [inherited, short, long, longer] = await run(
      [
        { Policy: policy(allow("*")) },
        { DurationSeconds: 300 },
        { DurationSeconds: 3500 },
        { DurationSeconds: 3700 },
      ].map((parameters) => ({ credentials: parent, operation: "get_scoped_credentials", parameters })),
    );
    const secondsOf = (outcome?: Outcome) => (Date.parse(outcome?.answer.Credentials.Expiration) - start) / 1000;
    expect(secondsOf(inherited)).toBeLessThanOrEqual(3600);
    expect(secondsOf(inherited)).toBeGreaterThan(3400);
    expect(secondsOf(short)).toBeGreaterThan(295);
    expect(secondsOf(short)).toBeLessThan(360);
    expect(secondsOf(long)).toBeLessThanOrEqual(secondsOf(inherited));
    expect(longer).toMatchObject({
      code: "InsufficientSessionLifetime",
      exception: "InsufficientSessionLifetimeException",
    });
    expect(short?.answer).toMatchObject({
      SessionInfo: {
        Arn: "arn:aws:sts::111122223333:assumed-role/Demo/a1",
        ScopedSessionId: expect.stringMatching(/^AROA[A-Z2-7]{17}:a1$/),
      },
      ScopedPoliciesCount: 0,
      SourceIdentity: "CN=web",
      SessionTokenSize: short?.answer.Credentials.SessionToken.length,
    });
  });

  it("are refused when they are not what the model allows", async () => {
    const long = policy(allow("s3:GetObject", `arn:aws:s3:::${"b".repeat(2048)}`));
    const cases: readonly (readonly [object, string, number])[] = [
      [{}, "ValidationError", 400],
      [{ Policy: long }, "ValidationError", 400],
      [{ Policy: "{" }, "MalformedPolicyDocument", 400],
      [{ Policy: policy({ Effect: "Allow", Action: "s3:*" }) }, "MalformedPolicyDocument", 400],
      [{ Policy: policy({ ...allow("s3:*"), Principal: "*" }) }, "MalformedPolicyDocument", 400],
      [{ Policy: policy(allow("s3:*", "*", { StringSame: { a: "b" } })) }, "MalformedPolicyDocument", 400],
      [{ DurationSeconds: 129_601 }, "ValidationError", 400],
      [{ DurationSeconds: 60, ScopedSessionDescription: "x".repeat(257) }, "ValidationError", 400],
      [{ DurationSeconds: 60, MinimumSessionTokenSize: 4097 }, "ValidationError", 400],
    ];
    const outcomes = await run(
      cases.map(([parameters]) => ({ credentials: parent, operation: "get_scoped_credentials", parameters })),
    );
    expect(outcomes.map(({ code, status }) => [code, status])).toEqual(cases.map(([, code, status]) => [code, status]));
  });

  it("make tokens as long as asked for", async () => {
    const [outcome] = await run([
      {
        credentials: parent,
        operation: "get_scoped_credentials",
        parameters: { DurationSeconds: 60, MinimumSessionTokenSize: 4096, ScopedSessionDescription: "nightly job" },
      },
    ]);
    expect(outcome?.answer.SessionTokenSize).toBeGreaterThanOrEqual(4096);
    const [identity] = await run([
      { credentials: toCredentials(outcome!), operation: "get_caller_identity", parameters: {} },
    ]);
    expect(identity?.answer.Arn).toContain("assumed-role/Demo/");
  });
});

describe("POST /_emulator/authorize", () => {
  const ask = async (body: object) => {
    const answer = await send(emulator.url, {
      method: "POST",
      path: "/_emulator/authorize",
      body: JSON.stringify(body),
    });
    return answer.json;
  };

  it("tells whether a session may do what the emulator does not serve", async () => {
    const { sessionToken } = parent;
    emulator.updateState((state) => ({
      ...state,
      roles: state.roles.map((role) => ({
        ...role,
        policy: JSON.parse(policy(allow("s3:GetObject", "arn:aws:s3:::data/${aws:PrincipalTag/x509Subject/CN}/*"))),
      })),
    }));
    const get = { sessionToken, action: "s3:GetObject", resource: "arn:aws:s3:::data/web/1.zip" };
    expect(await ask(get)).toEqual({ allowed: true, reason: "every policy allows it" });
    expect(await ask({ ...get, resource: "arn:aws:s3:::data/db/1.zip" })).toEqual({
      allowed: false,
      reason: "the role's policy does not allow s3:GetObject",
    });
    expect(await ask({ ...get, sessionToken: "x" })).toEqual({
      message: "this emulator did not issue the session token",
    });
  });
});
