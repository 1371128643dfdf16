import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enginesFolder, expectedTotals, readTotals, startEngineAccount } from "../support/engine-account.js";
import type { EngineAccount } from "../support/engine-account.js";
import { expectRenewed } from "../support/renewed-job.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const runs = requireTools("Spark with a profile and an endpoint", "spark of the engines", "java", "moto");
const example = (name: string) => fileURLToPath(new URL(`../../examples/engines/${name}`, import.meta.url));

describe.skipIf(!runs)("Spark, with two executors in processes of their own", { timeout: 700_000 }, () => {
  let account: EngineAccount;
  beforeAll(async () => {
    account = await startEngineAccount();
  });
  afterAll(() => account.stop());

  it.each(["profile", "endpoint"] as const)("goes on when a session of the %s ends", async (source) => {
    const jars = join(enginesFolder, "jars");
    const classPath = readdirSync(jars)
      .map((name) => join(jars, name))
      .join(":");
    const settings = Object.entries({
      // What --packages would fetch.
      "driver.extraClassPath": classPath,
      "executor.extraClassPath": classPath,
      "hadoop.fs.s3a.endpoint": account.s3.url,
      "hadoop.fs.s3a.path.style.access": "true",
      "sql.shuffle.partitions": "2",
      "ui.enabled": "false",
      ...(source === "profile"
        ? {}
        : Object.fromEntries(Object.entries(account.endpoint).map(([name, value]) => [`executorEnv.${name}`, value]))),
    }).flatMap(([name, value]) => ["--conf", `spark.${name}=${value}`]);
    const options = ["--master", "local-cluster[2,1,1024]", "--properties-file", example(`spark-${source}.conf`)];
    const job = [example("spark_totals.py"), "s3a://acme/orders/", `s3a://acme/spark-${source}/`];
    const env = {
      ...account[source],
      PYTHONPATH: join(enginesFolder, "spark"),
      SPARK_LOCAL_IP: "127.0.0.1",
      SPARK_HOME: join(enginesFolder, "spark", "pyspark"),
    };
    const submit = join(enginesFolder, "spark", "pyspark", "bin", "spark-submit");
    // Executors keep their logs below the working folder.
    const cwd = createScratch("spark");
    await expectRenewed(account, `Spark, ${source}`, () =>
      runProgram(submit, [...options, ...settings, ...job], { env, cwd, timeoutMs: 600_000 }),
    );
    expect(await readTotals(account, `spark-${source}/`)).toEqual(expectedTotals);
  });
});
