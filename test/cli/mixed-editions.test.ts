// Editions of this program share one cache folder: its entries, its locks and its index.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";
import { executable, runCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { findRuntimes } from "../support/runtimes.js";

const built = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));
/** The bundle under each runtime, and the files that were built beside it. */
const editions: readonly CliOptions[] = [
  { executable },
  ...findRuntimes()
    .filter(({ name }) => name === "bun")
    .map(({ words }) => ({ runtime: words, executable })),
  ...[built("standalone/rolesanywhere-ts"), built("lean/rolesanywhere-ts")]
    .filter((file) => existsSync(file))
    .map((file) => ({ executable: file })),
];
const size = Number(process.env["ROLESANYWHERE_TS_CROWD"] ?? "30");

let identity: CachedIdentity;
beforeAll(async () => {
  identity = await createCachedIdentity();
});
afterAll(() => identity.emulator.stop());

it(
  "many processes of all editions at once make one request, and all get its session",
  { timeout: 180_000 },
  async () => {
    rmSync(identity.cacheFolder, { recursive: true, force: true });
    identity.takeCount();
    identity.emulator.addFaults({ kind: "latency", milliseconds: 300 });
    const run = (options: CliOptions) => runCli(identity.words, { ...options, env: { HOME: identity.home } });
    const results = await Promise.all(
      Array.from({ length: size }, (_, index) => run(editions[index % editions.length] ?? {})),
    );
    expect(new Set(results.map(({ status, stderr }) => `${status} ${stderr}`))).toEqual(new Set(["0 "]));
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(identity.takeCount()).toBe(1);
  },
);

it("each edition answers from the session of each other", { timeout: 60_000 }, async () => {
  for (const writer of editions) {
    rmSync(identity.cacheFolder, { recursive: true, force: true });
    const run = (options: CliOptions) => runCli(identity.words, { ...options, env: { HOME: identity.home } });
    const { stdout } = await run(writer);
    identity.takeCount();
    const [entry = ""] = identity.files(".session");
    const before = readFileSync(`${identity.cacheFolder}/${entry}`);
    for (const reader of editions) expect((await run(reader)).stdout).toBe(stdout);
    expect(identity.takeCount()).toBe(0);
    expect(readFileSync(`${identity.cacheFolder}/${entry}`)).toEqual(before);
  }
});
