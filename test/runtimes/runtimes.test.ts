import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { runCli, startCli } from "../support/run-cli.js";
import type { CliResult, RunningCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { findRuntimes } from "../support/runtimes.js";
import { createScratch } from "../support/scratch.js";
import { credentials, readServed } from "../support/served.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const consumer = createScratch("consumer");
const installed = join(consumer, "node_modules/rolesanywhere-ts");

let identity: EmulatedIdentity;
const running: RunningCli[] = [];

/** As a user gets it: packed and installed, without the optional native module. */
beforeAll(async () => {
  const env = { npm_config_cache: createScratch("npm-cache"), npm_config_userconfig: "/dev/null" };
  const flags = ["--ignore-scripts", "--silent"];
  const packed = await runProgram("npm", ["pack", ...flags, "--pack-destination", consumer], { cwd: root, env });
  const tarball = join(consumer, packed.stdout.trim());
  const offline = ["--offline", "--omit=optional", "--no-audit", "--no-fund"];
  const { status, stderr } = await runProgram("npm", ["install", ...flags, ...offline, tarball], {
    cwd: consumer,
    env,
  });
  if (status !== 0) throw new Error(`the package could not be installed: ${packed.stderr}${stderr}`);
  copyFileSync(join(root, "test/runtimes/use-library.mjs"), join(consumer, "use-library.mjs"));
}, 120_000);

beforeEach(async () => {
  identity = await createEmulatedIdentity();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop("SIGKILL")));
  await identity.emulator.stop();
});

const executable = join(installed, "dist/rolesanywhere-ts.cjs");

describe.each([...findRuntimes()])("the installed package under $name $version", ({ words: runtime }) => {
  const environment = () => ({
    HOME: createScratch("home"),
    XDG_RUNTIME_DIR: createScratch("runtime"),
    AWS_ENDPOINT_URL_STS: identity.emulator.url,
    DENO_NO_UPDATE_CHECK: "1",
  });

  function documentOf({ stdout, stderr, status }: CliResult): { readonly AccessKeyId: string } {
    expect([stderr, status]).toEqual(["", 0]);
    return JSON.parse(stdout) as { readonly AccessKeyId: string };
  }

  it("prints its version", async () => {
    const result = await runCli(["version"], { runtime, executable, env: environment() });
    expect(result).toMatchObject({ stdout: `${manifest.version}\n`, stderr: "", status: 0 });
  });

  it("asks AWS once and answers the next run from the cache", async () => {
    const words = ["credential-process", ...identity.flags, "--role-arn", identity.roleArn("Demo")];
    const options = { runtime, executable, env: environment() };
    const first = documentOf(await runCli(words, options));
    expect(documentOf(await runCli(words, options))).toEqual(first);
    expect(identity.emulator.count("CreateSession")).toBe(1);
  });

  it("goes on to another role", async () => {
    const words = ["credential-process", ...identity.flags, "--role-arn", identity.roleArn("Demo")];
    const hop = ["--assume-role-arn", identity.roleArn("Target")];
    documentOf(await runCli([...words, ...hop], { runtime, executable, env: environment() }));
    expect(identity.emulator.count("AssumeRole")).toBe(1);
  });

  it("sends a signed request", async () => {
    const words = ["request", identity.emulator.url, "--service", "sts", "--region", "us-east-1"];
    const body = ["-d", "Action=GetCallerIdentity&Version=2011-06-15"];
    const result = await runCli([...words, ...body, ...identity.flags, "--role-arn", identity.roleArn("Demo")], {
      runtime,
      executable,
      env: environment(),
    });
    expect([result.stderr, result.status]).toEqual(["", 0]);
    expect(result.stdout).toContain("assumed-role/Demo/");
  });

  it("serves a session", async () => {
    const words = ["serve", ...identity.flags, "--role-arn", identity.roleArn("Demo"), "--port", "0"];
    const cli = startCli(words, { runtime, executable, env: environment() });
    running.push(cli);
    const answer = await credentials(await readServed(cli));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ AccountId: "111122223333" });
    expect(await cli.stop()).toMatchObject({ stdout: "", status: 0 });
  });

  it("is a library", async () => {
    const flag = (name: string) => identity.flags[identity.flags.indexOf(`--${name}`) + 1] ?? "";
    const direct = {
      certificate: identity.certificatePath,
      trustAnchorArn: flag("trust-anchor-arn"),
      profileArn: flag("profile-arn"),
      roleArn: identity.roleArn("Demo"),
      endpoint: identity.emulator.url,
    };
    const settings = {
      direct,
      hopped: { ...direct, hops: [{ RoleArn: identity.roleArn("Target") }] },
      sts: `${identity.emulator.url}/`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    };
    const [program, ...words] = runtime;
    const result = await runProgram(program, [...words, "use-library.mjs", JSON.stringify(settings)], {
      cwd: consumer,
      env: environment(),
    });
    expect([result.stderr, result.status]).toEqual(["", 0]);
    const found = JSON.parse(result.stdout) as { direct: string; hopped: string; identity: string };
    expect(found).toMatchObject({ version: manifest.version, memoised: true, refusal: "ERR_ARN" });
    expect(found.identity).toContain("assumed-role/Demo/");
    expect(found.hopped).not.toBe(found.direct);
  });
});
