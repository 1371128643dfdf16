import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { runCli, startCli, programWords } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

const printEnvironment = "process.stdout.write(JSON.stringify(process.env))";
const exec = (words: readonly string[], env: Readonly<Record<string, string>> = {}, stdin?: string) =>
  runCli(["exec", ...account.flags, ...words], {
    env: { ...account.variables, ...env },
    ...(stdin === undefined ? {} : { stdin }),
  });
const execNode = (script: string, ...rest: Parameters<typeof exec> extends [unknown, ...infer Rest] ? Rest : never) =>
  exec(["--", process.execPath, "-e", script], ...rest);

describe("exec: the child's environment", () => {
  test("holds keys, token, expiry and the region in both names", async () => {
    const { stdout, stderr, status } = await execNode(printEnvironment);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_SESSION_TOKEN: expect.any(String),
      AWS_CREDENTIAL_EXPIRATION: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
    });
  });

  test("holds nothing that competes, and everything else unchanged", async () => {
    const competing = {
      AWS_PROFILE: "x",
      AWS_DEFAULT_PROFILE: "x",
      AWS_SECURITY_TOKEN: "x",
      AWS_ACCOUNT_ID: "1",
      AWS_ROLE_ARN: "x",
      AWS_WEB_IDENTITY_TOKEN_FILE: "x",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
    };
    const { stdout } = await execNode(printEnvironment, { ...competing, KEPT: "a b\nc", AWS_PAGER: "" });
    const environment = JSON.parse(stdout) as Record<string, string>;
    for (const name of Object.keys(competing)) expect(environment).not.toHaveProperty(name);
    expect(environment).toMatchObject({ KEPT: "a b\nc", AWS_PAGER: "" });
    expect(environment).not.toHaveProperty("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED");
  });

  test("accepts any credentials, not only the certificate's", async () => {
    const { stdout } = await runCli(["exec", "--profile", "chained", "--", process.execPath, "-e", printEnvironment], {
      env: account.variables,
    });
    expect(JSON.parse(stdout)).toMatchObject({ AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/) });
  });
});

describe("exec: a named profile", () => {
  const home = createScratch("exec-profile");
  mkdirSync(join(home, ".aws"));
  writeFileSync(
    join(home, ".aws/config"),
    [
      "[profile keys]\nregion = eu-west-3\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret",
      "[profile mfa]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = keys\nmfa_serial = arn:aws:iam::111122223333:mfa/me",
      "[profile sso]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = R",
      "[profile by-sso]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = sso",
    ].join("\n"),
  );
  const env = { HOME: home, AWS_EC2_METADATA_DISABLED: "true" };

  test("gives its region and its name to the command, and no stale variable stays", async () => {
    const stale = {
      AWS_BEARER_TOKEN_BEDROCK: "x",
      AWS_SESSION_EXPIRATION: "2020-01-01T00:00:00Z",
      AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z",
      ROLESANYWHERE_TS_SESSION_EXPIRATION: "2020-01-01T00:00:00Z",
    };
    const { stdout } = await runCli(["exec", "--profile", "keys", "--", process.execPath, "-e", printEnvironment], {
      env: { ...env, ...stale },
    });
    const environment = JSON.parse(stdout) as Record<string, string>;
    expect(environment).toMatchObject({
      AWS_REGION: "eu-west-3",
      AWS_DEFAULT_REGION: "eu-west-3",
      ROLESANYWHERE_TS_SESSION: "keys",
    });
    for (const name of Object.keys(stale)) expect(environment).not.toHaveProperty(name);
  });

  test.each([
    ["exec", ["--", "true"]],
    ["request", ["https://abc.execute-api.us-east-1.amazonaws.com/"]],
    ["assume-role", ["arn:aws:iam::111122223333:role/Reader"]],
  ])("with mfa_serial, %s says that there is no terminal to ask for the code on", async (command, words) => {
    const flag = command === "assume-role" ? "--source-profile" : "--profile";
    const { stderr, status } = await runCli([command, flag, "mfa", ...words], { env });
    expect(stderr).toContain("asks for a code of arn:aws:iam::111122223333:mfa/me, and there is no terminal");
    expect(status).toBe(2);
  });

  test.each(["sso", "by-sso"])("whose SSO session has ended names the login: %s", async (profile) => {
    const { stderr } = await runCli(["exec", "--profile", profile, "--", "true"], { env });
    expect(stderr).toContain('run "aws sso login --profile sso"');
  });

  test("a nested exec writes nothing to stderr and keeps the name", async () => {
    const words = [
      "exec",
      "--profile",
      "keys",
      "--",
      ...programWords(),
      "exec",
      "--",
      process.execPath,
      "-e",
      printEnvironment,
    ];
    const { stdout, stderr } = await runCli(words, { env });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", ROLESANYWHERE_TS_SESSION: "keys" });
  });
});

