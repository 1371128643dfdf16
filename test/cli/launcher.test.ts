import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";
import { executable, programFile, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const launcher = join(dirname(executable), "bin", "rolesanywhere-ts.cjs");

let identity: CachedIdentity;

beforeAll(async () => {
  identity = await createCachedIdentity();
});
afterAll(() => identity.emulator.stop());

/** Copies both files; `change` makes another file of the executable, or removes it. */
function install(change: (text: string) => string | undefined = (text) => text): string {
  const folder = createScratch("installed");
  const whole = join(folder, "rolesanywhere-ts.cjs");
  const text = change(readFileSync(executable, "utf8"));
  if (text === undefined) rmSync(whole, { force: true });
  else writeFileSync(whole, text);
  mkdirSync(join(folder, "bin"));
  const copy = join(folder, "bin", "rolesanywhere-ts.cjs");
  cpSync(launcher, copy);
  return copy;
}

/** The same code as another build would have it: of the same size, with another name. */
function asOtherBuild(text: string): string {
  const [, build] = /"build":"(\w{16})"/.exec(text) ?? [];
  if (build === undefined) throw new Error("the executable names no build");
  return text.replaceAll(build, "0".repeat(16));
}

const run = (file: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(words, { runtime: [process.execPath], executable: file, env: { HOME: identity.home, ...env } });

const session = (text: string) => (JSON.parse(text) as { readonly AccessKeyId: string }).AccessKeyId;

describe.skipIf(programFile !== executable)("the launcher of the npm package", () => {
  it("answers a hit without the executable, and shares its cache", async () => {
    // Files have to be two seconds old before the index trusts their stamps.
    await sleep(2_100);
    const miss = await run(executable, identity.words);
    const alone = install(() => undefined);
    expect(await run(alone, identity.words)).toEqual(miss);
  });

  it("sends the request of a miss with the code in the executable", async () => {
    identity.takeCount();
    const { stdout, stderr, status } = await run(install(), [...identity.words, "--no-cache"]);
    expect([stderr, status, identity.takeCount()]).toEqual(["", 0, 1]);
    expect(session(stdout)).toMatch(/^ASIA/);
  });

  it.each([
    ["a command", ["version"]],
    ["a mistake", ["credential-process", "--certficate", "x"]],
    ["help", ["credential-process", "--help"]],
  ])("prints what the executable prints for %s", async (_name, words) => {
    expect(await run(launcher, words)).toEqual(await run(executable, words));
  });

  it("runs the executable of another build from its beginning", async () => {
    const file = install(asOtherBuild);
    expect(await run(file, ["version"])).toEqual(await run(executable, ["version"]));
    expect(session((await run(file, [...identity.words, "--no-cache"])).stdout)).toMatch(/^ASIA/);
    const mistake = ["credential-process", "--certficate", "x"];
    expect(await run(file, mistake)).toEqual(await run(executable, mistake));
  });

  it.each([
    ["is missing", () => undefined, /cannot be read \(ENOENT\), and the program is in that file: install it again/],
    ["is cut off in its code", (text: string) => text.slice(0, 5_000), /cannot be run: install it again/],
    ["is cut off in its data", (text: string) => text.slice(0, 100_000), /was replaced while it started: run it again/],
  ])("says so when the executable %s", async (_name, change, reason) => {
    const { stdout, stderr, status } = await run(install(change), ["version"]);
    expect([stdout, status]).toEqual(["", 2]);
    expect(stderr).toMatch(/^rolesanywhere-ts: error\[ERR_NOT_AVAILABLE\]: .*rolesanywhere-ts\.cjs .*\n$/);
    expect(stderr).toMatch(reason);
  });
});
