import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enginesFolder, orderPath, startEngineAccount } from "../support/engine-account.js";
import type { EngineAccount } from "../support/engine-account.js";
import { runProgram } from "../support/run-program.js";
import { requireTools } from "../support/tools.js";

const page = readFileSync(fileURLToPath(new URL("../../docs/engines.md", import.meta.url)), "utf8");

/** Loads the extensions from the packages that carry them, makes the secret of the page for moto, and runs statements. */
const program = `
import os, sys, duckdb, duckdb_extension_aws, duckdb_extension_httpfs
database = duckdb.connect()
for package, name in ((duckdb_extension_httpfs, "httpfs"), (duckdb_extension_aws, "aws")):
    folder = os.path.join(os.path.dirname(package.__file__), "extensions", "v" + duckdb.__version__)
    database.execute(f"LOAD '{folder}/{name}.duckdb_extension'")
endpoint = os.environ["AWS_ENDPOINT_URL_S3"].removeprefix("http://")
database.execute(sys.argv[1].replace(")", f", ENDPOINT '{endpoint}', USE_SSL false, URL_STYLE 'path')"))
for source in sys.argv[2:]:
    print(database.execute("SELECT count(*) FROM read_csv(?)", [source]).fetchone()[0], flush=True)
`;

const runs = requireTools("DuckDB's httpfs", "duckdb of the engines", "httpfs of the engines", "moto");

describe.skipIf(!runs)("httpfs of DuckDB, as docs/engines.md has it", { timeout: 300_000 }, () => {
  let account: EngineAccount;
  beforeAll(async () => {
    account = await startEngineAccount();
  });
  afterAll(() => account.stop());

  const [secret = ""] = /^CREATE OR REPLACE SECRET .+(?=;$)/m.exec(page) ?? [];
  const run = (source: "profile" | "endpoint", ...files: readonly string[]) =>
    runProgram("python3", ["-c", program, secret, ...files], {
      env: { ...account[source], PYTHONPATH: join(enginesFolder, "python") },
      timeoutMs: 240_000,
    });

  it.each(["profile", "endpoint"] as const)(
    "asks the %s again when a session has ended before a statement",
    async (source) => {
      const first = account.s3.requests.length;
      const hold = account.s3.holdUntilSessionEnds(({ method, path }) => method === "GET" && path === orderPath(0));
      const { stdout, stderr } = await run(source, ...[0, 1, 2].map((file) => `s3:/${orderPath(file)}`));
      expect({ stdout, stderr }).toEqual({ stdout: "1000\n1000\n1000\n", stderr: "" });
      const keys = new Set(account.s3.requests.slice(first).map(({ accessKeyId }) => accessKeyId));
      expect(keys.size).toBeGreaterThan(1);
      expect(hold.requestsAfter?.at(-1)?.accessKeyId).not.toBe(hold.accessKeyId);
      console.log(`DuckDB's httpfs, ${source}: ${keys.size} sessions`);
    },
  );

  it("ends a statement in which the session ends, with the error that the page shows", async () => {
    // More files than DuckDB looks into before it starts.
    for (let file = 10; file < 40; file++) await account.s3.put(`acme/many/${file}.csv`, "id\n1\n");
    account.s3.holdUntilSessionEnds(({ method, path }) => method === "GET" && path === "/acme/many/30.csv");
    const { stderr, status } = await run("endpoint", "s3://acme/many/*.csv");
    expect(status).toBe(1);
    expect(page).toContain("(HTTP 400 Bad Request)\nExpiredToken: ");
    expect(stderr.replace(/\n\n/, "\n")).toContain("(HTTP 400 Bad Request)\nExpiredToken: ");
  });
});
