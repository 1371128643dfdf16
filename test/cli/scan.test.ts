import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { tableFromIPC } from "apache-arrow";
import * as fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Item } from "../support/attribute-values.js";
import { items as anyItem, withCanonicalNumbers } from "../support/attribute-values.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { runCli } from "../support/run-cli.js";
import type { CliOptions, CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { startSignedFront } from "../support/signed-front.js";
import type { SignedFront } from "../support/signed-front.js";

const env = {
  AWS_ACCESS_KEY_ID: "AKIATEST",
  AWS_SECRET_ACCESS_KEY: "secret/of+the key",
  AWS_SESSION_TOKEN: "token==",
  AWS_REGION: "us-east-1",
};

let server: DynamoDbServer;
let front: SignedFront;

const orders: readonly Item[] = Array.from({ length: 2000 }, (_, index) => ({
  pk: { S: `order-${index}` },
  group: { S: `g${index % 7}` },
  size: { N: String(index) },
  state: { S: index % 2 === 0 ? "open" : "closed" },
  "odd name": { S: "x" },
  lines: { L: [{ M: { sku: { S: `sku"${index}` }, price: { N: "12345678901234567890.5" } } }] },
  padding: { S: "p".repeat(1200) },
}));

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server, "orders", { indexes: ["by-group"] });
  await putItems(server, "orders", orders);
  await createTable(server, "empty");
  front = await startSignedFront({
    upstreamPort: server.port,
    keyOf: (id) =>
      id === env.AWS_ACCESS_KEY_ID
        ? { secretAccessKey: env.AWS_SECRET_ACCESS_KEY, sessionToken: env.AWS_SESSION_TOKEN }
        : undefined,
  });
});

afterAll(async () => {
  await front.close();
  await server.close();
});

function scan(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runCli(["scan", "--endpoint-url", front.url, ...argv], { ...options, env: { ...env, ...options.env } });
}

