import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Item } from "../support/attribute-values.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { runCli, startCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { startSignedFront } from "../support/signed-front.js";
import type { FrontOptions, SignedFront } from "../support/signed-front.js";

const secretAccessKey = "a secret";
const env = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: "us-east-1" };
let server: DynamoDbServer;
let front: SignedFront | undefined;

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server, "orders", { indexes: ["by-group"] });
  const orders = Array.from({ length: 3000 }, (_, index): Item => ({
    pk: { S: `order-${index}` },
    group: { S: index < 2500 ? "large" : "small" },
    padding: { S: "p".repeat(1200) },
  }));
  await putItems(server, "orders", orders);
});

afterAll(() => server.close());

const at = () => ["--endpoint-url", `http://127.0.0.1:${server.port}`];
const scan = (argv: readonly string[], options: CliOptions = {}) =>
  runCli(["scan", ...argv], { ...options, env: { ...env, ...options.env } });

async function through(options: Partial<FrontOptions>): Promise<readonly string[]> {
  await front?.close();
  front = await startSignedFront({ upstreamPort: server.port, keyOf: () => ({ secretAccessKey }), ...options });
  return ["--endpoint-url", front.url];
}

afterAll(() => front?.close());

const ofTable = 'the key of table "orders" is pk (partition key, string)';
const ofIndex = 'the key of index "by-group" of table "orders" is group (partition key, string)';

