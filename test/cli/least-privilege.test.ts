// read-s3 and scan under a scope of what they need, which the emulator judges for each request that S3 and DynamoDB get.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authorize } from "../../src/emulator/authorize.js";
import { openFolder } from "../../src/emulator/folder.js";
import { openSessionToken, secretFor } from "../../src/emulator/signature/session-token.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { pythonEnvironment, runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { startSignedFront } from "../support/signed-front.js";
import type { SignedFront } from "../support/signed-front.js";
import { requireTools } from "../support/tools.js";
import { runProgram } from "../support/run-program.js";

let emulator: Emulator;
let sealingKey: Buffer;
let s3: S3Server;
let dynamodb: DynamoDbServer;
let front: SignedFront;
/** The session token of the last request, and what the requests wanted. */
let token = "";
const wanted: string[] = [];

function allows(action: string, resource: string, context: object = {}): boolean {
  const at = { state: emulator.state(), now: new Date(), sealingKey };
  const { allowed } = authorize({ sessionToken: token, action, resource, context }, at);
  wanted.push(`${allowed ? "allowed" : "refused"} ${action} ${resource}`);
  return allowed;
}

function keyOf(accessKeyId: string, sessionToken: string | undefined) {
  token = sessionToken ?? "";
  const session = openSessionToken(token, sealingKey);
  if (session?.accessKeyId !== accessKeyId) return undefined;
  return { secretAccessKey: secretFor(accessKeyId, sealingKey), sessionToken: token, expiresAtMs: session.expiresAtMs };
}

/** Actions of operations; the others are parts of s3:PutObject. */
const actions: Readonly<Record<string, string>> = {
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  AbortMultipartUpload: "s3:AbortMultipartUpload",
};

const tableArn = (name: string) => `arn:aws:dynamodb:us-east-1:111122223333:table/${name}`;

beforeAll(async () => {
  emulator = await startEmulator();
  ({ sealingKey } = openFolder(emulator.folder));
  s3 = await startS3Server({
    secretOf(accessKeyId, sessionToken) {
      const found = keyOf(accessKeyId, sessionToken);
      return found === undefined ? { refusal: "InvalidAccessKeyId" } : { secret: found.secretAccessKey };
    },
    fault({ operation, bucket, key, prefix = "" }) {
      const allowed =
        operation === "ListObjectsV2"
          ? allows("s3:ListBucket", `arn:aws:s3:::${bucket}`, { "s3:prefix": prefix })
          : allows(actions[operation] ?? "s3:PutObject", `arn:aws:s3:::${bucket}/${key}`);
      return allowed ? undefined : { kind: "status", status: 403, code: "AccessDenied" };
    },
  });
  s3.put("acme", "reports/2024-01-15/a.csv", "id\n1\n");
  s3.put("acme", "reports/2024-01-16/a.csv", "id\n2\n");
  s3.put("acme", "odd/a*b?.csv", "id\n3\n");
  dynamodb = await startDynalite();
  await createTable(dynamodb, "orders");
  await putItems(dynamodb, "orders", [{ pk: { S: "one" } }]);
  front = await startSignedFront({
    upstreamPort: dynamodb.port,
    keyOf,
    interfere({ operation, body }) {
      if (allows(`dynamodb:${operation}`, tableArn(String(body["TableName"])))) return undefined;
      return { status: 400, body: { __type: "com.amazonaws#AccessDeniedException", message: "not authorized" } };
    },
  });
});
afterAll(async () => {
  await front.close();
  await dynamodb.close();
  await s3[Symbol.asyncDispose]();
  await emulator.stop();
});
beforeEach(() => {
  wanted.length = 0;
  emulator.clearRequests();
});

function run(command: string, ...more: readonly string[]): Promise<CliResult> {
  const quiet = ["--progress", "none"];
  const env = { ROLESANYWHERE_TS_CACHE: "off", AWS_ENDPOINT_URL_STS: emulator.url, AWS_ENDPOINT_URL_S3: s3.url };
  const url = command === "scan" ? front.url : s3.url;
  return runCli([command, ...more, ...quiet, ...emulatorFlags(emulator), "--endpoint-url", url], { env });
}

