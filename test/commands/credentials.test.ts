import { lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { credentialFormatNames } from "../../src/delivery/formats/formats.js";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { spawnSync } from "node:child_process";
import { programWords, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const hasTerminal = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

const credentials = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(["credentials", ...account.flags, ...words], { env: { ...account.variables, ...env } });

describe("credentials", () => {
  test.each(credentialFormatNames)("--format %s prints the credentials and nothing on stderr", async (format) => {
    const { stdout, stderr, status } = await credentials(["--format", format]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(/ASIA[A-Z2-7]{16}/);
    expect(stdout).toMatch(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|\+00:00)/);
    // The AWS CLI's own forms have no region.
    expect(stdout.includes("us-east-1")).toBe(!["process", "env", "env-no-export", "windows-cmd"].includes(format));
  });

  test.each([
    [
      "env",
      /^export AWS_ACCESS_KEY_ID=ASIA\w+\nexport AWS_SECRET_ACCESS_KEY=\S+\nexport AWS_SESSION_TOKEN=\S+\nexport AWS_CREDENTIAL_EXPIRATION=[\d-]+T[\d:]+\+00:00\n$/,
    ],
    [
      "process",
      /^\{\n {2}"Version": 1,\n {2}"AccessKeyId": "ASIA\w+",\n {2}"SecretAccessKey": "\S+",\n {2}"SessionToken": "\S+",\n {2}"Expiration": "[\d-]+T[\d:]+\+00:00"\n\}\n$/,
    ],
    [
      "env-no-export",
      /^AWS_ACCESS_KEY_ID=ASIA\w+\nAWS_SECRET_ACCESS_KEY=\S+\nAWS_SESSION_TOKEN=\S+\nAWS_CREDENTIAL_EXPIRATION=[\d-]+T[\d:]+\+00:00\n$/,
    ],
    [
      "windows-cmd",
      /^set AWS_ACCESS_KEY_ID=ASIA\w+\nset AWS_SECRET_ACCESS_KEY=\S+\nset AWS_SESSION_TOKEN=\S+\nset AWS_CREDENTIAL_EXPIRATION=[\d-]+T[\d:]+\+00:00\n$/,
    ],
  ])("--format %s prints the lines of aws configure export-credentials", async (format, lines) => {
    expect((await credentials(["--format", format])).stdout).toMatch(lines);
  });

  test.skipIf(!hasTerminal)(
    "shows no secret on a terminal, unless --show-secrets or a format for machines asks",
    async () => {
      const onTerminal = (words: readonly string[]) => {
        const line = [...programWords(), "credentials", ...account.flags, ...words]
          .map((word) => `'${word}'`)
          .join(" ");
        return runProgram("script", ["-qec", line, "/dev/null"], { env: { ...account.variables, SHELL: "/bin/sh" } });
      };
      const hidden = (await onTerminal([])).stdout;
      expect(hidden).toMatch(/^Secret access key: +\(hidden; --show-secrets shows it\)/m);
      expect(hidden).toMatch(/^Session token: +\(hidden/m);
      expect(hidden).toMatch(/^Access key ID: +ASIA/m);
      expect((await onTerminal(["--show-secrets"])).stdout).toMatch(/^Secret access key: +[\w+/]{20,}/m);
      expect((await onTerminal(["--format", "json"])).stdout).toMatch(/"SecretAccessKey": "[\w+/]{20,}"/);
    },
  );

  test("prints text for people by default", async () => {
    expect((await credentials([])).stdout).toMatch(/^Access key ID: .*\nSecret access key: /);
  });

  test("assumes a chained role", async () => {
    const hop = ["--assume-role-arn", account.roleArn("Partner"), "--external-id", "example-external-id"];
    const { stdout } = await credentials(["--format", "json", ...hop]);
    expect(JSON.parse(stdout).AssumedRoleArn).toMatch(/assumed-role\/Partner\//);
  });

  test("saves a private file, and reports it on stderr", async () => {
    const file = join(createScratch("save"), "app.env");
    const { stdout, stderr } = await credentials(["--format", "json", "--save-to-file", file]);
    expect(stderr).toBe(`rolesanywhere-ts: credentials saved to ${file}\n`);
    expect(readFileSync(file, "utf8")).toBe(stdout);
    expect(JSON.parse(stdout).AccessKeyId).toMatch(/^ASIA/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("saves env lines by default", async () => {
    const file = join(createScratch("save"), "app.env");
    await credentials(["--save-to-file", file]);
    expect(readFileSync(file, "utf8")).toMatch(/^AWS_ACCESS_KEY_ID=ASIA/);
  });

  test("replaces a file that others can read with a private one", async () => {
    const file = join(createScratch("save"), "app.env");
    writeFileSync(file, "old", { mode: 0o644 });
    await credentials(["--save-to-file", file]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("writes through a link that the user owns", async () => {
    const folder = createScratch("save");
    const target = join(folder, "target");
    symlinkSync(target, join(folder, "link"));
    const { stderr, status } = await credentials(["--save-to-file", join(folder, "link")]);
    expect({ stderr, status }).toEqual({
      stderr: `rolesanywhere-ts: credentials saved to ${join(folder, "link")}\n`,
      status: 0,
    });
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["export", {}, "unset AWS_PROFILE"],
    ["export", { PSModulePath: "/x" }, "Remove-Item Env:AWS_PROFILE -ErrorAction Ignore"],
    ["powershell", {}, "Remove-Item Env:AWS_PROFILE -ErrorAction Ignore"],
    ["cmd", {}, 'set "AWS_PROFILE="'],
  ])("reports variables that would take precedence, and how to remove them: %s %j", async (format, env, removal) => {
    const { stderr } = await credentials(["--format", format], { AWS_PROFILE: "single", ...env });
    expect(stderr).toContain(`note: AWS_PROFILE is set, which some tools prefer: ${removal}\n`);
  });

  test("refuses an unknown format with the nearest one", async () => {
    const { stderr, status } = await credentials(["--format", "exprt"]);
    expect(status).toBe(2);
    expect(stderr).toContain("hint: write --format export");
  });
});

describe("credentials in PowerShell", () => {
  const words = () => [...programWords(), "credentials", ...account.flags];
  const powershell = (script: string, cwd: string) =>
    runProgram("pwsh", ["-NoProfile", "-NonInteractive", "-Command", script], { env: account.variables, cwd });
  const line = (more: readonly string[]) =>
    `& ${[...words(), ...more].map((word) => `'${word.replaceAll("'", "''")}'`).join(" ")}`;
  const shown =
    "[Console]::Out.Write(($env:AWS_ACCESS_KEY_ID, $env:AWS_REGION, $env:AWS_SESSION_TOKEN.Length) -join ' ')";

  test.skipIf(!requireTools("credentials piped into Invoke-Expression", "pwsh"))(
    "| Invoke-Expression and iex set the variables of the session, and print nothing",
    async () => {
      const piped = `${line(["--format", "powershell"])} | Invoke-Expression; ${shown}`;
      const joined = `iex "$(${line(["--format", "powershell"])})"; ${shown}`;
      for (const script of [piped, joined]) {
        const { stdout, stderr, status } = await powershell(script, createScratch("powershell"));
        expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
        expect(stdout).toMatch(/^ASIA[A-Z2-7]{16} us-east-1 [1-9]\d+$/);
      }
    },
  );

  test.skipIf(!requireTools("credentials saved by PowerShell", "pwsh", "dotenv"))(
    "--save-to-file .env writes what python-dotenv and Node.js read",
    async () => {
      const folder = createScratch("powershell");
      const script = `${line(["--format", "dotenv", "--save-to-file", ".env"])} | Out-Null`;
      const { stdout, stderr, status } = await powershell(script, folder);
      expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
      expect(stderr).toContain(`credentials saved to ${join(folder, ".env")}`);
      const read = parseEnv(readFileSync(join(folder, ".env"), "utf8"));
      expect(read).toMatchObject({ AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/), AWS_REGION: "us-east-1" });
      const python = await runProgram("python3", [
        "-c",
        "import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))",
        join(folder, ".env"),
      ]);
      expect(JSON.parse(python.stdout)).toEqual({ ...read });
      expect(statSync(join(folder, ".env")).mode & 0o777).toBe(0o600);
    },
  );
});
