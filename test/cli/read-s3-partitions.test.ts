import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../fuzz/mutate.js";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeTar } from "../support/tar-writer.js";
import { requireTools } from "../support/tools.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
const run = (...argv: string[]) =>
  runCli(["read-s3", "--progress", "none", "--hive-partitioning", ...argv], { env: s3.env });
const everything = "s3://acme/reports/**";

beforeAll(async () => {
  s3 = await startS3Server();
  s3.put("acme", "reports/year=2023/month=12/x.csv", "id,name\n1,Ada\n");
  s3.put(
    "acme",
    "reports/year=2024/month=01/x.zip",
    writeZip([
      { name: "a.csv", data: "id\n2\n" },
      { name: "b.csv", data: "id\n3\n" },
    ]),
  );
  s3.put("acme", "reports/year=2024/month=02/x.tar.gz", gzipSync(writeTar([{ name: "a.csv", data: "id\n4\n" }])));
  s3.put("acme", "own/year=2024/x.csv", "year,id\n1999,5\n");
  s3.put("acme", "odd/city=S%C3%A3o%20Paulo/day=__HIVE_DEFAULT_PARTITION__/x.csv", "id\n6\n");
  s3.put("acme", "odd/city=Z%C3%BCrich/day=2024-01-15/x.csv", "id\n7\n");
  s3.put("acme", "plain/x.csv", "id\n8\n");
  s3.put("acme", "twice/year=1/year=2/x.csv", "id\n9\n");
});
afterAll(() => s3[Symbol.asyncDispose]());

describe("read-s3 --hive-partitioning", () => {
  it("adds the folders NAME=VALUE of a key behind the columns of the files", async () => {
    expect(await run(everything)).toMatchObject({
      stdout: "id,name,year,month\n1,Ada,2023,12\n2,,2024,01\n3,,2024,01\n4,,2024,02\n",
      stderr: "",
      status: 0,
    });
  });

  it("in NDJSON too, before the source columns", async () => {
    const { stdout } = await run(
      "s3://acme/reports/year=2024/**",
      "--format",
      "ndjson",
      "--source-column",
      "--limit",
      "1",
    );
    expect(stdout).toBe(
      '{"id":"2","year":"2024","month":"01","source_key":"s3://acme/reports/year=2024/month=01/x.zip","source_member":"a.csv"}\n',
    );
  });

  it("for --columns and --where, and fetches no object that its folders exclude", async () => {
    const before = s3.requests.length;
    const { stdout } = await run(
      everything,
      "--columns",
      "month,id",
      "--where",
      "year = 2024 and month <> 02 and id > 2",
    );
    expect(stdout).toBe("month,id\n01,3\n");
    const fetched = s3.requests.slice(before).filter(({ operation }) => operation === "GetObject");
    expect(new Set(fetched.map(({ key }) => key))).toEqual(new Set(["reports/year=2024/month=01/x.zip"]));
  });

  it("keeps the columns when the folders exclude everything", async () => {
    expect(await run(everything, "--where", "year = 1900")).toMatchObject({
      stdout: "id,name,year,month\n",
      status: 0,
    });
  });

  it("finds their types with --infer, and takes them from --types", async () => {
    const inferred = await run(everything, "--infer", "--format", "ndjson", "--columns", "year,month", "--limit", "1");
    expect(inferred.stdout).toBe('{"year":2023,"month":"12"}\n');
    const given = await run(
      everything,
      "--types",
      "year:integer",
      "--format",
      "ndjson",
      "--columns",
      "year",
      "--limit",
      "1",
    );
    expect(given.stdout).toBe('{"year":2023}\n');
    const odd = await run("s3://acme/odd/**", "--infer", "--format", "ndjson");
    expect(odd.stdout).toBe('{"id":6,"city":"São Paulo","day":null}\n{"id":7,"city":"Zürich","day":"2024-01-15"}\n');
  });

  it("keeps a column of the file under another name", async () => {
    const { stdout, stderr } = await runCli(["read-s3", "--hive-partitioning", "s3://acme/own/**"], { env: s3.env });
    expect(stdout).toBe("year_2,id,year\n1999,5,2024\n");
    expect(stderr).toContain('column 1 ("year") named year_2');
  });

  it("is refused without such a folder, and for a name that two folders have", async () => {
    const plain = await run("s3://acme/plain/x.csv");
    expect(plain).toMatchObject({ stdout: "", status: 2 });
    expect(plain.stderr).toContain("s3://acme/plain/x.csv: no folder of its key has the form NAME=VALUE");
    expect((await run("s3://acme/twice/**")).stderr).toContain('two of its folders have the name "year"');
    expect((await run(everything, "--raw")).stderr).toContain("--hive-partitioning");
  });

  it("has the columns of all folders in every slice", async () => {
    const slices = await Promise.all([0, 1, 2].map((index) => run(everything, "--shard", `${index}/3`)));
    expect(slices.map(({ stdout }) => stdout)).toEqual([
      "id,name,year,month\n1,Ada,2023,12\n",
      "id,year,month\n2,2024,01\n3,2024,01\n",
      "id,year,month\n4,2024,02\n",
    ]);
  });
});

const oracle = `
import json, sys, duckdb, pyarrow as pa, pyarrow.dataset as ds
root, names = sys.argv[1], json.loads(sys.argv[2])
rows = duckdb.sql(f"select id, {', '.join(names)} from read_csv('{root}/**/*.csv', hive_partitioning=true, hive_types_autocast=false, all_varchar=true) order by id::int").fetchall()
schema = pa.schema([(name, pa.string()) for name in names])
table = ds.dataset(root, format="csv", partitioning=ds.partitioning(schema, flavor="hive")).to_table(columns=["id", *names]).sort_by("id")
print(json.dumps({"duckdb": rows, "pyarrow": [[str(row["id"]), *[row[name] for name in names]] for row in table.to_pylist()]}))
`;

it.skipIf(!requireTools("partitions held against DuckDB and pyarrow", "duckdb", "pyarrow"))(
  "partitions are those of DuckDB and pyarrow",
  async () => {
    const random = createRandom(5);
    const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
    const texts = [
      "2024",
      "01",
      "a b",
      "São Paulo",
      "x/y",
      "50%",
      "a=b",
      "1.50",
      "true",
      "2024-01-15",
      "日本",
      "a+b",
      "'",
      "__HIVE_DEFAULT_PARTITION__",
    ];
    const folder = createScratch("partitions");
    const names = ["region", "day"];
    for (let id = 0; id < 60; id++) {
      const key = `${names.map((name) => `${name}=${encodeURIComponent(pick(texts))}`).join("/")}/${id}.csv`;
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), `id\n${id}\n`);
      s3.put("lake", key, `id\n${id}\n`);
    }
    const asked = spawnSync("python3", ["-c", oracle, folder, JSON.stringify(names)], { encoding: "utf8" });
    const { stdout } = await run("s3://lake/**", "--format", "ndjson");
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string | null>);
    const ours = rows
      .map((row) => [row["id"], row["region"], row["day"]])
      .toSorted((one, other) => Number(one[0]) - Number(other[0]));
    expect(asked.stderr).toBe("");
    const theirs = JSON.parse(asked.stdout) as Record<"duckdb" | "pyarrow", string[][]>;
    expect(ours).toHaveLength(60);
    expect(ours).toEqual(theirs.duckdb);
    expect(ours).toEqual(theirs.pyarrow.toSorted((one, other) => Number(one[0]) - Number(other[0])));
  },
);
