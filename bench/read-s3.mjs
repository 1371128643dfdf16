// Compares read-s3 with the tools that people use for the same job, on one machine in one run, and prints ratios.
//
//   node build.mjs && node bench/read-s3.mjs [MIB [ROUNDS]]        default 1024 MiB of CSV, once; 4096 shows that memory stays
//
// In each round everything runs once, so that whatever else the machine does falls on all; the least of the rounds counts.
// The peers read local files, which favours them: read-s3 fetches the archive from a server on the loopback interface.
// Peers that are not installed are left out with a note: python3 with pandas, duckdb and polars, unzip, and
// @duckdb/node-api, which is looked for from the working directory.
//
// Each peer is used as its manual has it for input of any size: all columns as text, as read-s3 reads them; pandas in chunks,
// by its own parser, since the pyarrow one reads neither in chunks nor line breaks inside fields; DuckDB and polars with all
// cores. Neither of those reads ZIP, so they come with unzip before them, and once more without it, for comparison.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [mib = 1024, rounds = 1] = process.argv.slice(2).map(Number);
const here = fileURLToPath(new URL(".", import.meta.url));
const executable = join(here, "../dist/rolesanywhere-ts.cjs");
const folder = process.env["BENCH_FOLDER"] ?? mkdtempSync(join(tmpdir(), "bench-read-s3-"));
const csv = join(folder, `bench-${mib}.csv`);
const zip = join(folder, `bench-${mib}.zip`);
const python = (code) => ["python3", "-c", code];

if (!existsSync(zip)) await makeArchive();
const csvBytes = statSync(csv).size;
const server = spawn(process.execPath, [join(here, "s3-file-server.mjs"), folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
const url = await new Promise((resolve) => server.stdout.once("data", (data) => resolve(String(data).trim())));
const readS3 = (...flags) => [
  process.execPath,
  executable,
  "read-s3",
  `s3://bench/bench-${mib}.zip`,
  "--progress",
  "log",
  ...flags,
];

/** @param {"duckdb" | "polars"} module @param {string} input */
const ndjson = (module, input) =>
  module === "duckdb"
    ? `import duckdb; duckdb.sql("copy (select * from read_csv('${input}', all_varchar=true)) to '/dev/null' (format json)")`
    : `import polars; polars.scan_csv('${input}', infer_schema=False).sink_ndjson('/dev/null')`;
const unzipped = join(folder, "unzipped.csv");
/** @param {"duckdb" | "polars"} module */
const afterUnzip = (module) => [
  "sh",
  "-c",
  'unzip -p "$0" > "$1" && python3 -c "$2"; status=$?; rm -f "$1"; exit $status',
  zip,
  unzipped,
  ndjson(module, unzipped),
];
const pandas = `import pandas
with open('/dev/null', 'w') as f:
  for chunk in pandas.read_csv('${zip}', dtype=str, keep_default_na=False, chunksize=100000):
    chunk.to_json(f, orient='records', lines=True)`;
/** @type {[task: string, name: string, needs: string[], command: string[]][]} */
const runs = [
  ["NDJSON", "read-s3", [], readS3("--format", "ndjson")],
  ["NDJSON", "pandas, chunks", ["pandas"], python(pandas)],
  [
    "NDJSON",
    "DuckDB from unzip -p",
    ["duckdb", "unzip"],
    ["sh", "-c", 'unzip -p "$0" | python3 -c "$1"', zip, ndjson("duckdb", "/dev/stdin")],
  ],
  ["NDJSON", "DuckDB after unzip", ["duckdb", "unzip"], afterUnzip("duckdb")],
  ["NDJSON", "DuckDB, no ZIP", ["duckdb"], python(ndjson("duckdb", csv))],
  ["NDJSON", "polars after unzip", ["polars", "unzip"], afterUnzip("polars")],
  ["NDJSON", "polars, no ZIP", ["polars"], python(ndjson("polars", csv))],
  ["raw", "read-s3", [], readS3("--raw")],
  ["raw", "unzip -p", ["unzip"], ["unzip", "-p", zip]],
  ["CSV", "read-s3", [], readS3("--format", "csv")],
  ["Parquet", "read-s3", [], readS3("--format", "parquet")],
  [
    "Parquet",
    "DuckDB's appender, 500,000 rows",
    ["@duckdb/node-api"],
    [process.execPath, join(here, "duckdb-appender.mjs"), csv],
  ],
  ["Arrow", "read-s3", [], readS3("--format", "arrow")],
];

const versions = describeVersions();
const results = new Map();
try {
  for (let round = 0; round < rounds; round++) {
    for (const [task, name, needs, command] of runs) {
      if (!needs.every((need) => versions[need] !== undefined)) continue;
      const key = `${task} ${name}`;
      results.set(key, bestOf(results.get(key), measure(command)));
    }
  }
} finally {
  server.kill();
  if (process.env["BENCH_FOLDER"] === undefined) rmSync(folder, { recursive: true });
}
console.log(
  `${mib} MiB, ${rounds} ${rounds === 1 ? "round" : "rounds"}, ${availableParallelism()} cores;`,
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version ?? "not installed"}`)
    .join(", "),
);
console.table(
  runs.map(([task, name]) => {
    const result = results.get(`${task} ${name}`);
    return result === undefined ? { task, name, seconds: "not installed" } : describe(task, name, result);
  }),
);

function describe(task, name, result) {
  const own = results.get(`${task} read-s3`);
  const row = {
    task,
    name,
    seconds: result.seconds.toFixed(2),
    "CPU seconds": result.cpuSeconds?.toFixed(2),
    "MB/s": (csvBytes / 1e6 / result.seconds).toFixed(0),
    "rows/s": result.rowsPerSecond,
    "peak MiB": result.peakMib,
  };
  if (own === result) return row;
  const times = task === "Parquet" ? own.rowsPerSecond / result.rowsPerSecond : result.seconds / own.seconds;
  return {
    ...row,
    "read-s3 is faster by": times.toFixed(2),
    "takes less CPU by": task === "Parquet" ? undefined : (result.cpuSeconds / own.cpuSeconds).toFixed(2),
  };
}

function bestOf(one, other) {
  if (one === undefined) return other;
  return {
    seconds: Math.min(one.seconds, other.seconds),
    cpuSeconds: Math.min(one.cpuSeconds, other.cpuSeconds),
    rowsPerSecond: other.rowsPerSecond && Math.max(one.rowsPerSecond, other.rowsPerSecond),
    peakMib: Math.max(one.peakMib, other.peakMib),
  };
}

/** Runs a command with its output thrown away. */
function measure(command) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_REGION: "us-east-1",
  };
  const timed = existsSync("/usr/bin/time") ? ["/usr/bin/time", "-f", "peak %M cpu %U %S", ...command] : command;
  const started = performance.now();
  const { status, stderr } = spawnSync(timed[0], timed.slice(1), {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${command.join(" ")} failed: ${stderr}`);
  const [, peak, user, system] = /peak (\d+) cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  // read-s3 counts the rows in its summary; the appender's script tells its own rate, without the parsing before it.
  const counted = /([\d,]+) rows,/.exec(stderr)?.[1]?.replaceAll(",", "");
  const rate = /(\d+) rows\/s/.exec(stderr)?.[1];
  const rowsPerSecond =
    rate !== undefined ? Number(rate) : counted !== undefined ? Math.round(Number(counted) / seconds) : undefined;
  // On a busy machine the CPU time says more than the clock.
  const cpuSeconds = user === undefined ? undefined : Number(user) + Number(system);
  return {
    seconds,
    cpuSeconds,
    rowsPerSecond,
    peakMib: peak === undefined ? undefined : Math.round(Number(peak) / 1024),
  };
}

