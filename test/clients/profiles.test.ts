import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanEnvironment, copyProgram, pythonEnvironment, startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { longTokenCharacters } from "../support/long-tokens.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition, requireTools } from "../support/tools.js";

const run = promisify(execFile);
const posix = requireCondition("AWS clients through a profile", process.platform !== "win32", "a POSIX system");
const serial = "[0-9a-f]{32}";
const account = "arn:aws:sts::111122223333:assumed-role";

/** What GetCallerIdentity has to answer for each profile of the emulator's config file. */
const profiles = [
  ["single", `^${account}/Demo/${serial}$`],
  ["ec", `^${account}/Demo/${serial}$`],
  ["encrypted", `^${account}/Demo/${serial}$`],
  ["chained", `^${account}/Target/${serial}$`],
  ["sourced", `^${account}/Target/[\\w-]+$`],
] as const;

/** Real clients, each told nothing but a profile's name and the variables of a shell. */
const clients = {
  "the AWS CLI": {
    available: requireTools("the AWS CLI through a profile", "aws"),
    command: (profile: string) => [
      "aws",
      "sts",
      "get-caller-identity",
      "--query",
      "Arn",
      "--output",
      "text",
      "--profile",
      profile,
    ],
  },
  boto3: {
    available: requireTools("boto3 through a profile", "boto3"),
    command: (profile: string) => [
      "python3",
      "-c",
      `import boto3; print(boto3.Session(profile_name="${profile}").client("sts").get_caller_identity()["Arn"])`,
    ],
  },
  "the AWS SDK for JavaScript": {
    available: true,
    command: () => [process.execPath, fileURLToPath(new URL("js-sdk-identity.mjs", import.meta.url))],
  },
} as const;

interface Started {
  readonly cli: RunningCli;
  readonly env: Record<string, string>;
  readonly folder: string;
}

/** Executable, certificates and config all in folders with spaces, as a person may have them. */
async function startEmulatorCli(...argv: readonly string[]): Promise<Started> {
  const folder = join(createScratch("profiles"), "with a space");
  mkdirSync(folder, { recursive: true });
  const copy = copyProgram(folder);
  const cli = startCli(["emulator", "--dir", join(folder, "emulator's dir"), "--log", "json", ...argv], {
    executable: copy,
  });
  await cli.waitFor(/^# emulator ready/m);
  const script = join(folder, "print-variables.sh");
  writeFileSync(script, `. "$1"; env -0`);
  const { stdout } = await run("sh", [script, join(folder, "emulator's dir", "env.sh")], { env: {} });
  const exported = stdout.split("\0").filter((line) => /^(AWS|NODE)_/.test(line));
  const env = Object.fromEntries(exported.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  return { cli, folder, env: cleanEnvironment({ ...env, ...pythonEnvironment(), AWS_EC2_METADATA_DISABLED: "true" }) };
}

async function giveLongTokensAt(url: string): Promise<void> {
  const place = `${url}/_emulator/state`;
  const state = (await (await fetch(place)).json()) as object;
  const body = JSON.stringify({ ...state, minimumSessionTokenSize: longTokenCharacters });
  const { status } = await fetch(place, { method: "PUT", body });
  if (status !== 200) throw new Error(`the emulator answers ${status}`);
}

async function identity(client: keyof typeof clients, profile: string, env: Record<string, string>) {
  const [command = "", ...words] = clients[client].command(profile);
  // The SDK for JavaScript takes the endpoints of a profile only when the environment names the profile.
  const { stdout } = await run(command, words, {
    env: { ...env, AWS_PROFILE: profile, ROLESANYWHERE_TS_CACHE_DIR: createScratch("cache") },
  });
  return stdout.trim();
}

describe.skipIf(!posix).each(Object.keys(clients) as (keyof typeof clients)[])("%s", (client) => {
  describe.skipIf(!clients[client].available)("with a profile whose credential_process is ours", () => {
    let started: Started;
    beforeAll(async () => {
      started = await startEmulatorCli();
      await giveLongTokensAt(started.env["AWS_ENDPOINT_URL_STS"] ?? "");
    });
    afterAll(() => started.cli.stop());

    it.each(profiles)("is told the right ARN for profile %s", async (profile, arn) => {
      const before = started.cli.stderr().length;
      expect(await identity(client, profile, started.env)).toMatch(new RegExp(arn));
      expect(started.cli.stderr().slice(before)).not.toContain('"refused"');
    });

    it("needs no endpoint variable: the config file names the emulator", async () => {
      const { AWS_ENDPOINT_URL_STS: _, AWS_ENDPOINT_URL_ROLESANYWHERE: __, ...env } = started.env;
      expect(await identity(client, "chained", env)).toMatch(/assumed-role\/Target/);
    });
  });

  it.skipIf(!clients[client].available)("is told the right ARN over TLS", async ({ onTestFinished }) => {
    const { cli, env, folder } = await startEmulatorCli("--tls");
    onTestFinished(async () => void (await cli.stop()));
    expect(readFileSync(join(folder, "emulator's dir", "config"), "utf8")).toContain("--endpoint https://127.0.0.1:");
    expect(await identity(client, "chained", env)).toMatch(/assumed-role\/Target/);
  });
});
