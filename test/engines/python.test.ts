import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectedTotals, readTotals, runExample, startEngineAccount } from "../support/engine-account.js";
import type { EngineAccount } from "../support/engine-account.js";
import { expectRenewed } from "../support/renewed-job.js";
import { requireTools } from "../support/tools.js";

const runs = requireTools("Dask and DuckDB through s3fs", "dask of the engines", "duckdb of the engines", "moto");

describe.skipIf(!runs)("through s3fs", { timeout: 700_000 }, () => {
  let account: EngineAccount;
  beforeAll(async () => {
    account = await startEngineAccount();
  });
  afterAll(() => account.stop());

  it.each([
    ["Dask", "dask_totals.py", "profile", "dask-profile/"],
    ["DuckDB", "duckdb_totals.py", "profile", "duckdb-profile/totals.parquet"],
    ["DuckDB", "duckdb_totals.py", "endpoint", "duckdb-endpoint/totals.parquet"],
  ] as const)("%s (%s) goes on when a session of the %s ends", async (engine, script, source, target) => {
    await expectRenewed(account, `${engine}, ${source}`, () =>
      runExample(script, ["s3://acme/orders/*.csv", `s3://acme/${target}`], account[source]),
    );
    expect(await readTotals(account, target)).toEqual(expectedTotals);
  });
});
