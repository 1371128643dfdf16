import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { assumeRole } from "../../src/vending/assume-role.js";
import type { StsConnection } from "../../src/vending/sts-connection.js";
import { getCallerArn } from "../../src/vending/caller-identity.js";
import { aRegion, aRole, aSessionName } from "../support/parsed.js";

const role = "arn:aws:iam::111122223333:role/Target";
const sessionArn = "arn:aws:sts::111122223333:assumed-role/Target/me";
const requestId = "01234567-89ab-cdef-0123-456789abcdef";
const good = {
  AccessKeyId: "ASIATARGET",
  SecretAccessKey: "secret",
  SessionToken: "token",
  Expiration: "2030-01-01T00:00:00Z",
  Arn: sessionArn,
  AssumedRoleId: "AROA1:me",
  SourceIdentity: "CN=client",
};
type Member = keyof typeof good;

/** STS that gives the same answer to all, and what it was asked. */
async function startSts(answer: string, statusCode = 200) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(statusCode, { "content-type": "text/xml", "x-amzn-requestid": requestId });
      response.end(answer);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const lines: string[] = [];
  const connection: StsConnection = {
    region: aRegion("eu-west-1"),
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    useFipsEndpoint: true,
    useDualstackEndpoint: true,
    overallMs: 20_000,
    debug: (line) => void lines.push(String(line)),
    caBundle: undefined,
    verifySsl: true,
    proxy: undefined,
    variables: {},
  };
  return { connection, bodies, lines };
}

function assumed(changes: Partial<Record<Member, string | undefined>> = {}): string {
  const values = { ...good, ...changes };
  const element = (name: Member) => (values[name] === undefined ? "" : `<${name}>${values[name]}</${name}>`);
  const credentials = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] as const;
  return (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>' +
    `<Credentials>${credentials.map(element).join("")}</Credentials>` +
    `<AssumedRoleUser>${element("Arn")}${element("AssumedRoleId")}</AssumedRoleUser>${element("SourceIdentity")}` +
    `<PackedPolicySize>6</PackedPolicySize></AssumeRoleResult>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></AssumeRoleResponse>`
  );
}

const credentials = { accessKeyId: "ASIABASE", secretAccessKey: "base", sessionToken: "base" };
const parameters = {
  RoleArn: aRole(role),
  RoleSessionName: aSessionName("me"),
  DurationSeconds: 900,
  PolicyArns: [{ arn: "arn:aws:iam::aws:policy/A" }],
  Tags: [{ Key: "team", Value: "a" }],
  TransitiveTagKeys: ["team"],
};
const ask = (connection: StsConnection) => assumeRole({ credentials, parameters, name: "chained role 1" }, connection);

describe("the answer of AssumeRole", () => {
  it("becomes a session", async () => {
    const { connection, bodies, lines } = await startSts(assumed());
    expect(await ask(connection)).toMatchObject({
      accessKeyId: "ASIATARGET",
      secretAccessKey: "secret",
      sessionToken: "token",
      expiration: new Date("2030-01-01T00:00:00Z"),
      assumedRoleArn: sessionArn,
      assumedRoleId: "AROA1:me",
      packedPolicySize: 6,
      sourceIdentity: "CN=client",
      region: "eu-west-1",
    });
    const sent = Object.fromEntries(new URLSearchParams(bodies[0]));
    expect(sent).toMatchObject({
      Action: "AssumeRole",
      RoleArn: role,
      RoleSessionName: "me",
      DurationSeconds: "900",
      "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/A",
      "Tags.member.1.Key": "team",
      "TransitiveTagKeys.member.1": "team",
    });
    expect(lines.join("\n")).toMatch(/chained role 1: assumed in eu-west-1 after \d+ ms/);
  });

  it("may lack what is only told", async () => {
    const { connection } = await startSts(
      assumed({ Arn: undefined, AssumedRoleId: undefined, SourceIdentity: undefined }),
    );
    expect(await ask(connection)).toMatchObject({ accessKeyId: "ASIATARGET", assumedRoleArn: undefined });
  });

  it.each(["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] as const)("cannot lack %s", async (name) => {
    const { connection } = await startSts(assumed({ [name]: undefined }));
    await expect(ask(connection)).rejects.toMatchObject({
      code: "ERR_SERVICE_RESPONSE",
      message: "the answer of AssumeRole for chained role 1 has no complete credentials in it",
      service: "sts",
      operation: "AssumeRole",
      statusCode: 200,
      requestId,
      hints: [expect.stringContaining("AWS_ENDPOINT_URL_STS")],
    });
  });

  it.each<[Member, string]>([
    ["AccessKeyId", "ASIA TARGET"],
    ["SecretAccessKey", "se&#10;cret"],
    ["SessionToken", "to ken"],
    ["Expiration", "12000-01-01T00:00:00Z"],
    ["Arn", "not an arn"],
    ["AssumedRoleId", "AROA 1"],
    ["SourceIdentity", "CN=&#10;client"],
  ])("has no malformed %s", async (name, value) => {
    const { connection } = await startSts(assumed({ [name]: value }));
    const failure: unknown = await ask(connection).catch((error: unknown) => error);
    expect(failure).toMatchObject({ service: "sts" });
    expect(String(failure)).not.toContain("to ken");
  });

  it("that refuses is told with the hop", async () => {
    const refusal = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    const { connection, bodies } = await startSts(refusal, 403);
    await expect(ask(connection)).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
      message: `AssumeRole was refused for chained role 1: AccessDenied: no (HTTP 403, request id ${requestId})`,
    });
    expect(bodies).toHaveLength(1);
  });

  it("is not waited for when the caller gives up", async () => {
    const { connection } = await startSts(assumed());
    const reason = new Error("given up");
    await expect(ask({ ...connection, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("who credentials belong to", () => {
  const identity = (arn: string) =>
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
    `<Arn>${arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;

  it("is the ARN that STS tells, if it is one", async () => {
    const { connection, bodies } = await startSts(identity(sessionArn));
    expect(await getCallerArn(credentials, connection)).toBe(sessionArn);
    expect(bodies[0]).toContain("Action=GetCallerIdentity");
    expect(await getCallerArn(credentials, (await startSts(identity("no arn"))).connection)).toBeUndefined();
  });
});