describe("exec: --min-remaining", () => {
  const cached = { ROLESANYWHERE_TS_CACHE: "on" };
  const keyOf = async (words: readonly string[]) => {
    const { stdout, stderr } = await exec([...words, "--", process.execPath, "-e", printEnvironment], cached);
    expect(stderr).toBe("");
    return (JSON.parse(stdout) as Record<string, string>)["AWS_ACCESS_KEY_ID"];
  };

  test("uses a cached session that lasts long enough, refreshes one that does not", async () => {
    const cache = ["--cache-dir", createScratch("min-remaining"), "--session-duration", "3600"];
    const first = await keyOf(cache);
    expect(await keyOf([...cache, "--min-remaining", "3000"])).toBe(first);
    expect(await keyOf([...cache, "--min-remaining", "3600"])).not.toBe(first);
  });

  test("refuses a session that is too short", async () => {
    const { stderr, status } = await exec([
      "--no-cache",
      "--session-duration",
      "900",
      "--min-remaining",
      "7200",
      "--",
      "true",
    ]);
    expect(stderr).toContain("--min-remaining asks for 7200 s");
    expect(status).toBe(2);
  });
});

describe("exec: a default profile with credentials of its own", () => {
  const stray =
    "# mine\n[default]\naws_access_key_id = AKIASTRAY\naws_secret_access_key = stray\nregion = us-east-1\n" +
    "[profile default]\nrole_arn = arn:aws:iam::111122223333:role/Stray\nsource_profile = other\n" +
    "[default]\naws_access_key_id = AKIASTRAY2\n[other]\naws_access_key_id = AKIAOTHER\n";
  const strayHome = () => {
    const home = createScratch("stray");
    mkdirSync(join(home, ".aws"));
    writeFileSync(join(home, ".aws/credentials"), stray);
    writeFileSync(join(home, ".aws/config"), "[default]\ncredential_process = echo stray\n");
    return home;
  };

  test("is hidden from the child, which keeps the other profiles", async () => {
    const home = strayHome();
    const script = `for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
      console.log(require("fs").readFileSync(process.env[name], "utf8"), process.env[name]);`;
    const { stdout, stderr, status } = await execNode(script, {
      HOME: home,
      AWS_CONFIG_FILE: "",
      AWS_SHARED_CREDENTIALS_FILE: "",
    });
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/STRAY|echo stray|Stray/);
    expect(stdout).toContain("# mine\n[default]\nregion = us-east-1\n[profile default]\n[default]\n[other]\n");
    expect(stdout).toContain("aws_access_key_id = AKIAOTHER");
    expect(stderr).toBe("");
    for (const line of stdout.split("\n").filter((text) => text.includes("/")))
      expect(existsSync(line.trim())).toBe(false);
    expect(readFileSync(join(home, ".aws/credentials"), "utf8")).toBe(stray);
  });

  test.skipIf(!requireTools("exec of a program over the AWS SDK for .NET 3.7", "aws-dotnet3"))(
    "is not used by the AWS SDK for .NET 3.7, which prefers it to keys of the environment",
    async () => {
      const file = join(createScratch("stray"), "credentials");
      writeFileSync(file, "[default]\naws_access_key_id = AKIASTRAY\naws_secret_access_key = stray\n");
      const files = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: file };
      const { stdout, status } = await exec(["--", "aws-dotnet3", "identity"], files);
      expect(status).toBe(0);
      expect(stdout).toMatch(/:assumed-role\/Demo\//);
      // What it takes otherwise, so that the line above proves something.
      const keys = { AWS_ACCESS_KEY_ID: "ASIAGIVEN", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
      const alone = await runProgram("aws-dotnet3", ["identity"], { env: { ...account.variables, ...files, ...keys } });
      expect(alone.status).not.toBe(0);
    },
  );

  test.each(["env", "env-file", "export", "powershell", "fish", "cmd", "dotenv"])(
    "is reported by credentials --format %s, since a shell cannot hide it",
    async (format) => {
      const words = ["credentials", ...account.flags, "--format", format];
      const files = { HOME: strayHome(), AWS_CONFIG_FILE: "", AWS_SHARED_CREDENTIALS_FILE: "" };
      const { stderr, status } = await runCli(words, { env: { ...account.variables, ...files } });
      expect(status).toBe(0);
      expect(stderr).toMatch(/note: the default profile has credentials of its own, which the AWS SDK for \.NET 3\.7/);
      expect((await runCli(words, { env: account.variables })).stderr).not.toContain("credentials of its own");
    },
  );

  test("is reported by check", async () => {
    const files = { HOME: strayHome(), AWS_CONFIG_FILE: "", AWS_SHARED_CREDENTIALS_FILE: "" };
    const { stdout } = await runCli(["check", ...account.flags], { env: { ...account.variables, ...files } });
    expect(stdout).toMatch(/profile "default"\s+has credentials of its own: the AWS SDK for \.NET 3\.7/);
  });
});

