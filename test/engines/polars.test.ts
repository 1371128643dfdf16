import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  expectedTotals,
  orderFiles,
  orderPath,
  readTotals,
  runExample,
  startEngineAccount,
} from "../support/engine-account.js";
import type { EngineAccount } from "../support/engine-account.js";
import { expectRenewed } from "../support/renewed-job.js";
import { requireTools } from "../support/tools.js";

const runs = requireTools(
  "polars and delta-rs with an endpoint",
  "polars of the engines",
  "delta-rs of the engines",
  "moto",
);

describe.skipIf(!runs)("with the endpoint of serve", { timeout: 700_000 }, () => {
  let account: EngineAccount;
  beforeAll(async () => {
    account = await startEngineAccount();
  });
  afterAll(() => account.stop());

  it("polars goes on when its session ends", async () => {
    await expectRenewed(account, "polars", () =>
      runExample("polars_totals.py", ["s3://acme/orders/*.csv", "s3://acme/polars/totals.parquet"], account.endpoint),
    );
    expect(await readTotals(account, "polars/")).toEqual(expectedTotals);
  });

  it("delta-rs goes on when its session ends", async () => {
    const files = Array.from({ length: orderFiles }, (_, file) => `s3:/${orderPath(file)}`);
    const env = { ...account.endpoint, AWS_ALLOW_HTTP: "true" };
    const { stdout } = await expectRenewed(account, "delta-rs", () =>
      runExample("delta_totals.py", ["s3://acme/delta/orders", ...files], env),
    );
    const totals = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    expect(Object.fromEntries(totals.map(([state, amount]) => [state, Number(amount)]))).toEqual(expectedTotals);
  });
});
