import { expect, test } from "vitest";
import {
  assumeRoles,
  createSession,
  createSignedFetch,
  fromRolesAnywhere,
  readArchive,
  readTableExport,
  scanTable,
  signRequest,
  startCredentialServer,
  startEmulator,
} from "../../src/index.js";

const credentials = { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
const url = "https://dynamodb.us-east-1.amazonaws.com/";

/** As a caller without types writes it. */
const untyped = (options: object) => options as never;

async function first(rows: AsyncIterable<unknown>): Promise<unknown> {
  for await (const row of rows) return row;
  return undefined;
}

const calls: readonly (readonly [string, string, () => unknown])[] = [
  ["fromRolesAnywhere", "certificate", () => fromRolesAnywhere(untyped({ certificat: "client.pem" }))],
  ["createSession", "sessionDurationSeconds", () => createSession(untyped({ sessionDurationSecond: 900 }))],
  ["assumeRoles", "region", () => assumeRoles(credentials, [], untyped({ regio: "us-east-1" }))],
  ["readArchive", "bucket", () => first(readArchive(untyped({ credentials, buckt: "acme" })))],
  ["scanTable", "consistentRead", () => first(scanTable(untyped({ credentials, table: "a", consistentReads: true })))],
  ["readTableExport", "limit", () => first(readTableExport(untyped({ credentials, url: "s3://a/b", limits: 1 })))],
  ["signRequest", "service", () => signRequest({ url }, untyped({ credentials, servce: "dynamodb" }))],
  ["signRequest's request", "method", () => signRequest(untyped({ url, methd: "POST" }), { credentials })],
  ["createSignedFetch", "region", () => createSignedFetch(async () => credentials, untyped({ regoin: "x" }))(url)],
  ["startEmulator", "faults", () => startEmulator(untyped({ fault: ["throttling"] }))],
  [
    "startCredentialServer",
    "metadata",
    () => startCredentialServer(untyped({ provider: 1, roleArn: "", metdata: true })),
  ],
];

test.each(calls)("%s refuses a misspelt option and names %s", async (_name, near, call) => {
  await expect((async () => call())()).rejects.toMatchObject({
    name: "UsageError",
    code: "ERR_ARGUMENT",
    message: expect.stringMatching(/^unknown option: \w+$/) as string,
    hints: [`did you mean ${near}?`],
  });
});

test("an option that is undefined is not given", () => {
  expect(() => fromRolesAnywhere(untyped({ unknown: undefined }))).toThrow("trustAnchorArn");
});

test("a name that looks like content is not shown", () => {
  expect(() => fromRolesAnywhere(untyped({ "-----BEGIN PRIVATE KEY-----": "x" }))).toThrow("(not shown)");
});
