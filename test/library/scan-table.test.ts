import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { scanTable } from "../../src/index.js";
import type { Item, ScanTableOptions } from "../../src/index.js";
import { startCountingDynamoDb } from "../support/counting-dynamodb.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { createScratch } from "../support/scratch.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

async function gather(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const idsOf = (items: readonly Item[]) => items.map(({ id }) => id as string).sort();

let dynalite: DynamoDbServer;
let options: ScanTableOptions;

beforeAll(async () => {
  dynalite = await startDynalite();
  options = {
    credentials,
    endpoint: `http://127.0.0.1:${dynalite.port}`,
    region: "us-east-1",
    table: "orders",
    environment: {},
  };
  await createTable(dynalite, "orders");
  await putItems(
    dynalite,
    "orders",
    Array.from({ length: 60 }, (_, index) => ({
      pk: { S: `order-${index}` },
      state: { S: index % 3 === 0 ? "open" : "closed" },
      total: { N: String(index) },
      large: { N: "12345678901234567890123" },
      tags: { SS: ["a", "b"] },
      bytes: { B: "AQID" },
      lines: { L: [{ M: { sku: { S: "x" } } }, { BOOL: true }, { NULL: true }] },
    })),
  );
});
afterAll(() => dynalite.close());

describe("scanTable", () => {
  it("gives every item, as plain values that lose nothing", async () => {
    const items = await gather(scanTable(options));
    expect(items.map(({ pk }) => pk).sort()).toEqual(Array.from({ length: 60 }, (_, index) => `order-${index}`).sort());
    expect(items.find(({ pk }) => pk === "order-3")).toEqual({
      pk: "order-3",
      state: "open",
      total: 3,
      large: "12345678901234567890123",
      tags: ["a", "b"],
      bytes: "AQID",
      lines: [{ sku: "x" }, true, null],
    });
  });

  it("filters with plain values, projects, limits and keeps DynamoDB JSON", async () => {
    const filtered = scanTable({
      ...options,
      filter: "state = :state AND total >= :least AND #t IN (:a, :b)",
      names: { "#t": "total" },
      values: { state: "open", ":least": 30n, a: 30, b: 33 },
      projection: ["pk", "lines[0].sku"],
      segments: 3,
    });
    const found = await gather(filtered);
    expect(found).toHaveLength(2);
    for (const pk of ["order-30", "order-33"]) expect(found).toContainEqual({ pk, lines: [{ sku: "x" }] });
    expect(await gather(scanTable({ ...options, limit: 7 }))).toHaveLength(7);
    const [typed] = await gather(
      scanTable({
        ...options,
        filter: "pk = :pk AND tags = :tags AND bytes = :bytes",
        values: { pk: { S: "order-1" }, tags: new Set(["b", "a"]), bytes: Uint8Array.of(1, 2, 3) },
        typed: true,
        projection: "total",
      }),
    );
    expect(typed).toEqual({ total: { N: "1" } });
  });

  it("reads one of several slices", async () => {
    const slices = await Promise.all(
      [0, 1, 2].map((index) => gather(scanTable({ ...options, shard: { index, count: 3 } }))),
    );
    expect(new Set(slices.flat().map(({ pk }) => pk)).size).toBe(60);
    expect(slices.flat()).toHaveLength(60);
  });

  it("sends nothing while its reader is busy", async () => {
    await using server = await startCountingDynamoDb({ pages: 20, itemsPerPage: 10 });
    const items = scanTable({ ...options, endpoint: server.url, segments: 20 });
    await items.next();
    // Long enough for all 400 requests, were they made.
    await sleep(300);
    expect(server.scans()).toBeLessThanOrEqual(13);
    const seen = new Set<unknown>();
    let count = 1;
    for await (const { id } of items) {
      seen.add(id);
      count++;
      expect(server.scans()).toBeLessThanOrEqual(Math.ceil(count / 10) + 12);
    }
    expect([count, seen.size]).toEqual([4000, 3999]);
    expect(server.scans()).toBe(400);
  });

  it("leaves nothing behind when the loop is left, or aborted while nothing arrives", async () => {
    await using server = await startCountingDynamoDb({ pages: 50, itemsPerPage: 10, silentFrom: 8 });
    for await (const item of scanTable({ ...options, endpoint: server.url, segments: 4 })) {
      expect(item["id"]).toBeDefined();
      break;
    }
    await vi.waitFor(async () => expect(await server.connections()).toBe(0));
    const scans = server.scans();
    const controller = new AbortController();
    const reason = new Error("enough");
    const reading = gather(scanTable({ ...options, endpoint: server.url, signal: controller.signal }));
    const refusal = reading.catch((error: unknown) => error);
    await vi.waitFor(() => expect(server.scans()).toBeGreaterThan(Math.max(scans, 8)));
    controller.abort(reason);
    expect(await refusal).toBe(reason);
    await vi.waitFor(async () => expect(await server.connections()).toBe(0));
  });

  it("goes on from a checkpoint, and loses no item", async () => {
    await using server = await startCountingDynamoDb({ pages: 5, itemsPerPage: 10 });
    const checkpoint = join(createScratch("scan"), "orders.checkpoint");
    const request = { ...options, endpoint: server.url, segments: 4, checkpoint };
    const first: Item[] = [];
    for await (const item of scanTable(request)) {
      first.push(item);
      if (first.length === 75) break;
    }
    expect(existsSync(checkpoint)).toBe(true);
    const scans = server.scans();
    const rest = await gather(scanTable(request));
    expect(server.scans() - scans).toBe(20 - 7);
    expect(rest).toHaveLength(200 - 70);
    expect(new Set(idsOf([...first, ...rest])).size).toBe(200);
    expect(JSON.parse(readFileSync(checkpoint, "utf8"))).toMatchObject({ complete: true });
    expect(await gather(scanTable(request))).toEqual([]);
    await expect(gather(scanTable({ ...request, consistentRead: true }))).rejects.toMatchObject({
      code: "ERR_CONFLICT",
    });
  });

  it("rejects as the command does, with codes", async () => {
    const failure = (changes: Partial<ScanTableOptions>) => gather(scanTable({ ...options, ...changes }));
    await expect(failure({ table: "order" })).rejects.toMatchObject({
      name: "ServiceError",
      code: "ERR_SERVICE",
      serviceCode: "ResourceNotFoundException",
      hints: expect.arrayContaining([expect.stringContaining("orders")]),
    });
    await expect(failure({ filter: "state = :s" })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(failure({ shard: { index: 2, count: 2 } })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(failure({ numbers: "exact" as "auto" })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: 'invalid argument "exact" for numbers: expected auto, string, number',
    });
    await expect(failure({ table: undefined as unknown as string })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: "table is not given",
    });
    await expect(failure({ limit: 1, checkpoint: "x" })).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    await expect(failure({ segments: 0 })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(failure({ filter: "a = :a", values: { a: Number.NaN } })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
    });
    await expect(failure({ filter: "a = :a", values: { a: new Set([1, "x"]) } })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
    });
    const { region: _, ...regionless } = options;
    await expect(gather(scanTable(regionless))).rejects.toMatchObject({ code: "ERR_SETTING" });
    const cause = new Error("no luck");
    await expect(failure({ credentials: () => Promise.reject(cause) })).rejects.toMatchObject({
      code: "ERR_CREDENTIALS",
      cause,
    });
  });
});
