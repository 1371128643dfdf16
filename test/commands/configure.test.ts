import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseKnownFiles } from "@smithy/core/config";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { copyProgram, runCli, programWords } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

const newFile = (content = "") => {
  const file = join(createScratch("configure"), "config");
  writeFileSync(file, content);
  return file;
};
const read = (file: string) => readFileSync(file, "utf8");
const environment = (file: string) => ({ ...account.variables, AWS_CONFIG_FILE: file });
const configure = (file: string, ...words: readonly string[]) =>
  runCli(["configure", ...words], { env: environment(file) });

describe("configure", () => {
  test("writes a profile with a credential_process line, and runs it once", async () => {
    const file = newFile("# mine\n[profile a]\nregion = x");
    account.clearRequests();
    const { stdout, stderr, status } = await configure(file, "--profile", "app", ...account.flags);
    expect({ stdout, status }, stderr).toEqual({ stdout: "", status: 0 });
    expect(stderr).toMatch(
      /it works: a session until \d{4}-.*Z\n.*profile "app" written to .*\n(?:.*note: .*\n)?.*--profile app"\n$/,
    );
    const [before, after] = read(file).split("\n\n");
    expect(before).toBe("# mine\n[profile a]\nregion = x");
    expect(after).toMatch(
      /^\[profile app\]\nregion = us-east-1\ncredential_process = (?:\S+|"[^"]+") credential-process --certificate \//,
    );
    expect(account.count("CreateSession")).toBe(1);
  });

  test("keeps the mode of an existing file, and makes a new one private", async () => {
    const file = newFile();
    chmodSync(file, 0o644);
    const made = join(createScratch("configure"), "config");
    for (const each of [file, made]) await configure(each, ...account.flags, "--no-check");
    expect([file, made].map((each) => (statSync(each).mode & 0o777).toString(8))).toEqual(["644", "600"]);
  });

  test("writes keys that the command reads, and removes the previous ones", async () => {
    const file = newFile(
      "[profile app]\nrolesanywhere_assume_role_arn = arn:aws:iam::111122223333:role/Old\nregion = kept\n",
    );
    const { status, stderr } = await configure(file, "--profile", "app", "--keys", "--replace", ...account.flags);
    expect(status, stderr).toBe(0);
    expect(read(file)).not.toMatch(/^[^#]*role\/Old/m);
    expect(read(file)).toContain("region = kept\n");
    expect(read(file)).toMatch(/credential_process = (?:\S+|"[^"]+") credential-process --settings-profile app\n/);
    expect(read(file)).toMatch(/rolesanywhere_certificate = \/.*ec-chain\.pem\n/);
  });

  test("writes the default profile under its own header", async () => {
    const file = newFile();
    await configure(file, ...account.flags, "--no-check");
    expect(read(file)).toMatch(/^\[default\]\n/);
  });

  test("uses settings of the environment, and makes paths absolute", async () => {
    const file = newFile();
    const folder = createScratch('it\'s a "dir" #1');
    cpSync(account.folder, folder, { recursive: true });
    const [, , , , , anchor, , profile] = account.flags;
    const { status, stderr } = await runCli(
      ["configure", "--profile", "env", "--trust-anchor-arn", anchor!, "--profile-arn", profile!],
      {
        cwd: folder,
        env: {
          ...environment(file),
          ROLESANYWHERE_TS_CERTIFICATE: "ec-chain.pem",
          ROLESANYWHERE_TS_PRIVATE_KEY: "./ec-key.pem",
          ROLESANYWHERE_TS_ROLE_ARN: account.roleArn("Demo"),
        },
      },
    );
    expect(status, stderr).toBe(0);
    const through = await runCli(
      ["assume-role", account.roleArn("Target"), "--source-profile", "env", "--format", "json"],
      {
        env: environment(file),
      },
    );
    expect(through.status, through.stderr).toBe(0);
  });

  test("writes nothing when the settings give no credentials, with the status of the cause", async () => {
    const before = "[profile bad]\ncredential_process = works-today\n";
    const file = newFile(before);
    const flags = account.flags.map((word) => (word.endsWith("ec-key.pem") ? word.replace("ec-key", "rsa-key") : word));
    const { stderr, status } = await configure(file, "--profile", "bad", "--replace", ...flags);
    expect(status).toBe(3);
    expect(stderr).toMatch(/these settings give no credentials: nothing is written/);
    expect(read(file)).toBe(before);
  });

  test.each([
    ["off", "--cache=false", "false"],
    ["1", "--cache", "true"],
  ])("takes ROLESANYWHERE_TS_CACHE=%s into the line and into keys", async (value, word, key) => {
    const env = { ...account.variables, ROLESANYWHERE_TS_CACHE: value };
    const file = newFile("");
    const run = (...words: readonly string[]) =>
      runCli(["configure", "--profile", "app", ...words, ...account.flags], { env: { ...env, AWS_CONFIG_FILE: file } });
    expect(await run()).toMatchObject({ status: 0, stderr: expect.stringContaining("it works") });
    expect(read(file)).toMatch(new RegExp(`credential_process = .* ${word}(?: |$)`, "m"));
    expect(await run("--keys", "--replace")).toMatchObject({ status: 0 });
    expect(read(file)).toContain(`rolesanywhere_cache = ${key}\n`);
  });

  test("reports keys of the profile that would take precedence", async () => {
    const file = newFile("[profile app]\nrole_arn = arn:aws:iam::111122223333:role/x\n");
    const { stderr } = await configure(file, "--profile", "app", "--no-check", ...account.flags);
    expect(stderr).toMatch(/note: profile "app": role_arn may win over credential_process/);
  });

  test("refuses to replace an existing line without --replace, and names it", async () => {
    const before = "[default]\ncredential_process = /opt/company/vault-helper --token canary-9d1c\n";
    const file = newFile(before);
    const refused = await configure(file, ...account.flags);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      /error\[ERR_CONFLICT\]: profile "default" in .* has credential_process = "\/opt\/company\/vault-helper" …: nothing is written/,
    );
    expect(refused.stderr).not.toContain("canary-9d1c");
    expect(read(file)).toBe(before);
    const agreed = await configure(file, "--replace", ...account.flags);
    expect(agreed.status, agreed.stderr).toBe(0);
    expect(agreed.stderr).toMatch(/what it replaced stays there as a comment: credential_process = /);
    expect(read(file)).toContain(
      "# replaced by rolesanywhere-ts configure: credential_process = /opt/company/vault-helper --token canary-9d1c\n",
    );
    const again = await configure(file, ...account.flags);
    expect(again.status, again.stderr).toBe(0);
  });

  test("names all missing flags at once", async () => {
    const { stderr, status } = await configure(newFile(), "--role-arn", account.roleArn("Demo"));
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /error\[ERR_SETTING\]: (--certificate, )?--trust-anchor-arn and --profile-arn are missing\n/,
    );
  });

  test("writes chained roles and cache settings too", async () => {
    const file = newFile();
    const more = ["--assume-role-arn", account.roleArn("Target"), "--cache-dir", "kept", "--cache-window", "120"];
    const { status, stderr } = await configure(file, "--profile", "app", ...account.flags, ...more);
    expect(status, stderr).toBe(0);
    expect(read(file)).toMatch(/--assume-role-arn \S+\/Target .*--cache-dir \/\S*\/kept --cache-window 120\n/);
  });

  test.skipIf(process.platform === "win32")("warns about a temporary path of the program", async () => {
    const copy = copyProgram(createScratch("configure"));
    const words = ["configure", "--no-check", ...account.flags];
    const { stderr } = await runCli(words, { env: environment(newFile()), executable: copy });
    expect(stderr).toContain("npx or the system will remove");
  });

  test.skipIf(process.platform === "win32").each([
    ["under npx", "_npx/1f2e/node_modules/rolesanywhere-ts/dist", true],
    ["installed", "lib/node_modules/rolesanywhere-ts/dist", false],
  ])("tells a copy that goes away by its path: %s", async (_what, below, passes) => {
    const folder = join(createScratch("configure"), below);
    mkdirSync(folder, { recursive: true });
    const env = { ...environment(newFile()), TMPDIR: createScratch("elsewhere") };
    const words = ["configure", "--no-check", ...account.flags];
    const { stderr, status } = await runCli(words, { env, executable: copyProgram(folder) });
    expect(status, stderr).toBe(0);
    expect(stderr.includes(`note: the profile runs ${join(folder, "")}`)).toBe(passes);
  });

  test.skipIf(process.platform !== "linux")("names all flags when none is given, and writes nothing", async () => {
    const file = newFile("[a]\n");
    const { stderr, status } = await configure(file);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /: --certificate, --trust-anchor-arn, --profile-arn and --role-arn are missing\n.*hint: .*terminal/,
    );
    expect(read(file)).toBe("[a]\n");
  });

  test.each([
    [
      "[default]\nregion = x\n[profile default]\nregion = y\n",
      0,
      /\[profile default\]\nregion = y\ncredential_process/,
    ],
    [
      "[profile default]\nregion = y\n[default]\nregion = x\n",
      2,
      /^\[profile default\]\nregion = y\n\[default\]\nregion = x\n$/,
    ],
  ] as const)("writes the section that every tool takes of %j, or says why not", async (before, expected, says) => {
    const file = newFile(before);
    const { status, stderr } = await configure(file, "--no-check", ...account.flags);
    expect(status, stderr).toBe(expected);
    expect(read(file)).toMatch(says);
  });

  test.each([
    ["an incomplete profile", (flags: readonly string[]) => flags.slice(0, 6)],
    ["a password", (flags: readonly string[]) => [...flags, "--pkcs8-password", "secret"]],
    ["a name that some SDKs pass over", (flags: readonly string[]) => ["--profile", "my app", ...flags]],
  ])("refuses %s without touching the file", async (_what, words) => {
    const file = newFile("[a]\n");
    const { status, stderr } = await configure(file, ...words(account.flags));
    expect(status).toBe(2);
    expect(stderr).toMatch(/hint: /);
    expect(read(file)).toBe("[a]\n");
  });

  test.each(["my app", 'a"b', "büro", "a\\b", "a(b)", "constructor", "__proto__"])(
    "refuses the name %j, which some SDKs do not find",
    async (name) => {
      const file = newFile("[a]\n");
      const { status, stderr } = await configure(file, "--profile", name, "--no-check", ...account.flags);
      expect(status).toBe(2);
      expect(stderr).toMatch(/some SDKs pass over|SDK for JavaScript finds no/);
      expect(read(file)).toBe("[a]\n");
    },
  );

  test("every other name is found by botocore and the JavaScript SDK", async () => {
    const names = ["default", "a/b", "a:b", "a%b", "a+b", "a.b@c", "_", "9", "DEFAULT", "-x", "services"];
    const file = newFile();
    for (const name of names) {
      const { status, stderr } = await configure(file, `--profile=${name}`, "--no-check", ...account.flags);
      expect(status, stderr).toBe(0);
    }
    const found = await parseKnownFiles({ configFilepath: file, filepath: join(file, "..", "none") });
    expect(Object.keys(found).toSorted()).toEqual(names.toSorted());
    expect(Object.values(found).filter((keys) => keys["credential_process"] === undefined)).toEqual([]);
    if (!requireTools("profile names that configure writes, read by botocore", "boto3")) return;
    const script =
      "import json, botocore.session as s; print(json.dumps([n for n, p in s.Session().full_config['profiles'].items() if 'credential_process' in p]))";
    const { stdout } = await runProgram("python3", ["-c", script], { env: { ...environment(file) } });
    expect((JSON.parse(stdout) as string[]).toSorted()).toEqual(names.toSorted());
  });

  test.skipIf(!requireTools("configure on a terminal", "python3"))(
    "asks on a terminal for settings without a flag",
    async () => {
      const file = newFile();
      const [, certificate, , key, , anchor, , profile, , role] = account.flags;
      const answers = ["asked", certificate, key, "not an ARN", anchor, profile, role];
      const program = [
        "import os, pty, sys",
        "answers = sys.stdin.read().splitlines()",
        "pid, fd = pty.fork()",
        "if pid == 0: os.execv(sys.argv[1], sys.argv[1:])",
        "seen = b''",
        "try:",
        "  while True:",
        "    seen += os.read(fd, 1000)",
        "    if answers and (seen.endswith(b': ') or seen.endswith(b': \\x1b[0J') or b': \\x1b[' in seen[-24:]):",
        "      os.write(fd, answers.pop(0).encode() + b'\\r'); seen += b'|'",
        "except OSError: pass",
        "print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
      ].join("\n");
      const { stdout } = await runProgram("python3", ["-c", program, ...programWords(), "configure"], {
        env: { ...environment(file), TERM: "dumb" },
        stdin: answers.join("\n"),
      });
      expect(stdout).toMatch(/Name of the profile to write \[default\]: /);
      expect(stdout).toMatch(/it works[^]* 0\n$/);
      expect(read(file)).toMatch(/^\[profile asked\]\n/);
    },
  );
});
