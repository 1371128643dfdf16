import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let account: EmulatorAccount;
let original: ReturnType<EmulatorAccount["state"]>;
beforeAll(async () => {
  account = await startEmulatorAccount();
  original = account.state();
});
afterEach(() => {
  account.updateState(() => original);
  account.clearFaults();
});
afterAll(() => account.stop());

const newFile = (content?: string) => {
  const file = join(createScratch("update"), "credentials");
  if (content !== undefined) writeFileSync(file, content);
  return file;
};
const options = (file: string) => ({ env: { ...account.variables, AWS_SHARED_CREDENTIALS_FILE: file } });
const once = (file: string, ...words: readonly string[]) =>
  runCli(["update", ...account.flags, "--once", ...words], options(file));
const read = (file: string) => readFileSync(file, "utf8");

/** Sessions that end after this many seconds. */
const shortenSessions = (durationSeconds: number) =>
  account.updateState((state) => ({
    ...state,
    profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds })),
  }));

describe("update --once", () => {
  test("writes keys, token and expiry, and prints nothing, since cron mails all output", async () => {
    const file = newFile();
    const { stdout, stderr, status } = await once(file);
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
    expect(read(file)).toMatch(
      /^\[default\]\naws_access_key_id = ASIA\w+\naws_secret_access_key = \S+\naws_session_token = \S+\nx_security_token_expires = \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("writes ~/.aws/credentials by default, in a private folder", async () => {
    const home = createScratch("home");
    const { status } = await runCli(["update", ...account.flags, "--once"], {
      env: { ...account.variables, HOME: home },
    });
    expect(status).toBe(0);
    expect(statSync(join(home, ".aws")).mode & 0o777).toBe(0o700);
    expect(read(join(home, ".aws", "credentials"))).toMatch(/^\[default\]\n/);
  });

  test("changes no other byte", async () => {
    const others = "# mine\r\n[a]\r\naws_access_key_id = AKIAOTHER\r\n\r\n; p\r\n[p]\r\nregion = x\r\n";
    const file = newFile(`${others}aws_access_key_id = old\r\naws_security_token = old\r\nunknown = kept # so`);
    await once(file, "--profile", "p");
    const content = read(file);
    expect(content.startsWith(others)).toBe(true);
    const token = /aws_session_token = (\S+)/.exec(content)![1]!;
    expect(content).toContain(`aws_security_token = ${token}\r\nunknown = kept # so`);
    expect(content.endsWith("Z")).toBe(true);
  });

  test("finds [ p ], and writes it as the AWS CLI finds it", async () => {
    const file = newFile("[ p ] ; mine\naws_access_key_id = old\n[q]\n");
    await once(file, "--profile", "p");
    expect(read(file)).toMatch(/^\[p\] ; mine\naws_access_key_id = ASIA\w+\n[^[]*\[q\]\n$/);
  });

  test("replaces the file, and with --in-place overwrites it", async () => {
    const file = newFile("[p]\nregion = x\n");
    const inode = () => statSync(file).ino;
    const first = inode();
    expect((await once(file, "--in-place")).status).toBe(0);
    expect(inode()).toBe(first);
    const content = read(file);
    await once(file);
    expect(inode()).not.toBe(first);
    expect(read(file).length).toBe(content.length);
  });

  test("keeps the mode of a file that a group may read", async () => {
    const file = newFile("");
    chmodSync(file, 0o640);
    for (const words of [[], ["--in-place"]]) {
      await once(file, ...words);
      expect(statSync(file).mode & 0o777).toBe(0o640);
    }
  });

  test.each([
    ["config", "[profile job]\ncredential_process = x\n"],
    ["credentials", "[job]\ncredential_process = x\n"],
  ])("warns of a profile that has a credential_process in the %s file, before it writes", async (kind, text) => {
    const file = newFile(kind === "credentials" ? text : "");
    const config = `${file}.config`;
    writeFileSync(config, kind === "config" ? text : "");
    const env = { ...account.variables, AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: config };
    const { stderr, status } = await runCli(["update", ...account.flags, "--once", "--profile", "job"], { env });
    expect(status).toBe(0);
    expect(stderr).toBe(
      `rolesanywhere-ts: warning: profile "job" has a credential_process in ${kind === "config" ? config : file}: with ` +
        `access keys beside it, the AWS SDK for .NET refuses the profile\n` +
        `rolesanywhere-ts: hint: write another profile with --profile\n`,
    );
    const other = await runCli(["update", ...account.flags, "--once", "--profile", "other"], { env });
    expect(other.stderr).toBe("");
  });

  test("runs a command after the write, and fails when that fails", async () => {
    const file = newFile();
    const copy = `${file}.copy`;
    expect((await once(file, "--exec", `cp "$AWS_SHARED_CREDENTIALS_FILE" '${copy}'`)).status).toBe(0);
    expect(read(copy)).toBe(read(file));
    const { stderr, status } = await once(file, "--exec", "exit 3");
    expect(status).toBe(2);
    expect(stderr).toMatch(/the command "exit 3" failed: exit status 3/);
  });

  test.each(["a]b", "", " x", "a\nb"])("refuses the profile name %j", async (name) => {
    const file = newFile("[x]\n");
    expect((await once(file, "--profile", name)).status).toBe(2);
    expect(read(file)).toBe("[x]\n");
  });

  test("does not touch the file if AWS rejects the request", async () => {
    const file = newFile("[x]\n");
    account.addFaults({ kind: "error", statusCode: 403, code: "AccessDeniedException", operation: "CreateSession" });
    expect((await once(file)).status).toBe(1);
    expect(read(file)).toBe("[x]\n");
  });

  test("names the file that it cannot write", async () => {
    const folder = join(createScratch("update"), "credentials");
    mkdirSync(folder);
    const { stderr, status } = await once(folder);
    expect(status).toBe(2);
    expect(stderr).toContain(folder);
  });
});

describe("update", () => {
  test("refreshes before expiry, runs the command each time, and exits with 0 on SIGTERM", async () => {
    shortenSessions(3);
    const file = newFile();
    chmodSync(join(file, ".."), 0o755);
    const running = startCli(["update", ...account.flags, "--exec", "echo written"], options(file));
    await running.waitFor(/(written\n){3}/);
    const { stderr, status, stdout } = await running.stop("SIGTERM");
    expect(status).toBe(0);
    const told = [...stderr.matchAll(/valid until (\S+); next renewal at (\S+)\n/g)];
    expect(told.length).toBeGreaterThanOrEqual(stdout.length / "written\n".length);
    for (const [, until, next] of told) expect(Date.parse(next!)).toBeLessThanOrEqual(Date.parse(until!));
    expect(read(file)).toContain(told.at(-1)![1]!);
  });

  test("backs off while AWS is not available, reports it, and continues", async () => {
    account.addFaults({ kind: "error", statusCode: 500, code: "InternalServerException", operation: "CreateSession" });
    const file = newFile("[x]\n");
    const running = startCli(["update", ...account.flags], options(file));
    await running.waitFor(/no new session: .*; next attempt at .*; no valid session is held\n/, "stderr");
    expect(read(file)).toBe("[x]\n");
    account.clearFaults();
    await running.waitFor(/is valid until/, "stderr");
    expect(read(file)).toContain("[default]\naws_access_key_id");
    expect((await running.stop("SIGINT")).status).toBe(0);
  });

  test("keeps the current session while refreshes fail", async () => {
    shortenSessions(6);
    const file = newFile();
    const running = startCli(["update", ...account.flags], options(file));
    await running.waitFor(/is valid until/, "stderr");
    const content = read(file);
    account.addFaults({ kind: "drop", operation: "CreateSession" });
    await running.waitFor(/no new session: .*; the current one expires at/, "stderr");
    expect(read(file)).toBe(content);
    await running.stop();
  });

  test("exits at once if a retry cannot help", async () => {
    const file = newFile();
    const { stderr, status } = await runCli(
      ["update", ...account.flags.map((word) => (word.endsWith("ec-key.pem") ? "/nowhere/key.pem" : word))],
      options(file),
    );
    expect(status).toBe(3);
    expect(stderr.match(/\/nowhere\/key\.pem/g)).toHaveLength(1);
  });
});

describe("update while AWS is slow", () => {
  test("exits on SIGTERM without waiting for the response", async () => {
    account.addFaults({ kind: "latency", milliseconds: 15_000, operation: "CreateSession" });
    const file = newFile("[x]\n");
    const running = startCli(["update", ...account.flags, "--debug"], options(file));
    await running.waitFor(/string to sign/i, "stderr");
    const startedMs = performance.now();
    expect((await running.stop("SIGTERM")).status).toBe("SIGTERM");
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(read(file)).toBe("[x]\n");
  });
});
