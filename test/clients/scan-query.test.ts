import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Item } from "../support/attribute-values.js";
import { createTableOf, putItems } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { dynamoDbServers } from "../support/dynamodb-servers.js";
import { pythonEnvironment, runCli } from "../support/run-cli.js";
import { requireTools } from "../support/tools.js";

const servers = dynamoDbServers("scan --key of");
const boto3 = requireTools("scan --key against boto3's Query", "boto3");
const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "us-east-1" };

interface Case {
  readonly key: string;
  readonly flags?: readonly string[];
  readonly index?: string;
  readonly table: string;
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const events = { table: "events", names: { "#p": "pk", "#s": "sk" } };
const pk = { ":p": { S: "7" } };
const bytes = (...values: readonly number[]) => Buffer.from(values).toString("base64");

const cases: readonly Case[] = [
  { ...events, key: "pk = 7", expression: "#p = :p", names: { "#p": "pk" }, values: pk },
  {
    ...events,
    key: "sk >= 1490 and pk = 7",
    expression: "#p = :p AND #s >= :s",
    values: { ...pk, ":s": { N: "1490" } },
  },
  { ...events, key: "pk = '7' and sk < -3", expression: "#p = :p AND #s < :s", values: { ...pk, ":s": { N: "-3" } } },
  {
    ...events,
    key: "pk = 7 and sk <= 2.50",
    expression: "#p = :p AND #s <= :s",
    values: { ...pk, ":s": { N: "2.5" } },
  },
  {
    ...events,
    key: "pk = 7 and sk > '1499'",
    expression: "#p = :p AND #s > :s",
    values: { ...pk, ":s": { N: "1499" } },
  },
  { ...events, key: "pk = 7 and sk = 12", expression: "#p = :p AND #s = :s", values: { ...pk, ":s": { N: "12" } } },
  {
    ...events,
    key: "pk = 7 and sk between 9 and 101",
    expression: "#p = :p AND #s BETWEEN :s AND :t",
    values: { ...pk, ":s": { N: "9" }, ":t": { N: "101" } },
  },
  {
    ...events,
    key: "pk = 7 and sk <= 101 and sk >= 9",
    expression: "#p = :p AND #s BETWEEN :s AND :t",
    values: { ...pk, ":s": { N: "9" }, ":t": { N: "101" } },
  },
  { ...events, key: "pk = nobody", expression: "#p = :p", names: { "#p": "pk" }, values: { ":p": { S: "nobody" } } },
  {
    table: "events",
    index: "by-name",
    key: `pk = 7 and "odd name" begins_with 'name 1'`,
    expression: "#p = :p AND begins_with(#s, :s)",
    names: { "#p": "pk", "#s": "odd name" },
    values: { ...pk, ":s": { S: "name 1" } },
  },
  {
    table: "events",
    index: "by-name",
    key: `pk = 7 and begins_with("odd name", 'name_1%')`,
    expression: "#p = :p AND begins_with(#s, :s)",
    names: { "#p": "pk", "#s": "odd name" },
    values: { ...pk, ":s": { S: "name_1%" } },
  },
  {
    table: "events",
    index: "by-group",
    key: "group = 3 and sk > 1000",
    expression: "#p = :p AND #s > :s",
    names: { "#p": "group", "#s": "sk" },
    values: { ":p": { N: "3" }, ":s": { N: "1000" } },
  },
  {
    table: "blobs",
    key: "id = 1 and data begins_with '/wA='",
    expression: "#p = :p AND begins_with(#s, :s)",
    names: { "#p": "id", "#s": "data" },
    values: { ":p": { N: "1" }, ":s": { B: "/wA=" } },
  },
  {
    table: "blobs",
    key: `id = 1 and data between ${bytes(2, 1, 0)} and ${bytes(200, 0, 0)}`,
    expression: "#p = :p AND #s BETWEEN :s AND :t",
    names: { "#p": "id", "#s": "data" },
    values: { ":p": { N: "1" }, ":s": { B: bytes(2, 1, 0) }, ":t": { B: bytes(200, 0, 0) } },
  },
];

async function fill(server: DynamoDbServer): Promise<void> {
  await createTableOf(server, {
    TableName: "events",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "N" },
      { AttributeName: "odd name", AttributeType: "S" },
      { AttributeName: "group", AttributeType: "N" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "by-name",
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "odd name", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-group",
        KeySchema: [
          { AttributeName: "group", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
  await createTableOf(server, {
    TableName: "blobs",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "id", AttributeType: "N" },
      { AttributeName: "data", AttributeType: "B" },
    ],
    KeySchema: [
      { AttributeName: "id", KeyType: "HASH" },
      { AttributeName: "data", KeyType: "RANGE" },
    ],
  });
  // More than one page for key 7.
  const items = Array.from({ length: 1600 }, (_, index): Item => ({
    pk: { S: index < 1510 ? "7" : `other ${index % 3}` },
    sk: { N: String(index - 5) },
    "odd name": { S: index === 1000 ? "name_1%" : `name ${index}` },
    group: { N: String(index % 7) },
    state: { S: index % 2 === 0 ? "open" : "closed" },
    padding: { S: "p".repeat(1200) },
  }));
  await putItems(server, "events", items);
  const blobs = Array.from({ length: 60 }, (_, index): Item => ({
    id: { N: String(index % 2) },
    data: { B: bytes(index < 30 ? index * 8 : 255, index % 3, index) },
  }));
  await putItems(server, "blobs", blobs);
}

describe.each(servers)("scan --key of $name", ({ available, start }) => {
  let server: DynamoDbServer;
  let expected: readonly (readonly Item[])[];

  beforeAll(async () => {
    if (!available) return;
    server = await start();
    await fill(server);
    if (!boto3) return;
    const script = fileURLToPath(new URL("query-oracle.py", import.meta.url));
    // Not in one step: a server may run in this process.
    const oracle = spawn("python3", [script, `http://127.0.0.1:${server.port}`], {
      env: { ...process.env, ...pythonEnvironment() },
    });
    oracle.stdin.end(JSON.stringify([true, false].flatMap((forward) => cases.map((each) => ({ ...each, forward })))));
    const [answer, fault] = await Promise.all([text(oracle.stdout), text(oracle.stderr)]);
    if (fault !== "") throw new Error(fault);
    expected = JSON.parse(answer) as Item[][];
  });

  afterAll(() => server?.close());

  const scan = (table: string, ...argv: readonly string[]) =>
    runCli(["scan", table, ...argv, "--endpoint-url", `http://127.0.0.1:${server.port}`], { env });

  it.skipIf(!available || !boto3).each(cases.map((each, number) => [each.key, each.index ?? "", number] as const))(
    "%s %s gives what boto3's Query gives, in both orders",
    async (key, index, number) => {
      const flags = ["--key", key, "--typed", "--progress", "none", ...(index === "" ? [] : ["--index", index])];
      const table = cases[number]?.table ?? "";
      for (const [order, at] of [
        [[], number],
        [["--reverse"], cases.length + number],
      ] as const) {
        const { stdout, stderr, status } = await scan(table, ...flags, ...order);
        expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
        expect(
          stdout
            .split("\n")
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Item),
        ).toEqual(expected[at]);
      }
    },
  );

  it.skipIf(!available)("reads page after page, filters, projects and stops at a limit", async () => {
    const all = await scan("events", "--key", "pk = 7");
    expect(all.stderr).toMatch(/^scan: 1,510 items, .*, 3 requests, 0 retries/);
    const some = await scan(
      "events",
      "--key",
      "pk = 7",
      "--where",
      "state = open",
      "--projection",
      "sk",
      "--limit",
      "3",
    );
    expect(some.stdout).toBe('{"sk":-5}\n{"sk":-3}\n{"sk":-1}\n');
    const csv = await scan("events", "--key", "pk = 7 and sk <= -4", "--columns", "sk,state", "--format", "csv");
    expect(csv.stdout).toBe("sk,state\n-5,open\n-4,closed\n");
  });

  it.skipIf(!available)("names a missing table and an index that is not there", async () => {
    const missing = await scan("event", "--key", "pk = 7");
    expect(missing).toMatchObject({ status: 1, stdout: "" });
    expect(missing.stderr).toContain('did you mean "events"?');
    const index = await scan("events", "--index", "by-groups", "--key", "group = 7");
    expect(index).toMatchObject({ status: 1, stdout: "" });
    expect(index.stderr).toContain('DynamoDB refused Query of index "by-groups" of table "events" in us-east-1');
  });
});
