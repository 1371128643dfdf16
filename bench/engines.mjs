// Compares the scripts of examples/engines with read-s3 for one question, the sum of a column by another, in one run.
//
//   node build.mjs && node bench/engines.mjs [MIB [ROUNDS]]        default 100 MiB of CSV in 8 files, 3 rounds; medians
//
// In each round everything runs once, so that whatever else the machine does falls on all. read-s3 fetches a ZIP archive of the
// same files from a server on the loopback interface; the engines read local files, with and without unzip before them.
// ROLESANYWHERE_TS_ENGINES names the folder of engines that install_engines in .ci/run makes.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [mib = 100, rounds = 3] = process.argv.slice(2).map(Number);
const engines = process.env["ROLESANYWHERE_TS_ENGINES"] ?? "";
const here = fileURLToPath(new URL(".", import.meta.url));
const example = (name) => join(here, "../examples/engines", name);
const executable = join(here, "../dist/rolesanywhere-ts.cjs");
const folder = mkdtempSync(join(tmpdir(), "bench-engines-"));
const [csv, unzipped, target] = ["csv", "unzipped", "target"].map((name) => join(folder, name));
const archive = join(folder, "orders.zip");

const data = `
import os, sys, zipfile
folder, archive, size = sys.argv[1], sys.argv[2], int(sys.argv[3]) << 17
states = ["open", "paid", "sent", "held", "lost"]
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as members:
    row = 0
    for part in range(8):
        path = f"{folder}/part-{part}.csv"
        with open(path, "w") as file:
            file.write("id,state,amount,note\\n")
            while file.tell() < size:
                block = []
                for row in range(row + 1, row + 20001):
                    mixed = row * 2654435761 % 4294967296
                    block.append(f"{row},{states[mixed % 5]},{mixed % 100000},delivery {mixed:x} to gate {mixed % 977} by noon; ring {mixed % 31} times\\n")
                file.write("".join(block))
        members.write(path, os.path.basename(path))
`;
const python = (script, ...words) => ["python3", script, ...words];
const spark = (source) => [
  join(engines, "spark/pyspark/bin/spark-submit"),
  "--master",
  `local[${availableParallelism()}]`,
  "--conf",
  "spark.ui.enabled=false",
  example("spark_totals.py"),
  source,
  target,
];
const afterUnzip = (command) => ["sh", "-c", 'unzip -qo "$0" -d "$1" && shift && "$@"', archive, unzipped, ...command];
const sum = `import duckdb; print(duckdb.execute("select state, sum(amount) from read_csv('/dev/stdin') group by state").fetchall())`;
const readS3 = [process.execPath, executable, "read-s3", "s3://bench/orders.zip", "--progress", "none"];
/** @type {[input: string, name: string, command: string[]][]} */
const runs = [
  [
    "ZIP",
    "read-s3 | DuckDB",
    ["sh", "-c", 'sum=$1; shift; "$@" --columns state,amount | python3 -c "$sum"', "sh", sum, ...readS3],
  ],
  [
    "ZIP",
    "read-s3 to Parquet",
    [...readS3, "--types", "id:integer,amount:integer", "--output", join(folder, "orders.parquet")],
  ],
  ["ZIP", "unzip, polars", afterUnzip(python(example("polars_totals.py"), `${unzipped}/*.csv`, `${target}.parquet`))],
  ["ZIP", "unzip, DuckDB", afterUnzip(python(example("duckdb_totals.py"), `${unzipped}/*.csv`, `${target}.parquet`))],
  ["ZIP", "unzip, Spark", afterUnzip(spark(unzipped))],
  ["CSV", "polars", python(example("polars_totals.py"), `${csv}/*.csv`, `${target}.parquet`)],
  ["CSV", "DuckDB", python(example("duckdb_totals.py"), `${csv}/*.csv`, `${target}.parquet`)],
  ["CSV", "Dask", python(example("dask_totals.py"), `${csv}/*.csv`, target)],
  ["CSV", "Spark", spark(csv)],
];

mkdirSync(csv);
mkdirSync(unzipped);
const made = spawnSync("python3", ["-c", data, csv, archive, String(mib)], { stdio: "inherit" });
if (made.status !== 0) throw new Error("the data could not be made");
const server = spawn(process.execPath, [join(here, "s3-file-server.mjs"), folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
const url = await new Promise((resolve) => server.stdout.once("data", (text) => resolve(String(text).trim())));
const results = new Map(runs.map(([input, name]) => [`${input} ${name}`, []]));
try {
  for (let round = 0; round < rounds; round++) {
    for (const [input, name, command] of runs) results.get(`${input} ${name}`)?.push(measure(command));
  }
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
console.log(`${mib} MiB, medians of ${rounds}, ${availableParallelism()} cores, Node.js ${process.versions.node}`);
console.table(
  runs.map(([input, name]) => {
    const of = (member) => median((results.get(`${input} ${name}`) ?? []).map((result) => result[member]));
    return {
      input,
      name,
      seconds: of("seconds").toFixed(1),
      "CPU seconds": of("cpuSeconds").toFixed(1),
      "peak MiB of a process": of("peakMib").toFixed(0),
    };
  }),
);

function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function measure(command) {
  const env = {
    ...process.env,
    PYTHONPATH: `${join(engines, "python")}:${join(engines, "spark")}`,
    SPARK_LOCAL_IP: "127.0.0.1",
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_REGION: "us-east-1",
  };
  const started = performance.now();
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "peak %M cpu %U %S", ...command], {
    env,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command.join(" ")} failed: ${stderr.slice(-2000)}`);
  const [, peak, user, system] = /peak (\d+) cpu ([\d.]+) ([\d.]+)\n$/.exec(stderr) ?? [];
  return {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: Number(user) + Number(system),
    peakMib: Number(peak) / 1024,
  };
}
