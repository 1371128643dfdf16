import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

interface ScriptCoverage {
  readonly url: string;
}

const bundle = readFileSync(fileURLToPath(new URL("../../dist/rolesanywhere-ts.cjs", import.meta.url)), "utf8");
/** Node's coverage knows nothing of another executable. */
const isBundle = (process.env["ROLESANYWHERE_TS_EXECUTABLE"] ?? "") === "";

let identity: CachedIdentity;

beforeAll(async () => {
  identity = await createCachedIdentity();
});
afterAll(() => identity.emulator.stop());

/** The parts of the bundle that a run compiled, as V8 saw it. */
async function partsCompiled(run: (env: Readonly<Record<string, string>>) => Promise<{ readonly status: unknown }>) {
  const folder = createScratch("coverage");
  expect((await run({ NODE_V8_COVERAGE: folder })).status).toBe(0);
  const urls = readdirSync(folder).flatMap((name) =>
    (JSON.parse(readFileSync(join(folder, name), "utf8")) as { result: readonly ScriptCoverage[] }).result.map(
      ({ url }) => url,
    ),
  );
  return [...new Set(urls.filter((url) => /rolesanywhere-ts\.cjs\//.test(url)).map((url) => url.replace(/^.*\//, "")))];
}

describe.skipIf(!isBundle)("the bundle", () => {
  it("compiles the usual path and nothing else for a miss, and nothing at all for a hit", async () => {
    expect(await partsCompiled((env) => identity.run(["--no-cache"], env))).toEqual(["usual.js"]);
    // Files have to be two seconds old before the index trusts their stamps.
    await sleep(2_100);
    await identity.run();
    expect(identity.files(".index")).toHaveLength(1);
    expect(await partsCompiled((env) => identity.run([], env))).toEqual([]);
  });

  it("compiles nothing of the settings for a token of a cached session", async () => {
    const words = ["token", "dsql", "--host", "db", ...identity.words.slice(1)];
    const tokens: string[] = [];
    const run = async (env: Readonly<Record<string, string>>) => {
      const result = await runCli(words, { env: { HOME: identity.home, ...env } });
      tokens.push(result.stdout.replace(/X-Amz-(?:Date|Signature)=\w+/g, ""));
      return result;
    };
    // Files have to be two seconds old before the index trusts their stamps.
    await sleep(2_100);
    const [miss, hit] = [await partsCompiled(run), await partsCompiled(run)];
    expect(miss.length - hit.length).toBeGreaterThan(3);
    expect(tokens[1]).toBe(tokens[0]);
  });

  it("compiles more for a hop", async () => {
    const hop = ["--no-cache", "--assume-role-arn", identity.roleArn("Target")];
    const run = (env: Readonly<Record<string, string>>) =>
      identity.run(hop, { ...env, AWS_ENDPOINT_URL_STS: identity.emulator.url });
    expect((await partsCompiled(run)).length).toBeGreaterThan(2);
  });

  it("compiles a command's own parts for that command alone", async () => {
    const parts = await partsCompiled((env) => runCli(["version"], { env }));
    expect(parts.some((name) => name.startsWith("version"))).toBe(true);
    expect(parts.length).toBeLessThan(6);
  });

  it("is one file with a shebang, whose text before the data is small", () => {
    expect(bundle.startsWith("#!/usr/bin/env node\n")).toBe(true);
    expect(bundle.indexOf("\n//# sourceMappingURL=")).toBeLessThan(16_000);
  });
});
