// The AWS SDK for .NET, versions 4.1 and 3.7.202, as a reader of everything that is delivered.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { giveLongTokens } from "../support/long-tokens.js";
import { runCli, startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { readServed } from "../support/served.js";
import type { Served } from "../support/served.js";
import { requireTools } from "../support/tools.js";

let account: EmulatorAccount;
let served: Served;

beforeAll(async () => {
  account = await startEmulatorAccount();
  giveLongTokens(account);
  served = await startServing();
});
afterAll(async () => {
  await served.cli.stop();
  await account.stop();
});

function startServing(): Promise<Served> {
  const words = ["serve", ...account.flags, "--port", "0"];
  return readServed(startCli(words, { env: { ...account.variables, XDG_RUNTIME_DIR: createScratch("runtime") } }));
}

type Variables = Readonly<Record<string, string>>;

/** Names no files that are there, so that nothing but the one way gives credentials. */
const nothingElse = (): Variables => ({
  AWS_CONFIG_FILE: join(account.folder, "none"),
  AWS_SHARED_CREDENTIALS_FILE: join(account.folder, "none"),
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL_STS: account.url,
  AWS_ENDPOINT_URL_ROLESANYWHERE: account.url,
});

const container = ({ url, token }: Served, slashes = ""): Variables => ({
  ...nothingElse(),
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}${slashes}/credentials${slashes}`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
});

const metadata = ({ url }: Served): Variables => ({
  ...nothingElse(),
  AWS_EC2_METADATA_DISABLED: "false",
  AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
});

/** Version 3.7 refuses a profile with `services` beside `credential_process`. */
function profile(name: string): Variables {
  const file = join(createScratch("config"), "config");
  writeFileSync(file, readFileSync(account.configFile, "utf8").replaceAll(/^services = .*\n/gm, ""));
  return { ...nothingElse(), AWS_CONFIG_FILE: file, AWS_PROFILE: name };
}

async function environment(): Promise<Variables> {
  const { stdout } = await runCli(["credentials", ...account.flags, "--format", "env-file"], {
    env: account.variables,
  });
  return {
    ...nothingElse(),
    ...Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s)),
    ),
  };
}

async function file(): Promise<Variables> {
  const variables = { ...nothingElse(), AWS_SHARED_CREDENTIALS_FILE: join(createScratch("file"), "credentials") };
  expect(await runCli(["update", ...account.flags, "--once"], { env: variables })).toMatchObject({ status: 0 });
  return variables;
}

const ways = {
  "a profile": () => profile("ec"),
  "a profile with an encrypted key": () => profile("encrypted"),
  "a profile with role chaining": () => profile("chained"),
  "the environment": environment,
  "the credentials file": file,
  "container credentials": () => container(served),
  "container credentials, with slashes to spare": () => container(served, "/"),
  IMDSv2: () => metadata(served),
  "IMDSv2 at an endpoint that ends in a slash": () => metadata({ ...served, url: `${served.url}/` }),
} as const;

describe.each(["aws-dotnet", "aws-dotnet3"] as const)("%s", (program) => {
  const isHere = requireTools("everything that is delivered, read by the AWS SDK for .NET", program);
  test.skipIf(!isHere).each(Object.keys(ways) as (keyof typeof ways)[])("reads %s", async (way) => {
    const { stdout, stderr, status } = await runProgram(program, ["identity"], { env: await ways[way]() });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/assumed-role\/(Demo|Target)\//);
  });
});

describe("profiles that configure writes for certificates in odd folders", () => {
  const folders = ["my pki", "R & D", "Files (x86)", `it's "quoted"`, String.raw`a\, b\\`, "$HOME `id`", "a #b ;c"];
  const hasPrograms = requireTools("odd folders through the AWS SDK for .NET", "aws-dotnet", "aws-dotnet3");

  test.skipIf(!hasPrograms).each(folders)("in %s", async (name) => {
    const folder = join(createScratch("odd"), name);
    mkdirSync(folder);
    const [certificate, key] = [join(folder, "client.pem"), join(folder, "client.key")];
    copyFileSync(join(account.folder, "ec-chain.pem"), certificate);
    copyFileSync(join(account.folder, "ec-key.pem"), key);
    const arns = account.flags.slice(account.flags.indexOf("--trust-anchor-arn"));
    const env = { ...nothingElse(), AWS_CONFIG_FILE: join(createScratch("config"), "config") };
    const flags = ["--profile", "app", "--certificate", certificate, "--private-key", key];
    const written = await runCli(["configure", ...flags, ...arns], { env });
    expect(written).toMatchObject({ status: 0, stderr: expect.stringContaining("it works") });
    for (const program of ["aws-dotnet", "aws-dotnet3"]) {
      const { stderr, status } = await runProgram(program, ["identity", "--profile", "app"], { env });
      expect({ program, stderr, status }).toEqual({ program, stderr: "", status: 0 });
    }
    const { stdout } = await runCli(["check", "--offline", "--json", "--profile", "app"], { env });
    const { findings } = JSON.parse(stdout) as { findings: { code: string; level: string }[] };
    expect(findings.find(({ code }) => code === "PROFILE_COMMAND")).toMatchObject({ level: "pass" });
  });
});