describe("scan --where", () => {
  it.each([
    ["state = open and size < 10", 5],
    ["size in (1, 2.0, 99999) or pk = order-7", 3],
    ["pk like 'order-199%'", 11],
    ["pk like '%-1999%' and lines is not null", 1],
    ["not size >= 3 and missing is null", 3],
    ["\"odd name\" = 'x' and lines[0].sku ~ '1999'", 1],
    ["state <> open and size > 1990", 5],
  ])("%s reads the items that DynamoDB finds", async (where, count) => {
    const { stdout, stderr, status } = await scan([
      "orders",
      "--where",
      where,
      "--projection",
      "pk",
      "--progress",
      "none",
    ]);
    expect({ lines: stdout.split("\n").length - 1, stderr, status }).toEqual({ lines: count, stderr: "", status: 0 });
  });

  it("goes together with --filter", async () => {
    const filter = ["--filter", "size = :n or size = :m", "--values", '{":n":4,":m":5}'];
    const { stdout } = await scan(["orders", ...filter, "--where", "state = open", "--projection", "size"]);
    expect(stdout).toBe('{"size":4}\n');
  });

  it("refuses what DynamoDB cannot evaluate", async () => {
    const { stderr, status } = await scan(["orders", "--where", "pk like '%x'"]);
    expect({ status, refused: stderr.includes("DynamoDB cannot evaluate like '%x'") }).toEqual({
      status: 2,
      refused: true,
    });
  });

  it("is what the summary names when a filter compares two attributes and finds nothing", async () => {
    const { stdout, stderr, status } = await scan(["orders", "--filter", "state = open"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
    expect(stderr).toContain(
      '--filter compares the attributes state and open; for a text write --where "state = open"',
    );
  });
});

function lines(text: string): Record<string, unknown>[] {
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function readColumnar(format: string, bytes: Buffer): Promise<readonly Record<string, unknown>[]> {
  if (format === "parquet") {
    const compressors = { GZIP: (page: Uint8Array) => gunzipSync(page) };
    return parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors });
  }
  return tableFromIPC(bytes)
    .toArray()
    .map((row: { toJSON(): Record<string, unknown> }) => row.toJSON());
}

const numbersOf = (result: CliResult) =>
  lines(result.stdout)
    .map(({ size }) => Number(size))
    .sort((a, b) => a - b);
const everyNumber = orders.map((_, index) => index);

describe("scan", () => {
  it("reads every item once, one plain JSON object a line", async () => {
    const result = await scan(["orders"]);
    expect(result.stderr).toMatch(/^scan: 2,000 items, .* in .* s, \d+ requests, 0 retries, \d+ RCU\n$/);
    expect(result.status).toBe(0);
    expect(numbersOf(result)).toEqual(everyNumber);
    expect(lines(result.stdout).find(({ pk }) => pk === "order-7")).toEqual({
      pk: "order-7",
      group: "g0",
      size: 7,
      state: "closed",
      "odd name": "x",
      lines: [{ sku: 'sku"7', price: "12345678901234567890.5" }],
      padding: "p".repeat(1200),
    });
  });

  it.each(["1", "2", "7", "40"])("loses none and repeats none with --segments %s", async (segments) => {
    const result = await scan(["orders", "--segments", segments, "--progress", "none"]);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(numbersOf(result)).toEqual(everyNumber);
  });

  it("reads an index", async () => {
    expect(numbersOf(await scan(["orders", "--index", "by-group"]))).toEqual(everyNumber);
  });

  it("aliases reserved words and odd names in filter and projection", async () => {
    const result = await scan([
      "orders",
      "--filter",
      'state = :s AND size BETWEEN :low AND :high AND begins_with("odd name", :x)',
      "--values",
      '{":s":"open",":low":10,":high":{"N":"19"},"x":"x"}',
      "--projection",
      'size, lines[0].sku, "odd name"',
    ]);
    expect(result.status).toBe(0);
    expect(lines(result.stdout).sort((a, b) => Number(a["size"]) - Number(b["size"]))).toEqual(
      [10, 12, 14, 16, 18].map((size) => ({ size, lines: [{ sku: `sku"${size}` }], "odd name": "x" })),
    );
    expect(result.stderr).toContain("2000 scanned");
  });

  it.each([["1"], ["13"], ["1500"]])("stops after --limit %s", async (limit) => {
    const result = await scan(["orders", "--limit", limit, "--segments", "4"]);
    expect(result.status).toBe(0);
    expect(new Set(numbersOf(result)).size).toBe(Number(limit));
  });

  it("gives the same order at each run with --order segment", async () => {
    const [one, other] = [
      await scan(["orders", "--order", "segment", "--segments", "5"]),
      await scan(["orders", "--order", "segment", "--segments", "5"]),
    ];
    expect(numbersOf(one)).toEqual(everyNumber);
    expect(other.stdout).toBe(one.stdout);
  });

  it("writes one file for each segment", async () => {
    const folder = join(createScratch(), "out");
    const result = await scan(["orders", "--output-dir", folder, "--segments", "11"]);
    expect(result).toMatchObject({ status: 0, stdout: "" });
    const files = readdirSync(folder).sort();
    expect(files).toHaveLength(11);
    expect(files[0]).toBe("segment-00-of-11.ndjson");
    const text = files.map((file) => readFileSync(join(folder, file), "utf8")).join("");
    expect(numbersOf({ ...result, stdout: text })).toEqual(everyNumber);
  });

  it("reads in shards what it reads in one", async () => {
    const results = await Promise.all(
      ["0/3", "1/3", "auto/3"].map((shard) =>
        scan(["orders", "--shard", shard], { env: { JOB_COMPLETION_INDEX: "2" } }),
      ),
    );
    const text = results.map(({ stdout }) => stdout).join("");
    expect(numbersOf({ ...(results[0] as CliResult), stdout: text })).toEqual(everyNumber);
  });

  it("writes an output file whole, and a table that is empty as an empty file", async () => {
    const file = join(createScratch(), "empty.ndjson");
    expect(await scan(["empty", "--output", file])).toMatchObject({ status: 0, stdout: "" });
    expect(readFileSync(file, "utf8")).toBe("");
    expect((await scan(["empty", "--format", "json"])).stdout).toBe("[]\n");
  });

  it("writes json and csv", async () => {
    const json = await scan(["orders", "--format", "json", "--limit", "3"]);
    expect(JSON.parse(json.stdout)).toHaveLength(3);
    const csv = await scan(["orders", "--format", "csv", "--columns", "pk,size,lines", "--limit", "1"]);
    expect(csv.stdout).toMatch(/^pk,size,lines\norder-(\d+),\1,"\[\{""sku"":""sku\\""\1"".*\}\]"\n$/);
    const all = await scan(["orders", "--format", "csv", "--projection", "size"]);
    expect(all.stdout.split("\n").slice(0, -1)).toHaveLength(2001);
  });

  it("writes a table for a person", async () => {
    const { stdout } = await scan(["orders", "--format", "table", "--columns", "pk,size,state", "--limit", "20"]);
    const [head, rule, ...rows] = stdout.split("\n").slice(0, -1);
    expect(head).toMatch(/^pk +size +state$/);
    expect(rule).toMatch(/^-+  -+  -+$/);
    expect(rows).toHaveLength(20);
    for (const row of rows) {
      expect(row).toMatch(/^order-(\d+) +\1 {2}(?:open|closed)$/);
      expect(row.indexOf("open") + row.indexOf("closed") + 1).toBe(head?.indexOf("state"));
    }
  });

  it.each(["parquet", "arrow"])("writes %s that another reader opens", async (format) => {
    const file = join(createScratch(), `orders.${format}`);
    const result = await scan(["orders", "--format", format, "--output", file]);
    expect(result).toMatchObject({ status: 0, stdout: "" });
    const rows = await readColumnar(format, readFileSync(file));
    expect(rows.map(({ size }) => Number(size)).sort((a, b) => a - b)).toEqual(everyNumber);
    const seventh = rows.find(({ pk }) => pk === "order-7");
    expect(seventh).toMatchObject({ state: "closed", "odd name": "x" });
    const nested = seventh?.["lines"];
    expect(typeof nested === "string" ? JSON.parse(nested) : nested).toEqual([
      { sku: 'sku"7', price: "12345678901234567890.5" },
    ]);
  });

  it("finds the columns by a first pass", async () => {
    const { stdout } = await scan(["orders", "--format", "csv", "--limit", "2"]);
    expect(stdout.split("\n")[0]?.split(",").sort()).toEqual(
      ["group", "lines", "odd name", "padding", "pk", "size", "state"].sort(),
    );
  });

  it("goes on from a checkpoint that a finished run left, by doing nothing", async () => {
    const folder = createScratch();
    const flags = ["orders", "--output", join(folder, "o.ndjson"), "--checkpoint", join(folder, "c")];
    expect((await scan(flags)).status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["c", "o.ndjson"]);
    const again = await scan(flags);
    expect(again.status).toBe(0);
    expect(again.stderr).toContain("nothing to do");
    const other = await scan([...flags, "--consistent-read"]);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain("its consistent-read is false, this one's is true");
  });

  it("refuses a missing table and names the near one", async () => {
    const result = await scan(["order"]);
    expect(result).toMatchObject({ status: 1, stdout: "" });
    expect(result.stderr).toMatch(/error\[ERR_[A-Z_]+\]: DynamoDB refused DescribeTable of table "order" in us-east-1/);
    expect(result.stderr).toContain('hint: did you mean "orders"?');
    expect(existsSync("order")).toBe(false);
  });

  it.each([
    [["--segments", "0"], 'segments is "0", expected auto or a number from 1 to 1000000', "auto depends on"],
    [["--max-rcu", "0"], "--max-rcu is 0, expected 1 or more", "leave --max-rcu out"],
    [["--limit", "0"], "--limit is 0, expected 1 or more", "leave --limit out"],
    [["--shard", "3/2"], "slice 3 of 2, but slices count from 0 to 1", "the last slice is --shard 1/2"],
    [["--filter", "a = :x"], "--filter uses :x, which --values does not give", "add --values"],
    [["--numbers", "float"], 'invalid argument "float" for --numbers: expected one of', "see --help"],
    [["--endpoint-url", "ftp://x"], 'not a usable endpoint: "ftp://x"; expected a URL', "leave it out"],
    [["--output", "missing/o.ndjson"], "missing/o.ndjson", "folder"],
    [["--checkpoint", "."], '": EISDIR', "name another file"],
  ])("refuses %s before it reads anything", async (flags, found, hint) => {
    const result = await scan(["orders", ...flags]);
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toContain(found);
    expect(result.stderr).toMatch(new RegExp(`^rolesanywhere-ts: hint: .*${hint}`, "m"));
  });

  it("refuses a file that is no checkpoint, and leaves it as it is", async () => {
    const folder = createScratch();
    const file = join(folder, "notes.txt");
    writeFileSync(file, "notes\n");
    const result = await scan(["orders", "--checkpoint", file]);
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toContain("is not a checkpoint of a scan");
    expect(readFileSync(file, "utf8")).toBe("notes\n");
  });

  it("says what to do when no region is known", async () => {
    const result = await runCli(["scan", "orders"], { env: { ...env, AWS_REGION: undefined } });
    expect(result).toMatchObject({ status: 2, stdout: "" });
    expect(result.stderr).toMatch(/error\[ERR_SETTING\]: no region is known\n.*hint: add --region/);
  });

  it("refuses a wrong secret with a hint", async () => {
    const result = await scan(["orders"], { env: { AWS_SECRET_ACCESS_KEY: "wrong" } });
    expect(result).toMatchObject({ status: 1, stdout: "" });
    expect(result.stderr).toMatch(/InvalidSignatureException/);
    expect(result.stderr).not.toContain("wrong");
  });
});

describe("any item", () => {
  // The emulator itself stumbles over this name.
  const storable = anyItem.filter((item) => !JSON.stringify(item).includes("__proto__"));

  it("comes back as it was put", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(storable, { minLength: 1, maxLength: 30 }), fc.nat(1_000_000), async (bodies, run) => {
        const table = `any-${run}-${Math.random().toString(36).slice(2)}`;
        await createTable(server, table);
        const put = bodies.map((body, index) => ({ ...body, pk: { S: String(index) } }));
        await putItems(server, table, put);
        const result = await scan([table, "--typed", "--segments", "3"]);
        expect(result.status).toBe(0);
        const back = lines(result.stdout).sort(
          (a, b) => Number((a["pk"] as { S: string }).S) - Number((b["pk"] as { S: string }).S),
        );
        expect(withCanonicalNumbers(back)).toEqual(withCanonicalNumbers(put));
      }),
      { numRuns: 10 },
    );
  });
});
