import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import * as fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { batchOfTexts } from "../../../src/readers/rows/batch.js";
import type { Column } from "../../../src/readers/rows/batch.js";
import { createRowEncoder } from "../../../src/readers/rows/formats.js";
import { createScratch } from "../../support/scratch.js";
import { requireTools } from "../../support/tools.js";

type Format = "parquet" | "arrow";
type Row = readonly (string | undefined)[];

async function encode(format: Format, columns: readonly Column[], batches: readonly (readonly Row[])[]) {
  const encoder = await createRowEncoder(format, columns);
  const parts = batches.map((rows) => Buffer.from(encoder.encode(batchOfTexts(columns.length, rows))));
  return Buffer.concat([...parts, encoder.finish()]);
}

async function decode(format: Format, bytes: Buffer): Promise<Record<string, unknown>[]> {
  if (format === "arrow") {
    return tableFromIPC(bytes)
      .toArray()
      .map((row: { toJSON(): Record<string, unknown> }) => row.toJSON());
  }
  const file = Uint8Array.from(bytes).buffer;
  const { gunzipSync } = await import("node:zlib");
  return parquetReadObjects({ file, compressors: { GZIP: (page) => gunzipSync(page) } });
}

const cell = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.constantFrom("", "a", "é", "\u0000"),
  fc.constant(undefined),
);
const table = fc
  .integer({ min: 1, max: 3 })
  .chain((width) =>
    fc.array(fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 30 }), { maxLength: 3 }),
  );

const types: readonly Column[] = [
  { name: "i", type: "integer" },
  { name: "n", type: "number" },
  { name: "b", type: "boolean" },
  { name: "d", type: "date" },
  { name: "t", type: "timestamp" },
  { name: "j", type: "json" },
  { name: "z", type: "text" },
];
const typedRows: readonly Row[] = [
  ["-900719925474099312", "1.25", "true", "2024-02-29", "2024-01-15T10:00:00.123456+02:00", '{"a":[1]}', undefined],
  [undefined, undefined, undefined, undefined, undefined, undefined, undefined],
  ["7", "-1e3", "false", "1969-12-31", "1969-12-31T23:59:59Z", "null", undefined],
];

describe.each(["parquet", "arrow"] as const)("rows as %s", (format) => {
  it("read back as the same text and nulls", async () => {
    await fc.assert(
      fc.asyncProperty(table, async (batches) => {
        const width = batches.flat()[0]?.length ?? 1;
        const columns = Array.from({ length: width }, (_, index): Column => ({ name: `c${index}`, type: "text" }));
        const found = await decode(format, await encode(format, columns, batches));
        const texts = found.map((row) => columns.map(({ name }) => row[name] ?? undefined));
        expect(texts).toEqual(batches.flat());
      }),
      { numRuns: 60 },
    );
  });

  it("keep many rows in order, across row groups", async () => {
    const rows = Array.from({ length: 150_000 }, (_, index): Row => [String(index), index % 3 === 0 ? undefined : "x"]);
    const columns: readonly Column[] = [
      { name: "k", type: "text" },
      { name: "v", type: "text" },
    ];
    const found = await decode(format, await encode(format, columns, [rows.slice(0, 70_001), rows.slice(70_001)]));
    expect(found.length).toBe(rows.length);
    expect(
      found.every((row, index) => row["k"] === String(index) && (row["v"] ?? undefined) === rows[index]?.[1]),
    ).toBe(true);
  });

  it("keep columns of few and of many different values, with and without nulls", async () => {
    const counts = [1, 2, 3, 5, 17, 300, 5000, 16_384, 16_385, 70_000];
    const columns = counts.map((count): Column => ({ name: String(count), type: "text" }));
    const rows = Array.from({ length: 70_000 }, (_, index): Row => {
      const mixed = Math.imul(index, 2_654_435_761) >>> 8;
      return counts.map((count) =>
        (mixed + count) % 5 === 0 ? undefined : `é ${mixed % count}`.repeat(1 + (count % 3)),
      );
    });
    const found = await decode(format, await encode(format, columns, [rows]));
    const wrong = found.findIndex((row, index) =>
      columns.some(({ name }, at) => (row[name] ?? undefined) !== rows[index]?.[at]),
    );
    expect({ wrong, rows: found.length }).toEqual({ wrong: -1, rows: rows.length });
  });

  it("take ten thousand columns within their bound of memory", async () => {
    const columns = Array.from({ length: 10_000 }, (_, index): Column => ({ name: `c${index}`, type: "text" }));
    const rows = [columns.map(({ name }) => name), columns.map(() => undefined)];
    const before = process.memoryUsage().arrayBuffers;
    const encoder = await createRowEncoder(format, columns);
    const parts = [Buffer.from(encoder.encode(batchOfTexts(columns.length, rows)))];
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1024 * 1024);
    parts.push(Buffer.from(encoder.finish()));
    const [first, second] = await decode(format, Buffer.concat(parts));
    expect([first?.["c0"], first?.["c9999"], second?.["c9999"] ?? undefined]).toEqual(["c0", "c9999", undefined]);
  });

  it("give integers, numbers, booleans, dates and timestamps their own types", async () => {
    const [first, second] = await decode(format, await encode(format, types, [typedRows]));
    expect(first).toMatchObject({ i: -900719925474099312n, n: 1.25, b: true, j: '{"a":[1]}' });
    expect(new Date(Number(first?.["t"])).getTime()).toBeCloseTo(Date.parse("2024-01-15T08:00:00.123Z"), -1);
    expect(Object.values(second ?? {}).every((value) => value == null)).toBe(true);
  });
});

