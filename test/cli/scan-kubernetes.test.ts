import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const manifest = readFileSync(
  fileURLToPath(new URL("../../examples/kubernetes/scan-job.yaml", import.meta.url)),
  "utf8",
);

/** The words under `args:`, whose quotes are JSON's. */
function argumentsIn(yaml: string): string[] {
  const lines = yaml.split("\n");
  const start = lines.findIndex((line) => /^\s*args:$/.test(line)) + 1;
  const indent = /^\s*- /.exec(lines[start] ?? "")?.[0] ?? "";
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith(indent));
  return lines.slice(start, end).map((line) => {
    const word = line.slice(indent.length);
    return word.startsWith('"') ? (JSON.parse(word) as string) : word;
  });
}

let server: DynamoDbServer;

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server, "orders");
  const items = Array.from({ length: 500 }, (_, index) => ({ pk: { S: `order-${index}` } }));
  await putItems(server, "orders", items);
});

afterAll(() => server.close());

describe("the Kubernetes job of the examples", () => {
  it("reads every item once with as many pods as it asks for, each run twice", async () => {
    const completions = Number(/completions: (\d+)/.exec(manifest)?.[1]);
    const data = createScratch("data");
    const [program, ...words] = argumentsIn(manifest).map((word) => word.replace("/data", data));
    expect(program).toBe("/usr/local/bin/rolesanywhere-ts");
    expect(words.slice(0, 4)).toEqual(["scan", "orders", "--shard", `auto/${completions}`]);
    for (let index = 0; index < completions; index++) {
      const env = {
        AWS_ACCESS_KEY_ID: "a",
        AWS_SECRET_ACCESS_KEY: "s",
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${server.port}`,
        JOB_COMPLETION_INDEX: String(index),
      };
      expect(await runCli(words, { env })).toMatchObject({ status: 0, stdout: "" });
      // A pod that is started once more after it had completed.
      expect((await runCli(words, { env })).stderr).toContain("nothing to do");
    }
    const files = readdirSync(join(data, "orders"));
    expect(files).toHaveLength(completions * 16);
    const keys = files
      .flatMap((file) => readFileSync(join(data, "orders", file), "utf8").split("\n"))
      .filter((line) => line !== "");
    expect(keys).toHaveLength(500);
    expect(new Set(keys).size).toBe(500);
    expect(readdirSync(join(data, "checkpoints"))).toHaveLength(completions);
  });
});