describe("read-s3 --least-privilege", () => {
  it.each([
    ["an object", ["s3://acme/reports/2024-01-15/a.csv"], "id\n1\n"],
    ["a key with characters of a pattern", ["--bucket", "acme", "--key", "odd/a*b?.csv"], "id\n3\n"],
    ["a glob", ["s3://acme/reports/2024-01-*/a.csv"], "id\n1\n2\n"],
    ["a glob across folders", ["s3://acme/reports/**/a.csv"], "id\n1\n2\n"],
    ["a prefix", ["s3://acme/reports/2024-01-15/"], "id\n1\n"],
    ["days", ["--bucket", "acme", "--folder", "reports", "--from", "2024-01-15", "--to", "2024-01-16"], "id\n1\n2\n"],
    [
      "a year of days",
      ["--bucket", "acme", "--folder", "reports", "--from", "2023-06-01", "--to", "2024-05-31", "--skip-missing"],
      "id\n1\n2\n",
    ],
  ])("reads %s with a session that may read that and nothing else", async (_, words, expected) => {
    const { stdout, stderr, status } = await run("read-s3", ...words, "--least-privilege");
    expect({ stdout, stderr, status }).toEqual({ stdout: expected, stderr: "", status: 0 });
    expect(emulator.count("GetScopedCredentials")).toBe(1);
    expect(wanted.filter((call) => call.startsWith("refused"))).toEqual([]);
    for (const [action, resource] of [
      ["s3:GetObject", "arn:aws:s3:::acme/secrets/key"],
      ["s3:GetObject", "arn:aws:s3:::acme/odd/aXbY.csv"],
      ["s3:GetObject", "arn:aws:s3:::other/reports/2024-01-15/a.csv"],
      ["s3:PutObject", "arn:aws:s3:::acme/reports/2024-01-15/a.csv"],
      ["s3:DeleteObject", "arn:aws:s3:::acme/reports/2024-01-15/a.csv"],
      ["s3:ListBucket", "arn:aws:s3:::acme"],
      ["dynamodb:Scan", tableArn("orders")],
      ["kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1"],
      ["sts:AssumeRole", "arn:aws:iam::111122223333:role/Target"],
    ] as const) {
      expect([action, resource, allows(action, resource)]).toEqual([action, resource, false]);
    }
    expect(allows("s3:ListBucket", "arn:aws:s3:::acme", { "s3:prefix": "secrets/" })).toBe(false);
  });

  it("may decrypt what it reads, by S3 and for this bucket alone", async () => {
    await run("read-s3", "s3://acme/reports/2024-01-15/a.csv", "--least-privilege");
    const key = "arn:aws:kms:us-east-1:111122223333:key/1";
    const via = (service: string, arn: string) =>
      allows("kms:Decrypt", key, { "kms:ViaService": service, "kms:EncryptionContext:aws:s3:arn": arn });
    expect(via("s3.us-east-1.amazonaws.com", "arn:aws:s3:::acme")).toBe(true);
    expect(via("s3.us-east-1.amazonaws.com", "arn:aws:s3:::acme/reports/2024-01-15/a.csv")).toBe(true);
    expect(via("s3.us-east-1.amazonaws.com", "arn:aws:s3:::other")).toBe(false);
    expect(via("secretsmanager.us-east-1.amazonaws.com", "arn:aws:s3:::acme")).toBe(false);
  });

  it("shows its policy with --print-scope, and asks nobody", async () => {
    const { stdout, stderr, status } = await run("read-s3", "s3://acme/a.csv", "--least-privilege", "--print-scope");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(JSON.parse(stdout).Statement[0]).toEqual({
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::acme/a.csv"],
    });
    expect(emulator.requests()).toEqual([]);
  });
});