describe("the footer of Parquet", () => {
  it("tells the least and the greatest value of each column, and how many are null", async () => {
    const rows: readonly Row[] = [
      ...typedRows,
      ["-3", "0", "true", "2030-01-01", "2020-01-01T00:00:00Z", "[]", undefined],
    ];
    const texts = [undefined, "b\u{10000}", "b\uffff", "b"];
    const columns: readonly Column[] = [...types, { name: "s", type: "text" }];
    const file = await encode("parquet", columns, [rows.map((row, index) => [...row, texts[index]])]);
    const { row_groups: groups } = parquetMetadata(Uint8Array.from(file).buffer);
    const told = groups[0]?.columns.map(({ meta_data: data }) => [
      data?.statistics?.min_value,
      data?.statistics?.max_value,
      data?.statistics?.null_count,
    ]);
    expect(told).toEqual([
      [-900719925474099312n, 7n, 1n],
      [-1000, 1.25, 1n],
      [false, true, 1n],
      [new Date("1969-12-31"), new Date("2030-01-01"), 1n],
      [new Date("1969-12-31T23:59:59Z"), new Date("2024-01-15T08:00:00.123Z"), 1n],
      ["[]", '{"a":[1]}', 1n],
      [undefined, undefined, 4n],
      ["b", "b\u{10000}", 1n],
    ]);
  });
});

/** As pyarrow reads a file of Parquet: types, rows of each group, bounds of each chunk, and the rows. */
const withPyarrow = `
import sys, json, pyarrow.parquet as pq
file = pq.ParquetFile(sys.argv[1])
table = file.read()
table.validate(full=True)
groups = []
for number in range(file.metadata.num_row_groups):
    group = file.metadata.row_group(number)
    stats = [group.column(index).statistics for index in range(group.num_columns)]
    groups.append([group.num_rows, [[str(s.min) if s.has_min_max else None, str(s.max) if s.has_min_max else None, s.null_count] for s in stats]])
print(json.dumps({"types": [f"{field.name} {field.type}" for field in table.schema], "groups": groups, "rows": table.num_rows}))
`;

const withDuckdb = `
import sys, json, duckdb
print(json.dumps(duckdb.sql(sys.argv[2].replace("FILE", f"'{sys.argv[1]}'")).fetchall()))
`;

