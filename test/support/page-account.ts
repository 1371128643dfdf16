// The AWS account that the pages describe: its trust anchor, profile and roles in an emulator, a bucket, a table and an
// API, each at its AWS address.
import { readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fileNames } from "../../src/emulator/folder.js";
import { openSessionToken, secretFor } from "../../src/emulator/signature/session-token.js";
import type { Session } from "../../src/emulator/signature/session-token.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { allActions, rolesAnywherePrincipal } from "../../src/emulator/state/memory.js";
import { createTableOf, createTable, putItems, startDynalite } from "./dynamodb-server.js";
import type { DynamoDbServer } from "./dynamodb-server.js";
import { startInternet } from "./internet.js";
import type { Internet } from "./internet.js";
import { startS3Server } from "./s3-server.js";
import type { S3Server } from "./s3-server.js";
import { startSignedFront } from "./signed-front.js";
import { writeZip } from "./zip-writer.js";

export const trustAnchorArn = "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID";
export const profileArn = "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID";
export const roleArn = "arn:aws:iam::111122223333:role/Deploy";

export interface PageAccount {
  readonly emulator: Emulator;
  readonly internet: Internet;
  close(): Promise<void>;
}

/** @param roleArns Every role that the pages name; each can be assumed with a certificate and from the others. */
export async function startPageAccount(roleArns: readonly string[]): Promise<PageAccount> {
  const emulator = await startEmulator();
  const sealingKey = Buffer.from(readFileSync(join(emulator.folder, fileNames.sealingKey), "utf8").trim(), "hex");
  const sessionOf = (accessKeyId: string, token = ""): Session | undefined => {
    const session = openSessionToken(token, sealingKey);
    return session?.accessKeyId === accessKeyId && session.expiresAtMs > Date.now() ? session : undefined;
  };
  describeAccount(emulator, roleArns);
  const s3 = await startS3Server({
    secretOf: (id, token) =>
      sessionOf(id, token) === undefined ? { refusal: "InvalidToken" } : { secret: secretFor(id, sealingKey) },
  });
  putReports(s3);
  const dynamo = await startDynalite();
  await putOrders(dynamo);
  await putShipments(dynamo);
  const byName = await startTablesByName(dynamo.port);
  const tables = await Promise.all(
    ["us-east-1", "eu-west-1"].map((region) =>
      startSignedFront({
        upstreamPort: byName.port,
        region,
        keyOf: (id, token) =>
          sessionOf(id, token) === undefined || token === undefined
            ? undefined
            : { secretAccessKey: secretFor(id, sealingKey), sessionToken: token },
      }),
    ),
  );
  const api = await startApi((id, token) => sessionOf(id, token) !== undefined);
  const iam = await startIam();
  const portOf = (url: string) => Number(new URL(url).port);
  const internet = await startInternet((host) => {
    if (/^(?:rolesanywhere|sts)(?:-fips)?\.(?:[\w-]+\.)?(?:amazonaws\.com|api\.aws)$/.test(host))
      return portOf(emulator.url);
    if (/(?:^|\.)s3[.-]/.test(host)) return portOf(s3.url);
    const [, region] = /^dynamodb\.([\w-]+)\./.exec(host) ?? [];
    if (region !== undefined) return portOf(tables[region === "eu-west-1" ? 1 : 0]?.url ?? "");
    if (host === "iam.amazonaws.com") return iam.port;
    return /\.(?:execute-api|lambda-url)\.|^api\.example\.com$/.test(host) ? api.port : undefined;
  });
  return {
    emulator,
    internet,
    async close() {
      await internet.close();
      await Promise.all([
        emulator.stop(),
        s3[Symbol.asyncDispose](),
        api.close(),
        iam.close(),
        ...tables.map((table) => table.close()),
      ]);
      await Promise.all([byName.close(), dynamo.close()]);
    },
  };
}

function describeAccount(emulator: Emulator, roleArns: readonly string[]): void {
  emulator.updateState((state) => ({
    ...state,
    trustAnchors: [{ arn: trustAnchorArn, enabled: true, certificates: emulator.root.pem + emulator.intermediate.pem }],
    profiles: [
      {
        arn: profileArn,
        name: "pages",
        enabled: true,
        durationSeconds: 3_600,
        acceptRoleSessionName: true,
        roleArns,
      },
    ],
    roles: roleArns.map((arn, index) => ({
      arn,
      roleId: `AROA${String(index).padStart(17, "0")}`,
      maxSessionDurationSeconds: 43_200,
      trust: { principals: [rolesAnywherePrincipal, ...roleArns], actions: allActions },
    })),
  }));
}

