import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const folder = createScratch("named-profile");
const configFile = join(folder, "config");
const credentialsFile = join(folder, "credentials");
const expired = JSON.stringify({
  Version: 1,
  AccessKeyId: "ASIAEXPIRED",
  SecretAccessKey: "s",
  SessionToken: "t",
  Expiration: "2020-01-01T00:00:00Z",
});

writeFileSync(
  configFile,
  `[profile exits]
credential_process = sh -c 'echo cannot open the vault >&2; exit 3' canary-in-the-line
[profile silent]
credential_process = sh -c 'exit 3'
[profile junk]
credential_process = echo hello
[profile expired]
credential_process = echo '${expired}'
[profile unreadable]
credential_process = echo '${expired.replace("2020-01-01T00:00:00Z", "next week")}'
[profile without-source]
role_arn = arn:aws:iam::111122223333:role/Demo
source_profile = missing
[profile over-exits]
role_arn = arn:aws:iam::111122223333:role/Demo
source_profile = exits
[profile region-only]
region = eu-west-1
[profile good]
region = us-east-1
`,
);
writeFileSync(credentialsFile, "[good]\naws_access_key_id = AKIAGOOD\naws_secret_access_key = s\n");

let container: Server;
let variables: Readonly<Record<string, string>>;
beforeAll(async () => {
  container = createServer((_request, response) => {
    response.end(
      JSON.stringify({
        AccessKeyId: "ASIACONTAINER",
        SecretAccessKey: "s",
        Token: "t",
        Expiration: "2099-01-01T00:00:00Z",
      }),
    );
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => container.once("listening", resolve));
  variables = {
    AWS_CONFIG_FILE: configFile,
    AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(container.address() as AddressInfo).port}/`,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9",
  };
});
afterAll(() => container.close());

const failures: readonly (readonly [profile: string, reason: string])[] = [
  ["absent", `: profile "absent" is not in ${configFile} or ${credentialsFile}`],
  ["exits", '(profile "exits"): its credential_process failed: cannot open the vault'],
  ["silent", '(profile "silent"): its credential_process failed and wrote nothing to stderr'],
  ["junk", '(profile "junk"): Profile junk credential_process returned invalid JSON.'],
  ["expired", '(profile "expired"): Profile expired credential_process returned expired credentials.'],
  ["unreadable", '(profile "unreadable"), expected one such as'],
  ["without-source", '(profile "without-source"): its source_profile: profile "missing" is not in '],
  ["over-exits", 'the credential_process of profile "exits" failed: cannot open the vault'],
  ["region-only", '(profile "region-only"): it has no complete set of keys that gives credentials'],
];
const commands = {
  exec: (flags: readonly string[]) => ["exec", ...flags, "--", "env"],
  request: (flags: readonly string[]) => [
    "request",
    ...flags,
    "--presign",
    "60",
    "https://s3.us-east-1.amazonaws.com/",
  ],
  "assume-role": (flags: readonly string[]) => [
    "assume-role",
    "arn:aws:iam::111122223333:role/Reader",
    ...flags.map((word) => (word === "--profile" ? "--source-profile" : word)),
  ],
  "read-s3": (flags: readonly string[]) => ["read-s3", ...flags, "s3://acme/report.zip"],
  scan: (flags: readonly string[]) => ["scan", "orders", ...flags, "--endpoint-url", "http://127.0.0.1:9"],
};
const everyCommand = Object.entries(commands);

describe("a named profile while a container endpoint responds too", () => {
  test.each(failures)("exec refuses %s and says what failed in it", async (profile, reason) => {
    const { stdout, stderr, status } = await runCli(commands.exec(["--profile", profile]), { env: variables });
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain("canary-in-the-line");
  });

  test.each(everyCommand)("%s refuses one that does not exist", async (_name, words) => {
    const { stdout, stderr, status } = await runCli(words(["--profile", "absent"]), { env: variables });
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain('there are no credentials: profile "absent" is not in ');
  });

  test.each([
    ["credentials", ["--profile", "absent"]],
    ["credentials", ["--settings-profile", "absent"]],
    ["credential-process", ["--settings-profile", "absent"]],
    ["exec", ["--settings-profile", "absent", "--", "true"]],
    ["serve", ["--profile", "absent"]],
    ["update", ["--settings-profile", "absent", "--once"]],
    ["trust-policy", ["--profile", "absent"]],
    ["check", ["absent"]],
    ["check", ["--settings-profile", "absent"]],
  ] as const)("%s %j words it in the same way, with the names that exist", async (name, words) => {
    const { stdout, stderr } = await runCli([name, ...words], { env: variables });
    const shown = (stdout + stderr).replaceAll(/\s+/g, " ");
    expect(shown).toContain(`profile "absent" is not in ${configFile} or ${credentialsFile}`);
    expect(shown).toMatch(/profiles there: exits, silent, junk, expired, /);
  });

  test.each(failures.filter(([profile]) => profile !== "region-only"))(
    "AWS_PROFILE=%s is that profile or an error",
    async (profile, reason) => {
      const { stdout, stderr, status } = await runCli(commands.exec([]), {
        env: { ...variables, AWS_PROFILE: profile },
      });
      expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
      expect(stderr).toContain(reason);
    },
  );

  test("a default profile whose process fails is an error", async () => {
    const file = join(folder, "default-fails");
    writeFileSync(file, "[default]\ncredential_process = sh -c 'exit 3'\n");
    const { stdout, stderr, status } = await runCli(commands.exec([]), {
      env: { ...variables, AWS_CONFIG_FILE: file },
    });
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain('(profile "default"): its credential_process failed');
  });

  test("one that gives credentials is used, and without one the container endpoint", async () => {
    const keyOf = async (flags: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      /^AWS_ACCESS_KEY_ID=(.*)$/m.exec(
        (await runCli(commands.exec(flags), { env: { ...variables, ...more } })).stdout,
      )?.[1];
    expect(await keyOf(["--profile", "good"])).toBe("AKIAGOOD");
    expect(await keyOf([], { AWS_PROFILE: "good" })).toBe("AKIAGOOD");
    expect(await keyOf([])).toBe("ASIACONTAINER");
    expect(await keyOf([], { AWS_PROFILE: "region-only" })).toBe("ASIACONTAINER");
  });

  test.skipIf(!requireTools("named profiles beside botocore", "boto3"))("botocore refuses the same ones", async () => {
    const script = [
      "import sys, botocore.session",
      "for name in sys.argv[1:]:",
      "  try:",
      "    session = botocore.session.Session(profile=name)",
      "    session.create_client('sts', region_name='us-east-1')",
      "    print(name, session.get_credentials().get_frozen_credentials().access_key)",
      "  except Exception as error: print(name, 'refused')",
    ].join("\n");
    const names = ["absent", "exits", "junk", "expired", "without-source", "good"];
    const { stdout } = await runProgram("python3", ["-c", script, ...names], { env: variables });
    expect(stdout.trim().split("\n")).toEqual([
      ...names.slice(0, -1).map((name) => `${name} refused`),
      "good AKIAGOOD",
    ]);
  });
});

describe("credentials of the environment", () => {
  const keys = { AWS_ACCESS_KEY_ID: "ASIAOLD", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };

  test.each(everyCommand)("%s refuses expired ones", async (_name, words) => {
    const env = { ...variables, ...keys, AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z" };
    const { stdout, stderr, status } = await runCli(words([]), { env });
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(
      "error[ERR_CREDENTIALS]: the credentials have expired (environment variables, AWS_CREDENTIAL_EXPIRATION): they ended at 2020-01-01T00:00:00.000Z",
    );
  });

  test.each(everyCommand)("%s refuses ones whose expiry is not a time", async (_name, words) => {
    const env = { ...variables, ...keys, AWS_CREDENTIAL_EXPIRATION: "tomorrow" };
    const { stdout, stderr, status } = await runCli(words([]), { env });
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(
      "error[ERR_CREDENTIALS]: the credentials have an expiry that is not a time (environment variables, ",
    );
  });

  test("exec uses ones that have not expired", async () => {
    const env = { ...variables, ...keys, AWS_CREDENTIAL_EXPIRATION: "2099-01-01T00:00:00Z" };
    const { stdout, status } = await runCli(commands.exec([]), { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^AWS_ACCESS_KEY_ID=ASIAOLD$/m);
  });
});