describe.skipIf(!requireTools("Parquet files checked by pyarrow and DuckDB", "pyarrow", "duckdb"))("Parquet", () => {
  const askPython = (script: string, ...args: readonly string[]): unknown =>
    JSON.parse(execFileSync("python3", ["-c", script, ...args], { encoding: "utf8" }));

  it("has types, row groups and bounds that pyarrow takes as valid", async () => {
    const path = join(createScratch("columnar"), "typed.parquet");
    writeFileSync(path, await encode("parquet", types, [typedRows]));
    expect(askPython(withPyarrow, path)).toEqual({
      types: ["i int64", "n double", "b bool", "d date32[day]", "t timestamp[us, tz=UTC]", "j string", "z string"],
      groups: [
        [
          3,
          [
            ["-900719925474099312", "7", 1],
            ["-1000.0", "1.25", 1],
            ["False", "True", 1],
            ["1969-12-31", "2024-02-29", 1],
            ["1969-12-31 23:59:59+00:00", "2024-01-15 08:00:00.123456+00:00", 1],
            ["null", '{"a":[1]}', 1],
            [null, null, 3],
          ],
        ],
      ],
      rows: 3,
    });
  });

  it("has its columns when there are no rows", async () => {
    const path = join(createScratch("columnar"), "empty.parquet");
    writeFileSync(path, await encode("parquet", types.slice(0, 2), []));
    expect(askPython(withPyarrow, path)).toEqual({ types: ["i int64", "n double"], groups: [], rows: 0 });
    expect(askPython(withDuckdb, path, "select count(*) from FILE")).toEqual([[0]]);
  });

  it("is found by conditions on long texts, whose bounds are cut", async () => {
    const path = join(createScratch("columnar"), "long.parquet");
    const last = `${"é".repeat(100)}z`;
    const [column, text] = ["k", "v"].map((name): Column => ({ name, type: "text" })) as [Column, Column];
    const rows = Array.from({ length: 70_000 }, (_, row): Row => [
      row === 69_999 ? last : "\u{10ffff}".repeat(40),
      "x",
    ]);
    writeFileSync(path, await encode("parquet", [column, text], [rows]));
    const count = `select count(*) from FILE where k = '${last}' union all select count(*) from FILE where k > '${last}'`;
    expect(askPython(withDuckdb, path, count)).toEqual([[1], [69_999]]);
    const { groups } = askPython(withPyarrow, path) as { groups: [number, unknown[][]][] };
    expect(groups.map(([count]) => count)).toEqual([65_536, 4464]);
  });

  it("takes thousands of columns", async () => {
    const path = join(createScratch("columnar"), "wide.parquet");
    const columns = Array.from({ length: 3000 }, (_, index): Column => ({ name: `c${index}`, type: "text" }));
    writeFileSync(path, await encode("parquet", columns, [[columns.map(({ name }) => name)]]));
    expect(askPython(withDuckdb, path, "select c0, c2999 from FILE")).toEqual([["c0", "c2999"]]);
  });
});

const describeTypes = `
import sys, json, datetime
kind, path = sys.argv[1:]
if kind == "pandas-parquet":
    import pandas; rows = pandas.read_parquet(path, dtype_backend="pyarrow").to_dict("records")
elif kind == "pandas-arrow":
    import pandas; rows = pandas.read_feather(path, dtype_backend="pyarrow").to_dict("records")
elif kind == "polars-parquet":
    import polars; rows = polars.read_parquet(path).to_dicts()
elif kind == "polars-arrow":
    import polars; rows = polars.read_ipc(path).to_dicts()
elif kind == "duckdb-parquet":
    import duckdb; rows = duckdb.sql(f"select * from '{path}'").arrow().read_all().to_pylist()
else:
    import duckdb, pyarrow.feather; t = pyarrow.feather.read_table(path); rows = duckdb.sql("select * from t").arrow().read_all().to_pylist()
def plain(value):
    if isinstance(value, datetime.datetime): return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, datetime.date): return value.isoformat()
    return None if value is None or value != value or str(value) in ("NaT", "<NA>") else value
print(json.dumps([{k: plain(v) for k, v in row.items()} for row in rows]))
`;

describe.skipIf(!requireTools("Parquet and Arrow files opened elsewhere", "pandas", "polars", "duckdb", "pyarrow"))(
  "columnar files open in",
  () => {
    it.each([
      ["pandas", "parquet"],
      ["pandas", "arrow"],
      ["polars", "parquet"],
      ["polars", "arrow"],
      ["duckdb", "parquet"],
      ["duckdb", "arrow"],
    ] as const)("%s: %s", async (reader, format) => {
      const path = join(createScratch("columnar"), `rows.${format}`);
      writeFileSync(path, await encode(format, types, [typedRows]));
      const text = execFileSync("python3", ["-c", describeTypes, `${reader}-${format}`, path], { encoding: "utf8" });
      const [first, second, third] = JSON.parse(text) as Record<string, unknown>[];
      expect(text).toContain("-900719925474099312");
      expect(first).toMatchObject({
        n: 1.25,
        b: true,
        d: "2024-02-29",
        t: "2024-01-15T08:00:00.123456+00:00",
        j: '{"a":[1]}',
      });
      expect(Object.values(second ?? {}).every((value) => value === null)).toBe(true);
      expect(third).toMatchObject({ i: 7, n: -1000, b: false, d: "1969-12-31", t: "1969-12-31T23:59:59+00:00" });
    });
  },
);
