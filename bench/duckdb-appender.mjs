// DuckDB's appender, fed row by row from CSV, then a copy to Parquet: the peer of read-s3 --format parquet.
import { createReadStream, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { parse } = createRequire(import.meta.url)("csv-parse");
const { DuckDBInstance } = createRequire(`${process.cwd()}/`)("@duckdb/node-api");
const [path, maxRows = "500000"] = process.argv.slice(2);
const target = join(tmpdir(), `bench-appender-${process.pid}.parquet`);

// The rows are parsed beforehand, so that only the appender and the copy are measured.
const records = [];
for await (const record of createReadStream(path).pipe(parse({ to: Number(maxRows) + 1 }))) records.push(record);
const [header, ...rows] = records;
const started = performance.now();
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run(`create table rows (${header.map((name) => `"${name}" varchar`).join(", ")})`);
const appender = await connection.createAppender("rows");
for (const row of rows) {
  for (const cell of row) appender.appendVarchar(cell);
  appender.endRow();
}
appender.closeSync();
await connection.run(`copy rows to '${target}' (format parquet, compression zstd)`);
const seconds = (performance.now() - started) / 1000;
rmSync(target);
console.error(`${Math.round(rows.length / seconds)} rows/s`);