function putReports(s3: S3Server): void {
  const csv = "id,name\n1,Ada\n2,Grace\n";
  for (const day of ["14", "15", "16"])
    s3.put("acme", `reports/2024-01-${day}/report.zip`, writeZip([{ name: "report.csv", data: csv }]));
  s3.put(
    "acme",
    "secret/report.zip",
    writeZip([{ name: "report.csv", data: csv, aes: { password: "correct horse" } }]),
  );
  s3.put("acme", "lake/year=2024/month=01/report.csv", "id,name\n1,Ada\n");
  s3.put("acme", "lake/year=2024/month=02/report.csv", "id,name\n2,Grace\n");
  s3.put("acme", "sales/2024-01-16/sales.csv", "id,amount\n1,99\n2,250\n");
  const folder = "export/AWSDynamoDB/01700000000000-abcdef01";
  const data = gzipSync('{"Item":{"id":{"S":"a"},"balance":{"N":"12345678901234567890123456789012345678"}}}\n');
  const file = `${folder}/data/one.json.gz`;
  s3.put("acme", file, data);
  s3.put("acme", `${folder}/manifest-files.json`, `${JSON.stringify({ itemCount: 1, dataFileS3Key: file })}\n`);
  s3.put(
    "acme",
    `${folder}/manifest-summary.json`,
    JSON.stringify({
      version: "2020-06-30",
      outputFormat: "DYNAMODB_JSON",
      exportType: "FULL_EXPORT",
      manifestFilesS3Key: `${folder}/manifest-files.json`,
      itemCount: 1,
    }),
  );
}

async function putOrders(dynamo: DynamoDbServer): Promise<void> {
  await createTable(dynamo, "orders", { indexes: ["by-customer"] });
  await putItems(
    dynamo,
    "orders",
    [99, 129.95, 250].map((total, index) => ({
      pk: { S: `order-${index + 1}` },
      group: { S: "customer-1" },
      id: { S: `order-${index + 1}` },
      total: { N: String(total) },
      state: { S: "open" },
      "odd name": { S: "four" },
    })),
  );
}

async function putShipments(dynamo: DynamoDbServer): Promise<void> {
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: "HASH" },
    { AttributeName: sort, KeyType: "RANGE" },
  ];
  await createTableOf(dynamo, {
    TableName: "shipments",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["customer", "day", "state"].map((name) => ({ AttributeName: name, AttributeType: "S" })),
    KeySchema: keys("customer", "day"),
    GlobalSecondaryIndexes: [
      { IndexName: "by-state", KeySchema: keys("state", "day"), Projection: { ProjectionType: "ALL" } },
    ],
  });
  await putItems(
    dynamo,
    "shipments",
    ["2024-01-08", "2024-01-30", "2024-02-02"].map((day, index) => ({
      customer: { S: "c-17" },
      day: { S: day },
      state: { S: index === 2 ? "in transit" : "delivered" },
    })),
  );
}

/** DynamoDB accepts a table's ARN as its name; the emulator behind this does not. */
async function startTablesByName(port: number) {
  return listen((request, response) => {
    readAll(request).then(
      (body) => {
        const text = body.toString("utf8").replace(/"arn:aws:dynamodb:[^"]*:table\/([^"/]+)"/, '"$1"');
        const { "content-length": _, ...headers } = request.headers;
        const sent = httpRequest({ host: "127.0.0.1", port, method: "POST", headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        });
        sent.end(text);
      },
      (error: unknown) => response.destroy(error as Error),
    );
  });
}

/** Answers the AWS CLI's requests to change IAM: all succeed. */
async function startIam() {
  return listen((request, response) => {
    readAll(request).then(
      (body) => {
        const action = new URLSearchParams(body.toString("utf8")).get("Action");
        response.writeHead(200, { "content-type": "text/xml" });
        response.end(
          `<${action}Response><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`,
        );
      },
      (error: unknown) => response.destroy(error as Error),
    );
  });
}

/** Starts an API that accepts any request of a session from the emulator. */
async function startApi(isSession: (accessKeyId: string, token: string) => boolean) {
  return listen((request, response) => {
    const [, id = ""] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
    const isKnown = isSession(id, String(request.headers["x-amz-security-token"]));
    request.resume().on("end", () => {
      response.writeHead(isKnown ? 200 : 403, { "content-type": "application/json" });
      response.end(isKnown ? '[{"name":"Rex"}]\n' : '{"message":"Forbidden"}\n');
    });
  });
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function listen(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
