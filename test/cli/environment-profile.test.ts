// The profile that AWS_PROFILE names decides how AWS is reached, as it does for every AWS tool; not who calls.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { startHttpProxy } from "../support/http-proxy.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let identity: EmulatedIdentity;
beforeAll(async () => {
  identity = await createEmulatedIdentity();
});
afterAll(() => identity.emulator.stop());

interface Given {
  readonly config?: string;
  readonly credentials?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

/** A run without `--endpoint`, in a home with these files. */
async function run({ config = "", credentials = "", env = {}, words = ["credential-process"] }: Given) {
  const home = createScratch("profile");
  mkdirSync(join(home, ".aws"));
  writeFileSync(join(home, ".aws", "config"), config);
  writeFileSync(join(home, ".aws", "credentials"), credentials);
  const flags = [...identity.flags.slice(0, -2), "--role-arn", identity.roleArn("Demo")];
  return runCli([...words, ...flags], { env: { HOME: home, ...env } });
}

/** The host that is asked; the proxy sees it and lets nothing through. */
async function hostOf(given: Given) {
  await using proxy = await startHttpProxy({ connect: 403 });
  const result = await run({ ...given, env: { HTTPS_PROXY: proxy.url, ...given.env } });
  expect(result.stdout).toBe("");
  return [...new Set(proxy.seen)];
}

const gov = { AWS_PROFILE: "gov" };
const section = (lines: string) => `[default]\n[profile gov]\n${lines}\n`;
const plain = "rolesanywhere.us-east-1.amazonaws.com:443";
const fips = "rolesanywhere-fips.us-east-1.amazonaws.com:443";

describe("the profile of AWS_PROFILE", () => {
  it("decides on FIPS and dual-stack endpoints", async () => {
    expect(await hostOf({ env: gov, config: section("use_fips_endpoint = true") })).toEqual([fips]);
    expect(await hostOf({ env: gov, config: section("use_dualstack_endpoint = true") })).toEqual([
      "rolesanywhere.us-east-1.api.aws:443",
    ]);
    expect(await hostOf({ config: section("use_fips_endpoint = true") })).toEqual([plain]);
  });

  it("is read from the credentials file too, whose keys win", async () => {
    const credentials = "[gov]\nuse_fips_endpoint = true\n";
    expect(await hostOf({ env: gov, credentials })).toEqual([fips]);
    expect(await hostOf({ env: gov, credentials, config: section("use_fips_endpoint = false") })).toEqual([fips]);
  });

  it("is AWS_DEFAULT_PROFILE's where there is none, and a stranger has no keys", async () => {
    const config = section("use_fips_endpoint = true");
    expect(await hostOf({ env: { AWS_DEFAULT_PROFILE: "gov" }, config })).toEqual([fips]);
    expect(await hostOf({ env: { AWS_PROFILE: "nobody", AWS_DEFAULT_PROFILE: "gov" }, config })).toEqual([plain]);
  });

  it("yields to a variable and a flag", async () => {
    const config = section("use_fips_endpoint = true");
    expect(await hostOf({ env: { ...gov, AWS_USE_FIPS_ENDPOINT: "false" }, config })).toEqual([plain]);
    const words = ["credential-process", "--use-fips-endpoint=false"];
    expect(await hostOf({ env: gov, config, words })).toEqual([plain]);
  });

  it("yields to the profile that is named for settings", async () => {
    const config = `${section("use_fips_endpoint = true")}[profile own]\n`;
    const words = ["credential-process", "--settings-profile", "own"];
    expect(await hostOf({ env: gov, config, words })).toEqual([plain]);
  });

  it("decides on the endpoint, and its keys are not the caller's", async () => {
    const config = section(`endpoint_url = ${identity.emulator.url}\nrolesanywhere_session_duration = 1`);
    const { status, stdout } = await run({ env: gov, config });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty("SessionToken");
  });

  it("decides on the roots that are trusted", async () => {
    const { status, stderr } = await run({ env: gov, config: section("ca_bundle = /nowhere/ca.pem") });
    expect(status).toBe(2);
    expect(stderr).toMatch(/ca_bundle of profile "gov" in .*config names \/nowhere\/ca\.pem/);
  });

  it("keeps sessions apart from those of another profile", async () => {
    const shared = createScratch("cache");
    const config = `${section(`endpoint_url = ${identity.emulator.url}`)}[profile lost]\nendpoint_url = http://127.0.0.1:1\n`;
    const words = ["credential-process", "--cache-dir", shared];
    expect((await run({ env: gov, config, words })).status).toBe(0);
    expect((await run({ env: { AWS_PROFILE: "lost" }, config, words })).status).toBe(4);
  });

  it("is named by --debug and check with each setting of its", async () => {
    const config = section("use_fips_endpoint = true");
    await using proxy = await startHttpProxy({ connect: 403 });
    const env = { ...gov, HTTPS_PROXY: proxy.url };
    const traced = await run({ env, config, words: ["credential-process", "--debug"] });
    expect(traced.stderr).toMatch(
      /setting endpoint = https:\/\/rolesanywhere-fips.* \(derived from region and use_fips_endpoint of profile "gov" in .*\)/,
    );
    const checked = await run({ env, config, words: ["check", "--offline"] });
    expect(checked.stdout).toMatch(/ok {3}SETTINGS +FIPS endpoints by use_fips_endpoint of profile/);
    const report = await run({ env, config, words: ["check", "--offline", "--json"] });
    expect(report.stdout).toMatch(/"FIPS endpoints by use_fips_endpoint of profile \\"gov\\" in /);
  });

  it("that cannot be read is an error, and without a name it is none", async () => {
    const env = { AWS_CONFIG_FILE: "/dev/null/config", AWS_ENDPOINT_URL: identity.emulator.url };
    expect((await run({ env })).status).toBe(0);
    const folder = createScratch("folder");
    const unreadable = { ...env, AWS_CONFIG_FILE: folder };
    expect((await run({ env: unreadable })).status).toBe(0);
    const named = await run({ env: { ...unreadable, ...gov } });
    expect(named.status).toBe(2);
    expect(named.stderr).toContain(`cannot read the AWS config file ${folder}`);
  });
});
