import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { orderFiles, ordersCount, startEngineAccount } from "../support/engine-account.js";
import type { EngineAccount } from "../support/engine-account.js";
import { expectRenewed } from "../support/renewed-job.js";
import { programWords, runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));

/** All small objects are asked for at once, so the session ends between listing and reading them. */
const listing = "/acme";

/** The words under `args:`, without comments; quotes are JSON's. */
function argumentsIn(yaml: string): string[] {
  const [, block = ""] = /^ +args:\n((?: +(?:- |#).+\n)+)/m.exec(yaml) ?? [];
  return [...block.matchAll(/^ +- (.+)$/gm)].map(([, word = ""]) =>
    word.startsWith('"') ? (JSON.parse(word) as string) : word,
  );
}

/** The first that failed, or any. */
const worstOf = (results: readonly CliResult[]) => results.find(({ status }) => status !== 0) ?? results[0]!;

describe.skipIf(!requireTools("read-s3 in an Indexed Job and a Slurm array", "moto", "polars", "bash"))(
  "read-s3 on many machines",
  { timeout: 300_000 },
  () => {
    let account: EngineAccount;
    beforeAll(async () => {
      account = await startEngineAccount();
    });
    afterAll(() => account.stop());

    async function expectEveryOrderOnce(prefix: string, files: number): Promise<void> {
      const keys = (await account.s3.list("acme")).filter((key) => key.startsWith(prefix));
      expect(keys).toHaveLength(files);
      const folder = createScratch("tables");
      for (const [index, key] of keys.entries()) {
        writeFileSync(join(folder, `orders-${index}.parquet`), await account.s3.get(`acme/${key}`));
      }
      const program = "import json, sys, polars; print(json.dumps(polars.read_parquet(sys.argv[1])['id'].to_list()))";
      const { stdout, stderr } = await runProgram("python3", ["-c", program, join(folder, "orders-*.parquet")], {
        env: account.endpoint,
      });
      const ids = JSON.parse(stdout || stderr) as readonly number[];
      expect(ids).toHaveLength(ordersCount);
      expect(new Set(ids).size).toBe(ordersCount);
    }

    it("the pods of kubernetes/read-s3-job.yaml read every row once, and go on when their sessions end", async () => {
      const manifest = readFileSync(example("kubernetes/read-s3-job.yaml"), "utf8");
      const completions = Number(/completions: (\d+)/.exec(manifest)?.[1]);
      expect(orderFiles).toBeGreaterThan(2 * completions);
      const [program, ...words] = argumentsIn(manifest);
      expect(program).toBe("/usr/local/bin/rolesanywhere-ts");
      expect(words).toContain(`auto/${completions}`);
      const runPod = (index: string) =>
        runCli(
          // As the kubelet expands them.
          words.map((word) => word.replace("$(JOB_COMPLETION_INDEX)", index)),
          { env: { ...account.certificate, JOB_COMPLETION_INDEX: index }, timeoutMs: 240_000 },
        );
      const indexes = Array.from({ length: completions }, (_, index) => String(index));
      const job = async () => worstOf(await Promise.all(indexes.map(runPod)));
      await expectRenewed(account, "Indexed Job", job, listing);
      await expectEveryOrderOnce("tables/", completions);
    });

    it("the tasks of engines/slurm_orders.sh read every row once, and go on when their sessions end", async () => {
      const script = example("engines/slurm_orders.sh");
      const [, from = "", to = ""] = /^#SBATCH --array=(\d+)-(\d+)$/m.exec(readFileSync(script, "utf8")) ?? [];
      const [first, last] = [Number(from), Number(to)];
      const runTask = (id: number) =>
        runProgram("bash", [script, "s3://acme/orders/*.csv", "s3://acme/slurm"], {
          env: {
            ...account.profile,
            PATH: `${programFolder()}:${process.env["PATH"]}`,
            SLURM_ARRAY_TASK_ID: String(id),
            SLURM_ARRAY_TASK_MIN: from,
            SLURM_ARRAY_TASK_COUNT: String(last - first + 1),
          },
          timeoutMs: 240_000,
        });
      const ids = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      await expectRenewed(
        account,
        "Slurm job array",
        async () => worstOf(await Promise.all(ids.map(runTask))),
        listing,
      );
      await expectEveryOrderOnce("slurm/", ids.length);
    });
  },
);

/** A folder for PATH where the program has its name. */
function programFolder(): string {
  const folder = createScratch("bin");
  const [program, ...words] = programWords();
  const target = join(folder, "rolesanywhere-ts");
  if (words.length === 0) symlinkSync(program, target);
  else writeFileSync(target, `#!/bin/sh\nexec '${[program, ...words].join("' '")}' "$@"\n`, { mode: 0o755 });
  return folder;
}