describe("scan --key", () => {
  it("sends one Query, with the names and values of the other expressions", async () => {
    const flags = await through({});
    const key = ["--key", "pk = 'order-7'", "--filter", "group = :k0", "--values", '{":k0":"large"}'];
    const result = await scan(["orders", ...flags, ...key, "--projection", "group"]);
    expect(result).toMatchObject({ status: 0, stdout: '{"group":"large"}\n' });
    expect(front?.requests.map(({ operation }) => operation)).toEqual(["DescribeTable", "Query"]);
  });

  it.each([
    ["pk = order-1 or pk = order-2", [], "character 1: a key takes no or", "run once for each key"],
    ["pk in (order-1, order-2)", [], "character 1: a key takes = < <= > >= between begins_with", "--where"],
    ["pk >= order-1", [], `character 1: the partition key pk takes = alone; ${ofTable}`, "--where"],
    ["pk = order-1 and state = open", [], `character 18: state is not part of the key; ${ofTable}`, "--where"],
    ["group = large", [], `character 1: group is not part of the key; ${ofTable}`, "add --index by-group"],
    ["pk = order-1", ["--index", "by-group"], `character 1: pk is not part of the key; ${ofIndex}`, "--where"],
    ["pk == ", [], "character 7: expected a value, found the end", "hint: write PARTITION_KEY = VALUE"],
    ["= order-1", [], "character 1: expected the name of an attribute of the key", "hint: write PARTITION_KEY = VALUE"],
    ["pk = order 1", [], 'character 12: expected and, or the end, found "1"', "quote"],
    ["pk = order-1", ["--segments", "4"], "--segments divides a scan", "leave out --segments"],
    ["pk = order-1", ["--shard", "0/2"], "--shard divides a scan", "leave out --shard"],
    ["pk = order-1", ["--order", "segment"], "--order divides a scan", "leave out --order"],
    ["pk = order-1", ["--output-dir", "parts"], "--output-dir", "--key"],
  ])("%s is refused, %j", async (key, flags, words, hint) => {
    const cwd = createScratch();
    const { stdout, stderr, status } = await scan(["orders", ...at(), "--key", key, ...flags], { cwd });
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(words);
    expect(stderr).toContain(hint);
    expect(stderr).not.toContain("COLUMN");
  });

  it("--reverse is refused without it", async () => {
    const { stderr, status } = await scan(["orders", ...at(), "--reverse"]);
    expect(status).toBe(2);
    expect(stderr).toContain("--reverse has an effect only with --key");
  });

  it("names what is missing when DynamoDB does not describe the table", async () => {
    const denied = { status: 400, body: { __type: "x#AccessDeniedException", message: "no" } };
    const flags = await through({
      interfere: ({ operation }) => (operation === "DescribeTable" ? denied : undefined),
    });
    const right = await scan(["orders", ...flags, "--key", "pk = order-7", "--projection", "pk"]);
    expect(right).toMatchObject({ status: 0, stdout: '{"pk":"order-7"}\n' });
    const wrong = await scan(["orders", ...flags, "--key", "pk = 7"]);
    expect(wrong).toMatchObject({ status: 1, stdout: "" });
    expect(wrong.stderr).toContain("DynamoDB refused Query of table");
    expect(wrong.stderr).toContain("allow dynamodb:DescribeTable");
  });

  it("goes on from a checkpoint after a kill, with every item once and in order", async () => {
    const flags = await through({
      interfere: () => new Promise<undefined>((resolve) => setTimeout(resolve, 700, undefined)),
    });
    const cwd = createScratch();
    const query = ["orders", "--index", "by-group", "--key", "group = large", "--projection", "pk"];
    const argv = [...query, ...flags, "--output", "items.ndjson", "--checkpoint", "checkpoint"];
    const running = startCli(["scan", ...argv], { cwd, env });
    const hasItems = () =>
      existsSync(join(cwd, "checkpoint")) && /"items":[1-9]/.test(readFileSync(join(cwd, "checkpoint"), "utf8"));
    while (!hasItems()) await new Promise((resolve) => setTimeout(resolve, 10));
    await running.stop("SIGKILL");
    const last = await scan(argv, { cwd });
    expect(last).toMatchObject({ status: 0 });
    expect(last.stderr).toContain("resumed from the checkpoint");
    const whole = await scan([...query, ...at()]);
    expect(readFileSync(join(cwd, "items.ndjson"), "utf8")).toBe(whole.stdout);
    expect(whole.stdout.split("\n")).toHaveLength(2501);
    const other = argv.map((word) => word.replace("group = large", "group = small"));
    expect((await scan(other, { cwd })).stderr).toContain('its key is "group = large", this one\'s is "group = small"');
  });

  it("needs dynamodb:Query, of the index alone", async () => {
    const flags = ["--index", "by-group", "--key", "group = x", "--least-privilege", "--print-scope"];
    const { stdout } = await scan(["orders", ...flags, "--certificate", "c", "--private-key", "k"]);
    expect(stdout).toContain("dynamodb:Query");
    expect(stdout).not.toContain("dynamodb:Scan");
    expect(stdout).toContain("table/orders/index/by-group");
  });
});

describe("scan --where", () => {
  it.each([
    ["pk = order-7", "--key 'pk = …' reads the items of this key alone"],
    ["padding is not null and pk = order-7", "--key 'pk = …' reads the items of this key alone"],
    ["group = small", "--index by-group --key 'group = …' reads the items of this key alone"],
  ])("%s says that a query would read less", async (where, advice) => {
    const { stderr, status } = await scan(["orders", ...at(), "--where", where]);
    expect(status).toBe(0);
    expect(stderr).toContain(`scan: --where is applied to every item of the table; ${advice}\n`);
    expect((await scan(["orders", ...at(), "--where", where, "--progress", "none"])).stderr).toBe("");
  });

  it.each(["pk = order-7 or pk = order-8", "not pk = order-7", "pk >= order-999", "padding = x"])(
    "%s says nothing",
    async (where) => {
      const { stderr } = await scan(["orders", ...at(), "--where", where]);
      expect(stderr).not.toContain("--key");
    },
  );

  it("knows between and begins_with", async () => {
    const where = "pk begins_with order-29 and pk between 'order-2990' and order-2992";
    const { stdout } = await scan(["orders", ...at(), "--where", where, "--projection", "pk"]);
    expect(stdout.split("\n").sort()).toEqual(["", ...[0, 1, 2].map((last) => `{"pk":"order-299${last}"}`)]);
  });
});