describe("exec: what belongs to the child", () => {
  test("stdin, stdout and stderr", async () => {
    const script = "process.stdin.pipe(process.stdout); console.error('to stderr')";
    expect(await execNode(script, {}, "typed")).toMatchObject({ stdout: "typed", stderr: "to stderr\n", status: 0 });
  });

  test.each([0, 1, 42, 255])("exit status %d", async (status) => {
    expect(await execNode(`process.exit(${status})`)).toMatchObject({ status, stderr: "" });
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"])("the signal that ended it: %s", async (signal) => {
    expect((await execNode(`process.kill(process.pid, "${signal}")`)).status).toBe(signal);
  });

  test("a signal that dumps core shows as a status", async () => {
    expect((await execNode(`process.kill(process.pid, "SIGABRT")`)).status).toBe(134);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT"] as const)(
    "a %s from another process",
    async (signal) => {
      const script = `process.on("${signal}", () => { console.log("got it"); process.exit(7); }); console.log("ready"); setInterval(() => {}, 1000)`;
      const running = startCli(["exec", ...account.flags, "--", process.execPath, "-e", script], {
        env: account.variables,
      });
      await running.waitFor(/ready/);
      expect(await running.stop(signal)).toMatchObject({ stdout: "ready\ngot it\n", status: 7, stderr: "" });
    },
  );

  test("its flags, even those that this program has too", async () => {
    const { stdout } = await exec([
      "--",
      process.execPath,
      "-p",
      "process.argv.slice(1).join()",
      "--",
      "--help",
      "--region",
      "x",
    ]);
    expect(stdout).toBe("--help,--region,x\n");
  });

  test.skipIf(!requireTools("exec on a terminal", "python3"))("the terminal: Ctrl-C reaches it once", async () => {
    const script =
      'let n = 0; process.on("SIGINT", () => { n++; setTimeout(() => { console.log("interrupts", n, process.stdin.isTTY); process.exit(3); }, 300); }); console.log("ready"); setInterval(() => {}, 1000)';
    const program = [
      "import os, pty, sys, time",
      "pid, fd = pty.fork()",
      "if pid == 0: os.execv(sys.argv[1], sys.argv[1:])",
      "seen = b''",
      "while b'ready' not in seen: seen += os.read(fd, 1000)",
      "os.write(fd, b'\\x03')",
      "try:",
      "  while True: seen += os.read(fd, 1000)",
      "except OSError: pass",
      "print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
    ].join("\n");
    const words = [...programWords(), "exec", ...account.flags, "--", process.execPath, "-e", script];
    const { stdout } = await runProgram("python3", ["-c", program, ...words], { env: account.variables });
    expect(stdout).toMatch(/interrupts 1 true\s+3\n$/);
  });
});

describe("exec --server", () => {
  const fetchCredentials = `
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = process.env;
    const get = async (headers) => { const r = await fetch(url, { headers }); return { status: r.status, body: await r.json() }; };`;

  test("serves the session on loopback to callers with the token", async () => {
    const script = `${fetchCredentials} (async () => console.log(JSON.stringify([await get({ Authorization: token }), await get({}), url, process.env])))()`;
    const { stdout, stderr, status } = await exec(["--server", "--", process.execPath, "-e", script]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const [open, shut, url, environment] = JSON.parse(stdout);
    expect(open).toMatchObject({
      status: 200,
      body: { AccessKeyId: expect.stringMatching(/^ASIA/), Token: expect.any(String) },
    });
    expect(shut.status).toBe(401);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/credentials$/);
    expect(environment).toMatchObject({ AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1" });
    expect(environment).not.toHaveProperty("AWS_ACCESS_KEY_ID");
    expect(environment).not.toHaveProperty("NO_PROXY");
  });

  test("reads its session from the cache and writes a new one there, as the flags request", async () => {
    const folder = join(createScratch("exec-cache"), "cache");
    const script = `${fetchCredentials} (async () => console.log((await get({ Authorization: token })).body.AccessKeyId))()`;
    const key = async (...words: string[]) => {
      const { stdout, status } = await exec(["--server", ...words, "--", process.execPath, "-e", script]);
      expect(status).toBe(0);
      return stdout;
    };
    const first = await key("--cache-dir", folder);
    expect(readdirSync(folder).filter((name) => name.endsWith(".session"))).toHaveLength(1);
    expect(await key("--cache-dir", folder)).toBe(first);
    expect(await key("--cache-dir", folder, "--no-cache")).not.toBe(first);
  });

  test("refreshes while the child runs, and stops with it", async () => {
    const before = account.state();
    account.updateState((state) => ({
      ...state,
      profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: 3 })),
    }));
    const script = `${fetchCredentials} (async () => {
      const ids = new Set();
      const end = Date.now() + 20_000;
      while (ids.size < 3 && Date.now() < end) {
        const { status, body } = await get({ Authorization: token });
        if (status !== 200) throw new Error(String(status));
        ids.add(body.AccessKeyId);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      console.log(ids.size);
    })()`;
    const { stdout, status } = await exec(["--server", "--", process.execPath, "-e", script]);
    account.updateState(() => before);
    expect({ stdout, status }).toEqual({ stdout: "3\n", status: 0 });
  });

  test("takes precedence over a default profile with credentials of its own", async () => {
    const folder = createScratch("default");
    const file = join(folder, "credentials");
    const content =
      "# mine\n[default]\naws_access_key_id = AKIASTRAY\naws_secret_access_key = s\nregion = x\n[other]\naws_access_key_id = AKIAOTHER\n";
    writeFileSync(file, content);
    const script = `console.log(require("fs").readFileSync(process.env.AWS_SHARED_CREDENTIALS_FILE, "utf8"), process.env.AWS_SHARED_CREDENTIALS_FILE)`;
    const { stdout } = await exec(["--server", "--", process.execPath, "-e", script], {
      AWS_SHARED_CREDENTIALS_FILE: file,
    });
    expect(stdout).toContain("# mine\n[default]\nregion = x\n[other]\naws_access_key_id = AKIAOTHER\n");
    expect(existsSync(stdout.trim().split(" ").at(-1)!)).toBe(false);
    expect(readFileSync(file, "utf8")).toBe(content);
  });

  test.skipIf(process.platform !== "linux")(
    "leaves nothing of the credentials file behind, even when it is killed",
    async () => {
      const folder = createScratch("killed");
      const file = join(createScratch("default"), "credentials");
      writeFileSync(
        file,
        "[default]\naws_access_key_id = AKIASTRAY\naws_secret_access_key = s\n[other]\naws_access_key_id = AKIAOTHER\n",
      );
      const script = `const { readFileSync } = require("fs");
        console.log(readFileSync(process.env.AWS_SHARED_CREDENTIALS_FILE, "utf8").includes("AKIAOTHER"));
        setInterval(() => process.ppid === 1 && process.exit(), 50);`;
      const cli = startCli(["exec", "--server", ...account.flags, "--", process.execPath, "-e", script], {
        env: { ...account.variables, AWS_SHARED_CREDENTIALS_FILE: file, TMPDIR: folder },
      });
      expect((await cli.waitFor(/^(true|false)\n/))[1]).toBe("true");
      cli.child.kill("SIGKILL");
      await new Promise((resolve) => cli.child.once("exit", resolve));
      const left = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
      expect(left.filter((text) => text.includes("AKIA"))).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.includes("exec"))).toEqual([]);
    },
  );

  test("tells clients behind a proxy to go to loopback directly", async () => {
    const { stdout } = await exec(["--server", "--", process.execPath, "-e", printEnvironment], {
      HTTP_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1,example.com",
    });
    expect(JSON.parse(stdout)).toMatchObject({ NO_PROXY: "127.0.0.1,example.com,127.0.0.1" });
  });
});

describe("exec: refusals", () => {
  test("a command that does not exist", async () => {
    const { stdout, stderr, status } = await exec(["--", "no-such-command"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 127 });
    expect(stderr).toMatch(/error\[ERR_COMMAND\]: cannot run "no-such-command": it is not found/);
  });

  test("no command at all", async () => {
    expect(await exec([])).toMatchObject({ status: 2, stdout: "" });
  });

  test("no child without credentials", async () => {
    account.addFaults({ kind: "error", statusCode: 403, code: "AccessDeniedException", operation: "CreateSession" });
    const file = join(createScratch("exec"), "ran");
    const { status } = await execNode(`require("fs").writeFileSync(${JSON.stringify(file)}, "")`);
    account.clearFaults();
    expect(status).not.toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});
