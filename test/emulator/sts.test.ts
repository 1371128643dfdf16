import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { EmulatorState, TrustPolicy } from "../../src/emulator/state/memory.js";
import { roleArn as findRoleArn, sessionArns } from "../support/emulator-flags.js";
import { keyOf } from "../support/pki.js";
import { send, sendCreateSession } from "../support/x509-signer.js";

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

let emulator: Emulator;
let original: EmulatorState;
let clockOffsetMs = 0;
let first: Credentials;

beforeAll(async () => {
  emulator = await startEmulator({ now: () => new Date(Date.now() + clockOffsetMs) });
  original = emulator.state();
  first = await createSession();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.updateState(() => original);
  clockOffsetMs = 0;
});

const roleArn = (name: string) => findRoleArn(emulator, name);

async function createSession(body: object = {}): Promise<Credentials> {
  const leaf = issueCertificate(keyOf("ec-p256"), { subject: [["CN", "web"]], serial: 0xa1n }, emulator.root);
  const { json } = await sendCreateSession({ url: emulator.url, leaf, body: { ...sessionArns(emulator), ...body } });
  const { accessKeyId, secretAccessKey, sessionToken } = json.credentialSet[0].credentials;
  return { accessKeyId, secretAccessKey, sessionToken };
}

function client(credentials: Credentials, endpoint = emulator.url): STSClient {
  return new STSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

async function assumeRole(input: Partial<AssumeRoleCommandInput> = {}, credentials = first) {
  const output = await client(credentials).send(
    new AssumeRoleCommand({ RoleArn: roleArn("Target"), RoleSessionName: "hop", ...input }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "", Expiration } = output.Credentials ?? {};
  const next = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return { output, next, secondsLeft: ((Expiration?.getTime() ?? 0) - Date.now()) / 1000 };
}

async function expectRefused(answer: Promise<unknown>, statusCode: number, name: string, message: string) {
  await expect(answer).rejects.toMatchObject({
    name,
    message: expect.stringContaining(message),
    $metadata: { httpStatusCode: statusCode, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  return emulator.requests().at(-1)?.reason;
}

function changeTrust(name: string, change: (trust: TrustPolicy) => TrustPolicy): void {
  emulator.updateState((state) => ({
    ...state,
    roles: state.roles.map((role) => (role.arn.endsWith(`/${name}`) ? { ...role, trust: change(role.trust) } : role)),
  }));
}

describe("GetCallerIdentity through the AWS SDK for JavaScript", () => {
  it("answers the session's ARN, with the serial in hex as its name", async () => {
    const identity = await client(first).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe("arn:aws:sts::111122223333:assumed-role/Demo/a1");
    expect(identity.Account).toBe("111122223333");
    expect(identity.UserId).toMatch(/^AROA[A-Z2-7]{17}:a1$/);
  });

  it("works below a path prefix", async () => {
    const identity = await client(first, `${emulator.url}/a/prefix`).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toContain("assumed-role/Demo");
  });

  it.each<[string, Partial<Credentials>, string]>([
    ["another secret", { secretAccessKey: "x".repeat(40) }, "SignatureDoesNotMatch"],
    ["another access key id", { accessKeyId: "ASIAAAAAAAAAAAAAAAAA" }, "InvalidClientTokenId"],
    ["a foreign token", { sessionToken: Buffer.alloc(200).toString("base64") }, "InvalidClientTokenId"],
    ["no token", { sessionToken: "" }, "InvalidClientTokenId"],
  ])("refuses %s", async (_, change, name) => {
    const answer = client({ ...first, ...change }).send(new GetCallerIdentityCommand({}));
    await expectRefused(answer, 403, name, "");
  });

  it("refuses credentials whose session has ended", async () => {
    const short = await createSession({ durationSeconds: 900 });
    clockOffsetMs = 870_000;
    const late = new STSClient({
      endpoint: emulator.url,
      region: "us-east-1",
      credentials: short,
      systemClockOffset: 870_000,
    });
    expect((await late.send(new GetCallerIdentityCommand({}))).Account).toBe("111122223333");
    clockOffsetMs = 901_000;
    await expectRefused(late.send(new GetCallerIdentityCommand({})), 403, "ExpiredToken", "expired");
  });

  it("refuses a request that is signed for another service or not at all", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const unsigned = await send(emulator.url, { method: "POST", path: "/", headers, body });
    expect(unsigned.statusCode).toBe(403);
    expect(unsigned.text).toContain("<Code>MissingAuthenticationToken</Code>");
    const authorization = `AWS4-HMAC-SHA256 Credential=${first.accessKeyId}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00`;
    const foreign = { ...headers, authorization, "x-amz-security-token": first.sessionToken };
    const noDate = await send(emulator.url, { method: "POST", path: "/", headers: foreign, body });
    expect(noDate.text).toContain("<Code>IncompleteSignature</Code>");
    const old = await send(emulator.url, {
      method: "POST",
      path: "/",
      headers: { ...foreign, "x-amz-date": "20260101T000000Z" },
      body,
    });
    expect(old.text).toContain("<Code>SignatureDoesNotMatch</Code>");
    expect(old.text).toContain("Signature expired: 20260101T000000Z is now earlier than");
  });

  it("refuses an unknown action, version and path in AWS's manner", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const ask = (body: string) => send(emulator.url, { method: "POST", path: "/", headers, body });
    expect((await ask("Action=Nothing&Version=2011-06-15")).text).toContain("<Code>InvalidAction</Code>");
    expect((await ask("Action=AssumeRole&Version=1999")).text).toContain("<Code>InvalidAction</Code>");
    const nothing = await send(emulator.url, { method: "GET", path: "/" });
    expect([nothing.statusCode, nothing.headers["x-amzn-errortype"]]).toEqual([404, "UnknownOperationException"]);
  });
});

describe("AssumeRole through the AWS SDK for JavaScript", () => {
  it("gives a chained session that can hop on, source identity included", async () => {
    const { output, next, secondsLeft } = await assumeRole();
    expect(output.AssumedRoleUser?.Arn).toBe("arn:aws:sts::111122223333:assumed-role/Target/hop");
    expect(output.SourceIdentity).toBe("CN=web");
    expect(secondsLeft).toBeGreaterThan(3_590);
    expect(secondsLeft).toBeLessThanOrEqual(3_600);
    const last = await assumeRole({ RoleArn: roleArn("Last"), RoleSessionName: "last" }, next);
    const identity = await client(last.next).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe("arn:aws:sts::111122223333:assumed-role/Last/last");
  });

  it("takes every parameter that AssumeRole has for a role session", async () => {
    const { output, secondsLeft } = await assumeRole({
      DurationSeconds: 900,
      Policy: '{"Version":"2012-10-17","Statement":[]}',
      PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
      Tags: [
        { Key: "team", Value: "a b&c=<d>" },
        { Key: "stage", Value: "" },
      ],
      TransitiveTagKeys: ["team"],
      SourceIdentity: "CN=web",
    });
    expect(secondsLeft).toBeLessThanOrEqual(900);
    expect(output.PackedPolicySize).toBeGreaterThan(0);
  });

  it("checks the external id", async () => {
    const RoleArn = roleArn("Partner");
    expect((await assumeRole({ RoleArn, ExternalId: "example-external-id" })).output.Credentials).toBeDefined();
    for (const ExternalId of ["another", undefined]) {
      const answer = assumeRole({ RoleArn, ...(ExternalId === undefined ? {} : { ExternalId }) });
      expect(await expectRefused(answer, 403, "AccessDenied", "perform: sts:AssumeRole on resource")).toContain(
        "sts:ExternalId",
      );
    }
  });

  it("refuses more than an hour for a chained session, and then what the role allows", async () => {
    emulator.updateState((state) => ({
      ...state,
      roles: state.roles.map((role) => ({ ...role, maxSessionDurationSeconds: 43_200 })),
    }));
    const tooLong = assumeRole({ DurationSeconds: 3_601 });
    await expectRefused(tooLong, 400, "ValidationError", "1 hour session limit for roles assumed by role chaining");
    emulator.updateState(() => original);
    await expectRefused(assumeRole({ DurationSeconds: 3_601 }), 400, "ValidationError", "MaxSessionDuration");
    await expectRefused(assumeRole({ DurationSeconds: 899 }), 400, "ValidationError", "greater than or equal to 900");
    await expectRefused(assumeRole({ DurationSeconds: 43_201 }), 400, "ValidationError", "less than or equal to 43200");
  });

  it("refuses a role that does not trust the caller, or does not exist", async () => {
    const stranger = assumeRole({ RoleArn: roleArn("Last") });
    const message = "User: arn:aws:sts::111122223333:assumed-role/Demo/a1 is not authorized to perform: sts:AssumeRole";
    expect(await expectRefused(stranger, 403, "AccessDenied", message)).toContain("does not name");
    const nothing = assumeRole({ RoleArn: "arn:aws:iam::111122223333:role/Nothing" });
    expect(await expectRefused(nothing, 403, "AccessDenied", "sts:AssumeRole")).toContain("no such role");
  });

  it("names sts:SetSourceIdentity and sts:TagSession where the trust policy lacks them", async () => {
    changeTrust("Target", (trust) => ({ ...trust, actions: ["sts:AssumeRole", "sts:TagSession"] }));
    await expectRefused(assumeRole(), 403, "AccessDenied", "perform: sts:SetSourceIdentity");
    changeTrust("Target", (trust) => ({ ...trust, actions: ["sts:AssumeRole", "sts:SetSourceIdentity"] }));
    const tagged = assumeRole({ Tags: [{ Key: "a", Value: "b" }] });
    await expectRefused(tagged, 403, "AccessDenied", "perform: sts:TagSession");
  });

  it("refuses to change the source identity, and duplicate or inherited tags", async () => {
    await expectRefused(assumeRole({ SourceIdentity: "else" }), 400, "ValidationError", "cannot be changed");
    const twice = [
      { Key: "a", Value: "1" },
      { Key: "A", Value: "2" },
    ];
    await expectRefused(assumeRole({ Tags: twice }), 400, "InvalidParameterValue", "Duplicate tag keys");
    const { next } = await assumeRole({ Tags: [{ Key: "a", Value: "1" }], TransitiveTagKeys: ["a"] });
    const again = assumeRole({ RoleArn: roleArn("Last"), Tags: [{ Key: "a", Value: "2" }] }, next);
    await expectRefused(again, 400, "InvalidParameterValue", "conflicts with a transitive tag key");
  });

  it.each<[string, Partial<AssumeRoleCommandInput>, string]>([
    ["a session name of one character", { RoleSessionName: "x" }, "ValidationError"],
    ["a session name with a space", { RoleSessionName: "a b" }, "ValidationError"],
    ["an external id of one character", { ExternalId: "x" }, "ValidationError"],
    ["a policy that is not JSON", { Policy: "{" }, "MalformedPolicyDocumentException"],
    [
      "a policy that is too long",
      { Policy: JSON.stringify({ a: "x".repeat(2_048) }) },
      "PackedPolicyTooLargeException",
    ],
  ])("refuses %s", async (_, input, name) => {
    await expectRefused(assumeRole(input), 400, name, "");
  });
});