describe.each([
  ["read-s3", ["s3://acme/reports/2024-01-15/a.csv"]],
  ["scan", ["orders"]],
])("%s --least-privilege --output s3://", (command, words) => {
  const output = "s3://lake/tables/a*b.csv";

  it("writes the object with a session that may write this one and no other", async () => {
    const { stderr, status } = await run(command, ...words, "--output", output, "--least-privilege");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(s3.objects.get("lake/tables/a*b.csv")?.bytes.length).toBeGreaterThan(0);
    expect(wanted.filter((call) => call.startsWith("refused"))).toEqual([]);
    for (const [action, key, expected] of [
      ["s3:PutObject", "tables/a*b.csv", true],
      ["s3:AbortMultipartUpload", "tables/a*b.csv", true],
      ["s3:GetObject", "tables/a*b.csv", true],
      ["s3:PutObject", "tables/aXb.csv", false],
      ["s3:DeleteObject", "tables/a*b.csv", false],
      ["s3:PutObjectAcl", "tables/a*b.csv", false],
      ["s3:GetObject", "tables/other.csv", false],
    ] as const) {
      expect([action, key, allows(action, `arn:aws:s3:::lake/${key}`)]).toEqual([action, key, expected]);
    }
  });

  it("may encrypt what it writes, by S3 and for this object alone", async () => {
    await run(command, ...words, "--output", output, "--least-privilege");
    const by = (arn: string) =>
      allows("kms:GenerateDataKey", "arn:aws:kms:us-east-1:111122223333:key/1", {
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": arn,
      });
    expect(by("arn:aws:s3:::lake")).toBe(true);
    expect(by("arn:aws:s3:::lake/tables/a*b.csv")).toBe(true);
    expect(by("arn:aws:s3:::lake/tables/aXb.csv")).toBe(false);
  });
});

describe("scan --least-privilege", () => {
  it("reads the table with a session that may scan that and nothing else", async () => {
    const { stdout, stderr, status } = await run("scan", "orders", "--least-privilege");
    expect({ stdout, stderr, status }).toEqual({ stdout: '{"pk":"one"}\n', stderr: "", status: 0 });
    expect([...new Set(wanted)]).toEqual([
      `allowed dynamodb:DescribeTable ${tableArn("orders")}`,
      `allowed dynamodb:Scan ${tableArn("orders")}`,
    ]);
    for (const [action, resource] of [
      ["dynamodb:Scan", tableArn("customers")],
      ["dynamodb:Scan", `${tableArn("orders")}/index/by-day`],
      ["dynamodb:Query", tableArn("orders")],
      ["dynamodb:PutItem", tableArn("orders")],
      ["dynamodb:ListTables", "*"],
      ["s3:GetObject", "arn:aws:s3:::acme/reports/2024-01-15/a.csv"],
    ] as const) {
      expect([action, resource, allows(action, resource)]).toEqual([action, resource, false]);
    }
  });
});

it.each([
  ["a flag", ["--scope", "s3-read=acme"], {}, "--least-privilege and --scope exclude each other"],
  [
    "a variable",
    [],
    { ROLESANYWHERE_TS_SCOPE: "s3-read=acme" },
    "--least-privilege and ROLESANYWHERE_TS_SCOPE exclude",
  ],
])("with a scope of %s, --least-privilege is refused", async (_, more, env, says) => {
  const words = ["read-s3", "s3://acme/a.csv", "--least-privilege", ...more, ...emulatorFlags(emulator)];
  const { stderr, status } = await runCli(words, { env });
  expect(status).toBe(2);
  expect(stderr).toContain(says);
  expect(emulator.requests()).toEqual([]);
});

it.skipIf(!requireTools("policies of --least-privilege by moto's IAM policy parser", "moto"))(
  "the policies are such that moto's parser takes them",
  async () => {
    const commands = [
      ["read-s3", "s3://acme/a.csv", "s3://other/b*.csv"],
      ["read-s3", "--bucket", "acme", "--folder", "r", "--from", "2023-01-01", "--to", "2024-12-31"],
      ["read-s3", "s3://acme/r/2024-*/{a,b}.csv", "s3://acme/a.csv?versionId=abc", "s3://other/**/x.zip"],
      ["read-s3", "s3://acme/export/AWSDynamoDB/1-2/", "--dynamodb-export"],
      ["scan", "orders", "--index", "by-day"],
      ["scan", "orders", "--output", "s3://lake/orders.parquet"],
    ];
    for (const [command = "", ...words] of commands) {
      const { stdout: policy } = await run(command, ...words, "--least-privilege", "--print-scope");
      const program =
        "import sys; from moto.iam.policy_validation import IAMPolicyDocumentValidator as V; V(sys.stdin.read()).validate()";
      const options = { env: pythonEnvironment(), stdin: policy };
      const { stderr, status } = await runProgram("python3", ["-c", program], options);
      expect({ words, stderr, status }).toEqual({ words, stderr: "", status: 0 });
      expect(JSON.stringify(JSON.parse(policy)).length).toBeLessThanOrEqual(2048);
    }
  },
);