/** One key of each kind that is refused, and one of each that is not. */
const besides = [
  "output = json",
  "rolesanywhere_role_arn = x",
  "duration_seconds = 900",
  "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
  "aws_session_token = x",
  "role_arn = arn:aws:iam::111122223333:role/x",
  "source_profile = other",
  "credential_source = Environment",
  "role_session_name = x",
  "external_id = x1",
  "mfa_serial = arn:aws:iam::111122223333:mfa/x",
  "web_identity_token_file = /none",
  "services = emulator",
  "endpoint_url = http://127.0.0.1:1",
];

describe("what check says of keys beside credential_process", () => {
  test.each([
    ["aws-dotnet", /\.NET: .*beside credential_process/],
    ["aws-dotnet3", /beside credential_process/],
  ] as const)("is what %s does", async (program, refusal) => {
    if (!requireTools("what check says of the AWS SDK for .NET", program)) return;
    for (const key of besides) {
      const variables = profile("ec");
      const file = variables["AWS_CONFIG_FILE"] ?? "";
      writeFileSync(file, readFileSync(file, "utf8").replace("[profile ec]", `[profile ec]\n${key}`));
      const { stdout } = await runCli(["check", "--offline", "--json", "--profile", "ec"], { env: variables });
      const { findings } = JSON.parse(stdout) as { findings: { code: string; message: string }[] };
      const says = findings.find(({ code }) => code === "SHARED_FILES")?.message ?? "";
      const { status } = await runProgram(program, ["identity", "--profile", "ec"], { env: variables });
      // check follows a role instead of credential_process.
      const isRole = /^(?:role_arn|source_profile)/.test(key);
      expect({ key, refused: status !== 0 }).toEqual({ key, refused: isRole || refusal.test(says) });
    }
  });
});

const version4 = requireTools("renewals read by the AWS SDK for .NET 4", "aws-dotnet");
test.skipIf(!version4)("version 3.7 does not know the token file, version 4 does", async () => {
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN: _, ...variables } = container(served);
  const env = { ...variables, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: served.tokenFile };
  expect(await runProgram("aws-dotnet", ["identity"], { env })).toMatchObject({ status: 0, stderr: "" });
});

describe.skipIf(!version4)("aws-dotnet in one process, while sessions of six seconds end", () => {
  let running: RunningCli | undefined;
  let short: Served;

  beforeAll(async () => {
    account.updateState((state) => ({
      ...state,
      profiles: state.profiles.map((entry) => ({ ...entry, durationSeconds: 6 })),
    }));
    short = await startServing();
  });
  afterAll(async () => {
    await Promise.all([short.cli.stop(), running?.stop()]);
  });

  async function updated(): Promise<Variables> {
    const variables = { ...nothingElse(), AWS_SHARED_CREDENTIALS_FILE: join(createScratch("file"), "credentials") };
    running = startCli(["update", ...account.flags], { env: variables });
    await running.waitFor(/is valid until/, "stderr");
    return variables;
  }

  // Not a profile: its sessions are renewed while a call is signed, and version 4.1.0 then sends the key of one with the
  // token of the next.
  test.each<[string, () => Variables | Promise<Variables>]>([
    ["the credentials file", updated],
    ["container credentials", () => container(short)],
    ["IMDSv2", () => metadata(short)],
  ])("goes on through %s", async (_, variables) => {
    const words = ["identity", "--times", "6", "--every", "3"];
    const { stdout, stderr, status } = await runProgram("aws-dotnet", words, { env: await variables() });
    const refused = account.requests().filter(({ verdict }) => verdict === "refused");
    expect({ status, stderr, refused }).toEqual({ status: 0, stderr: "", refused: [] });
    expect(stdout.match(/assumed-role\/Demo\//g)).toHaveLength(6);
  });
});