/** The version of every program that takes part; undefined for one that is not there. */
function describeVersions() {
  const answer = (command, ...words) => {
    const { status, stdout } = spawnSync(command, words, { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  const module = (name) => answer("python3", "-c", `import ${name}; print(${name}.__version__)`);
  return {
    node: process.versions.node,
    pandas: module("pandas"),
    duckdb: module("duckdb"),
    polars: module("polars"),
    unzip: /UnZip ([\d.]+)/.exec(answer("unzip", "-v") ?? "")?.[1],
    "@duckdb/node-api": duckdbNode(),
  };
}

function duckdbNode() {
  try {
    const { version } = createRequire(`${process.cwd()}/`)("@duckdb/node-api/package.json");
    return version;
  } catch {
    return undefined;
  }
}

/** Rows as reports have them: numbers, dates, quoted text with commas, doubled quotes and line breaks, UTF-8. */
async function makeArchive() {
  const words = "alpha beta gamma delta epsilon zeta eta theta iota kappa Zürich São Paulo naïve façade 東京".split(
    " ",
  );
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;
  const word = () => words[Math.floor(random() * words.length)];
  const out = createWriteStream(csv);
  out.write("id,external_id,name,amount,currency,created_at,note,reason\r\n");
  for (let id = 1, written = 0; written < mib * 1024 * 1024;) {
    let block = "";
    for (let row = 0; row < 5000; row++, id++) {
      const kind = random();
      const note =
        kind < 0.1 ? `"said ""${word()}"", then\nleft"` : kind < 0.4 ? `"${word()}, ${word()}"` : `${word()} ${word()}`;
      const externalId = Math.floor(random() * 2 ** 48).toString(16);
      block += `${id},${externalId},${word()} ${word()},${(random() * 10_000).toFixed(2)},EUR,2024-01-15T12:${10 + (id % 50)}:00Z,${note},${random() < 0.2 ? "" : `code ${id % 100}`}\r\n`;
    }
    written += Buffer.byteLength(block);
    if (!out.write(block)) await new Promise((resolve) => out.once("drain", resolve));
  }
  await new Promise((resolve) => out.end(resolve));
  const { status } = spawnSync("python3", [
    "-c",
    `import zipfile\nwith zipfile.ZipFile('${zip}','w',zipfile.ZIP_DEFLATED) as z: z.write('${csv}','bench.csv')`,
  ]);
  if (status !== 0) throw new Error("python3 is needed to make the archive");
}
