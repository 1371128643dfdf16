import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./run-program.js";
import { pythonEnvironment, startCli } from "./run-cli.js";
import type { CliResult } from "./run-cli.js";
import { createScratch } from "./scratch.js";
import { environmentName } from "../../src/message.js";
import { startCheckedS3 } from "./checked-s3.js";
import type { CheckedS3 } from "./checked-s3.js";
import { startEmulatorAccount } from "./emulator-account.js";
import type { EmulatorAccount } from "./emulator-account.js";
import { readServed } from "./served.js";

/** `serve` renews in the last third, and no engine keeps a session closer to its end than that. */
const sessionSeconds = 24;
const rowsPerFile = 1000;
const states = ["open", "paid", "sent"] as const;

/** What a job of examples/engines needs: sessions that end while it runs, and orders in a bucket of S3. */
export interface EngineAccount {
  readonly emulator: EmulatorAccount;
  readonly s3: CheckedS3;
  /** Environment in which `AWS_PROFILE` gives sessions by `credential_process`. */
  readonly profile: Readonly<Record<string, string>>;
  /** Environment with the settings of the same certificate, for this program. */
  readonly certificate: Readonly<Record<string, string>>;
  /** Environment of the container endpoint of a running `serve`. */
  readonly endpoint: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export const orderFiles = 12;
export const ordersCount = orderFiles * rowsPerFile;
/** `/acme/orders/part-05.csv` */
export const orderPath = (file: number) => `/acme/orders/part-${String(file).padStart(2, "0")}.csv`;

/** The sum of `amount` by `state` over all orders. */
export const expectedTotals: Readonly<Record<string, number>> = Object.fromEntries(
  states.map((state) => [
    state,
    allOrders()
      .filter((order) => order.state === state)
      .reduce((sum, order) => sum + order.amount, 0),
  ]),
);

export async function startEngineAccount(): Promise<EngineAccount> {
  const emulator = await startEmulatorAccount();
  emulator.updateState((state) => ({
    ...state,
    profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: sessionSeconds })),
  }));
  const s3 = await startCheckedS3(emulator.folder);
  await s3.createBucket("acme");
  const rows = allOrders().map(({ id, state, amount }) => `${id},${state},${amount}\n`);
  for (let file = 0; file < orderFiles; file++) {
    const body = rows.slice(file * rowsPerFile, (file + 1) * rowsPerFile).join("");
    await s3.put(orderPath(file).slice(1), `id,state,amount\n${body}`);
  }
  // The profile that the examples name.
  const [single = ""] = /^\[profile single\]\n(?:.+\n)+/m.exec(readFileSync(emulator.configFile, "utf8")) ?? [];
  const configFile = join(createScratch("config"), "config");
  writeFileSync(configFile, single.replace("single", "analytics"));
  const server = startCli(["serve", "--settings-profile", "single", "--port", "0"], { env: emulator.variables });
  const { url, tokenFile } = await readServed(server);
  const shared = { ...pythonEnvironment(), AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_S3: s3.url };
  return {
    emulator,
    s3,
    profile: { ...shared, ...emulator.variables, AWS_CONFIG_FILE: configFile, AWS_PROFILE: "analytics" },
    certificate: { ...shared, ...emulator.variables, ...toVariables(emulator.flags) },
    endpoint: {
      ...shared,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    },
    async stop() {
      await server.stop();
      await s3.close();
      await emulator.stop();
    },
  };
}

function toVariables(flags: readonly string[]): Record<string, string> {
  const names = flags.flatMap((word, index) => (index % 2 === 0 ? [word.slice(2)] : []));
  return Object.fromEntries(names.map((name, index) => [environmentName(name), flags[2 * index + 1] ?? ""]));
}

/** The folder where `.ci/run` installs engines; the tests are skipped without. */
export const enginesFolder = process.env["ROLESANYWHERE_TS_ENGINES"] ?? "";

/** Runs a Python script of examples/engines. */
export function runExample(name: string, words: readonly string[], env: EngineAccount["profile"]): Promise<CliResult> {
  const script = fileURLToPath(new URL(`../../examples/engines/${name}`, import.meta.url));
  const PYTHONPATH = join(enginesFolder, "python");
  return runProgram("python3", [script, ...words], { env: { ...env, PYTHONPATH }, timeoutMs: 600_000 });
}

/** Reads the totals that a job wrote to `s3://acme/PREFIX`. */
export async function readTotals({ s3, profile }: EngineAccount, prefix: string): Promise<unknown> {
  const folder = createScratch("totals");
  for (const [index, key] of (await s3.list("acme")).entries()) {
    if (!key.startsWith(prefix) || !key.endsWith(".parquet")) continue;
    writeFileSync(join(folder, `${index}.parquet`), await s3.get(`acme/${key}`));
  }
  const program = "import json, sys, polars; print(json.dumps(dict(polars.read_parquet(sys.argv[1]).iter_rows())))";
  const env = { ...profile, PYTHONPATH: join(enginesFolder, "python") };
  const { stdout, stderr, status } = await runProgram("python3", ["-c", program, join(folder, "*.parquet")], { env });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function allOrders(): readonly { readonly id: number; readonly state: string; readonly amount: number }[] {
  return Array.from({ length: ordersCount }, (_, id) => ({
    id,
    state: states[id % states.length] ?? "",
    amount: (id * 7) % 1000,
  }));
}
