import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { items as anyItem, withCanonicalNumbers } from "../support/attribute-values.js";
import type { Item } from "../support/attribute-values.js";
import { createTable, putItems } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { dynamoDbServers } from "../support/dynamodb-servers.js";
import { pythonEnvironment, runCli } from "../support/run-cli.js";
import { requireTools } from "../support/tools.js";

const servers = dynamoDbServers("scan of");
const boto3 = requireTools("scan against boto3's deserialiser", "boto3");
const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "us-east-1" };

/** Hostile items, the same at each run. Emulators stumble over some of what DynamoDB itself takes. */
function hostileItems(): Item[] {
  const storable = anyItem.filter((item) => !/__proto__|"[BS]":""|"[BS]S":\[[^\]]*""/.test(JSON.stringify(item)));
  return fc
    .sample(storable, { seed: 38, numRuns: 300 })
    .map((item, index) => ({ ...item, pk: { S: `item ${index}` } }));
}

describe.each(servers)("scan of $name", ({ available, start }) => {
  let server: DynamoDbServer;
  const put = hostileItems();

  beforeAll(async () => {
    if (!available) return;
    server = await start();
    await createTable(server, "hostile");
    await putItems(server, "hostile", put);
    await createTable(server, "large");
    const large = Array.from({ length: 3000 }, (_, index) => ({
      pk: { S: String(index) },
      padding: { S: "p".repeat(1000) },
    }));
    await putItems(server, "large", large);
  });

  afterAll(() => server?.close());

  const scan = (...argv: readonly string[]) =>
    runCli(["scan", ...argv, "--endpoint-url", `http://127.0.0.1:${server.port}`], { env });

  it.skipIf(!available)("gives back what was put", async () => {
    const { stdout, status } = await scan("hostile", "--typed", "--segments", "4");
    expect(status).toBe(0);
    const back = stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { pk: { S: string } })
      .sort((a, b) => Number(a.pk.S.slice(5)) - Number(b.pk.S.slice(5)));
    expect(withCanonicalNumbers(back)).toEqual(withCanonicalNumbers(put));
  });

  it.skipIf(!available)("reads every page of every segment once", async () => {
    for (const segments of ["1", "3", "16"]) {
      const { stdout, status } = await scan("large", "--segments", segments, "--projection", "pk");
      expect(status).toBe(0);
      expect(stdout.split("\n").slice(0, -1)).toHaveLength(3000);
      expect(new Set(stdout.split("\n")).size).toBe(3001);
    }
  });

  it.skipIf(!available)("names a missing table, an index that is not there and a bad filter", async () => {
    const missing = await scan("hostil");
    expect(missing).toMatchObject({ status: 1, stdout: "" });
    expect(missing.stderr).toContain('did you mean "hostile"?');
    const index = await scan("hostile", "--index", "nope");
    expect(index).toMatchObject({ status: 1, stdout: "" });
    expect(index.stderr).toMatch(/index "nope" of table "hostile", segment \d+ of \d+ in us-east-1/);
    const filter = await scan("hostile", "--filter", "a = = :b", "--values", '{":b":1}');
    expect(filter).toMatchObject({ status: 1, stdout: "" });
    expect(filter.stderr).toMatch(/ValidationException/);
  });

  it.skipIf(!available || !boto3).each(["auto", "string", "number", "json"])(
    "is equal to boto3's deserialiser, value for value, with --numbers %s",
    async (numbers) => {
      const { stdoutBytes, status } = await scan("hostile", "--numbers", numbers, "--segments", "4");
      expect(status).toBe(0);
      const script = fileURLToPath(new URL("compare-scan.py", import.meta.url));
      // Not in one step: a server may run in this process.
      const compared = spawn("python3", [script, `http://127.0.0.1:${server.port}`, "hostile", numbers], {
        env: { ...process.env, ...pythonEnvironment() },
      });
      compared.stdin.end(stdoutBytes);
      const [answer, fault] = await Promise.all([text(compared.stdout), text(compared.stderr)]);
      expect(fault).toBe("");
      expect(answer).toBe("equal 300\n");
    },
  );
});
