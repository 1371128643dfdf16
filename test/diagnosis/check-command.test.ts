import { chmodSync, copyFileSync, existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { pickSources } from "../../src/diagnosis/profile/sdk-sources.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { executable, runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("check-command");
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ program: [executable] });
});
afterAll(() => emulator.stop());
afterEach(() => emulator.clearFaults());

function findingsOf({ stdout }: CliResult): readonly Finding[] {
  return (JSON.parse(stdout) as { findings: Finding[] }).findings;
}

async function check(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly Finding[]> {
  return findingsOf(
    await runCli(["check", "--json", ...words], {
      env: { AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL_STS: emulator.url, ...env },
    }),
  );
}

function found(findings: readonly Finding[], code: string): readonly Finding[] {
  return findings.filter((finding) => finding.code === code);
}

describe("a profile", () => {
  const profile = (line: string): Record<string, string> => {
    const file = join(folder, "config");
    writeFileSync(file, `[profile app]\ncredential_process = ${line}\n`);
    return { AWS_CONFIG_FILE: file };
  };
  const line = () => `${executable} credential-process ${emulatorFlags(emulator).join(" ")}`;
  const offline = ["--offline", "--profile", "app"];

  test("is checked by the flags of its credential_process line", async () => {
    const findings = await check(["--profile", "app"], profile(line().replace(executable, `"${executable}"`)));
    expect(findings.filter(({ level }) => level === "fail")).toEqual([]);
    expect(found(findings, "PROFILE_COMMAND")).toMatchObject([{ level: "pass" }]);
    expect(found(findings, "PROFILE_EXECUTABLE")).toMatchObject([{ level: "pass" }]);
    expect(found(findings, "CALLER_IDENTITY")).toMatchObject([{ level: "pass" }]);
  });

  test.each([
    ["a quotation mark left open", 'tool "credential-process', "PROFILE_COMMAND", "fail", /left open/],
    ["a comment at the end", "tool credential-process # mine", "PROFILE_COMMAND", "fail", /cut the line off/],
    ["a variable", "tool credential-process --certificate $HOME/c.pem", "PROFILE_COMMAND", "warn", /"\$"/],
    ["a tilde", "tool credential-process --certificate ~/c.pem", "PROFILE_COMMAND", "warn", /"~"/],
    [
      "a program that does not exist",
      "no-such-program-here credential-process",
      "PROFILE_EXECUTABLE",
      "fail",
      /not on PATH/,
    ],
    ["another program", "true credential-process", "PROFILE_EXECUTABLE", "warn", /another program.*not run/],
  ] as const)("%s is reported", async (_, text, code, level, says) => {
    const [finding] = found(await check(offline, profile(text)), code);
    expect(finding).toMatchObject({ level });
    expect(finding?.message).toMatch(says);
  });

  test.each([
    ["a script that runs this program", "wrap.sh", () => `exec ${executable} credential-process "$@"`],
    ["a script that prints credentials", "print.sh", () => `echo '{"SecretAccessKey":"canary-4b1d"}'`],
    ["a script that prints a version", "version.sh", () => "echo 1.2.3-canary-4b1d"],
    ["a shell", "bash", undefined],
    ["rm", "rm", undefined],
    ["Node.js", "node", undefined],
  ])("with the line of another program does not run it: %s", async (_, program, script) => {
    const home = createScratch("check-foreign");
    const marker = join(home, "ran");
    // What "PROGRAM version" would run or delete.
    writeFileSync(
      join(home, "version"),
      `touch ${marker}\nrequire("node:fs").writeFileSync(${JSON.stringify(marker)}, "")\n`,
    );
    const path = script === undefined ? program : join(home, program);
    if (script !== undefined) writeFileSync(path, `#!/bin/sh\ntouch ${marker}\n${script()}\n`, { mode: 0o755 });
    for (const more of [["--json"], []]) {
      const { stdout, stderr } = await runCli(["check", ...offline, ...more], {
        cwd: home,
        env: { AWS_EC2_METADATA_DISABLED: "true", ...profile(`${path} -f x`) },
      });
      expect(stdout).toMatch(/PROFILE_EXECUTABLE/);
      expect(stdout.replaceAll(/\s+/g, " ")).toContain("come from another program, its settings are unknown");
      expect(stdout + stderr).not.toContain("canary-4b1d");
    }
    expect(readdirSync(home)).toContain("version");
    expect(existsSync(marker)).toBe(false);
  });

  test("runs this program through a link, a copy or its interpreter", async () => {
    const home = createScratch("check-names");
    const [link, copy] = [join(home, "link"), join(home, "copy")];
    symlinkSync(executable, link);
    copyFileSync(executable, copy);
    for (const start of [link, copy, `node ${executable}`]) {
      const findings = await check(offline, profile(line().replace(executable, start)));
      expect(found(findings, "PROFILE_EXECUTABLE")).toMatchObject([{ level: "pass" }]);
    }
  });

  test("with rolesanywhere_* keys is checked with these keys", async () => {
    const words = emulatorFlags(emulator);
    const keys = words.flatMap((word, index) =>
      word.startsWith("--") ? [`rolesanywhere_${word.slice(2).replaceAll("-", "_")} = ${words[index + 1] ?? ""}`] : [],
    );
    const file = join(folder, "keys");
    writeFileSync(file, `[profile app]\n${keys.join("\n")}\n`);
    const findings = await check(offline, { AWS_CONFIG_FILE: file });
    expect(findings.filter(({ level }) => level === "fail")).toEqual([]);
    expect(found(findings, "SETTINGS")[0]?.message).toContain('from profile "app"');
  });
});

describe("competing sources", () => {
  test("competing variables and duplicate profiles are reported", async () => {
    const config = join(folder, "twice");
    const credentials = join(folder, "credentials");
    writeFileSync(
      config,
      "[profile a]\ncredential_process = x\n[profile a]\nregion = y\n[profile b]\ncredential_process = x\n",
    );
    writeFileSync(credentials, "[b]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n");
    const findings = await check(["--offline", ...emulatorFlags(emulator)], {
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
    });
    expect(found(findings, "COMPETING_SOURCES").map(({ subject }) => subject)).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      `[profile a] in ${config}`,
      'profile "b"',
    ]);
  });

  test.each([
    ["a POSIX shell", {}, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"],
    [
      "PowerShell",
      { PSModulePath: "/x" },
      "Remove-Item Env:AWS_ACCESS_KEY_ID, Env:AWS_SECRET_ACCESS_KEY, Env:AWS_SESSION_TOKEN -ErrorAction Ignore",
    ],
  ])("the hint to remove variables is for %s", async (_, variables, hint) => {
    const keys = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "x" };
    const findings = await check(["--offline", ...emulatorFlags(emulator)], { ...keys, ...variables });
    expect(found(findings, "COMPETING_SOURCES")).toMatchObject([{ subject: "AWS_ACCESS_KEY_ID", hint }]);
  });

  test("AWS_DEFAULT_PROFILE without AWS_PROFILE is a warning", async () => {
    const findings = await check(["--offline", ...emulatorFlags(emulator)], { AWS_DEFAULT_PROFILE: "app" });
    expect(found(findings, "COMPETING_SOURCES")).toMatchObject([{ subject: "AWS_DEFAULT_PROFILE", level: "warn" }]);
  });

  test("each SDK family uses the first source in its own order", () => {
    const profile = {
      name: "a",
      staticKeys: undefined,
      assumeRole: false,
      webIdentity: false,
      sso: false,
      credentialProcess: true,
    };
    const variables = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_EC2_METADATA_DISABLED: "true" };
    const picks = Object.fromEntries(pickSources(variables, profile).map(({ family, source }) => [family, source]));
    expect(picks["AWS CLI and Python"]).toContain("AWS_ACCESS_KEY_ID");
    expect(picks[".NET 4"]).toContain("AWS_ACCESS_KEY_ID");
    expect(picks[".NET 3.7"]).toContain("credential_process");
    expect(new Set(pickSources({}, profile).map(({ source }) => source)).size).toBe(1);
    const identity = { AWS_WEB_IDENTITY_TOKEN_FILE: "a", AWS_ROLE_ARN: "b" };
    const first = Object.fromEntries(pickSources(identity, profile).map(({ family, source }) => [family, source]));
    expect([first[".NET 4"], first[".NET 3.7"], first["JavaScript"]]).toEqual([
      "AWS_WEB_IDENTITY_TOKEN_FILE of the environment",
      "AWS_WEB_IDENTITY_TOKEN_FILE of the environment",
      "credential_process of the profile",
    ]);
  });
});

describe("--fix", () => {
  const wide = () => {
    const path = join(folder, `wide-${String(Math.random()).slice(2)}.key`);
    copyFileSync(join(emulator.folder, "ec-key.pem"), path);
    return path;
  };

  test("restricts the mode of a key file with --yes", async () => {
    const path = wide();
    chmodSync(path, 0o644);
    const { stderr } = await runCli([
      "check",
      "--offline",
      "--fix",
      "--yes",
      ...emulatorFlags(emulator, { "private-key": path }),
    ]);
    expect(stderr).toContain(`repaired: chmod 600 ${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("appears in the JSON output as a possible repair", async () => {
    const path = wide();
    chmodSync(path, 0o644);
    const findings = await check(emulatorFlags(emulator, { "private-key": path }));
    expect(found(findings, "SECRET_FILE_MODE")).toMatchObject([{ level: "warn", fix: { kind: "mode", path } }]);
    expect(findings.filter(({ fix }) => fix !== undefined)).toHaveLength(1);
  });

  test("changes nothing without a terminal to ask on", async () => {
    const path = wide();
    chmodSync(path, 0o640);
    const { stderr } = await runCli([
      "check",
      "--offline",
      "--fix",
      ...emulatorFlags(emulator, { "private-key": path }),
    ]);
    expect(stderr).toContain("no terminal to ask on");
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });
});

describe("what AWS grants and what the network does", () => {
  test("a shorter session than asked for is a warning", async () => {
    const findings = await check([...emulatorFlags(emulator), "--session-duration", "7200"]);
    expect(found(findings, "SESSION_LENGTH")).toMatchObject([{ level: "warn" }]);
  });

  test.each([
    [-120, "warn"],
    [1200, "fail"],
  ] as const)("a clock that is off by %i s: %s", async (seconds, level) => {
    emulator.addFaults({ kind: "clock", seconds });
    expect(found(await check(emulatorFlags(emulator)), "CLOCK")).toMatchObject([{ level }]);
  });

  test("an unknown authority fails TLS and skips AWS, naming the reason", async () => {
    const secure = await startEmulator({ tls: true });
    const findings = await check(emulatorFlags(secure));
    const trusted = await check(emulatorFlags(secure), { AWS_CA_BUNDLE: secure.variables["AWS_CA_BUNDLE"] ?? "" });
    await secure.stop();
    expect(found(findings, "TLS")).toMatchObject([{ level: "fail" }]);
    expect(found(findings, "CREATE_SESSION")).toMatchObject([
      { level: "skip", message: "not looked at, since TLS failed" },
    ]);
    expect(found(trusted, "TLS")).toMatchObject([{ level: "pass" }]);
    expect(found(trusted, "TLS")[0]?.message).toMatch(/^TLSv1\.3, issued by /);
  });

  test("a cached session and its folder are reported", async () => {
    const home = createScratch("check-home");
    await runCli(["credential-process", ...emulatorFlags(emulator)], { env: { HOME: home } });
    const findings = await check(["--offline", ...emulatorFlags(emulator)], { HOME: home });
    expect(found(findings, "CACHE_FOLDER")).toMatchObject([{ level: "pass" }]);
    expect(found(findings, "CACHE_ENTRY")[0]?.message).toMatch(/a session is kept, 59 minutes left/);
  });

  test("a cached session of another certificate for the same role is not reported", async () => {
    const env = { HOME: createScratch("check-home") };
    const other = {
      certificate: join(emulator.folder, "rsa.pem"),
      "private-key": join(emulator.folder, "rsa-key.pem"),
    };
    const more = ["--intermediates", join(emulator.folder, "intermediate.pem")];
    expect(await runCli(["credential-process", ...emulatorFlags(emulator, other), ...more], { env })).toMatchObject({
      status: 0,
    });
    const findings = await check(["--offline", ...emulatorFlags(emulator)], env);
    expect(found(findings, "CACHE_ENTRY")[0]?.message).toBe("no session is kept for these settings");
  });

  describe("the cache folder is the one that other commands use", () => {
    const kept = () => {
      const home = createScratch("check-home");
      const config = join(home, "config");
      writeFileSync(config, "[profile app]\nrolesanywhere_cache_dir = ~/elsewhere\nrolesanywhere_cache = on\n");
      return { HOME: home, AWS_CONFIG_FILE: config };
    };

    test.each([
      ["flag", ["--cache-dir", "~/elsewhere"], {}],
      ["variable", [], { ROLESANYWHERE_TS_CACHE_DIR: "~/elsewhere" }],
      ["profile key", ["--settings-profile", "app"], {}],
    ] as const)("set by %s", async (_, words, more) => {
      const env = { ...kept(), ...more };
      const all = [...emulatorFlags(emulator), ...words];
      expect(await runCli(["credential-process", ...all], { env })).toMatchObject({ status: 0 });
      const findings = await check(["--offline", ...all], env);
      expect(found(findings, "CACHE_FOLDER")).toMatchObject([{ level: "pass", subject: join(env.HOME, "elsewhere") }]);
      expect(found(findings, "CACHE_ENTRY")[0]?.message).toMatch(/a session is kept, 59 minutes left/);
      const { stdout } = await runCli(["cache", "path", ...words], { env });
      expect(stdout).toBe(`${join(env.HOME, "elsewhere")}\n`);
    });

    test("set by the flag in a profile's credential_process line", async () => {
      const env = kept();
      const line = `${executable} credential-process ${emulatorFlags(emulator).join(" ")} --cache-dir ${env.HOME}/line`;
      writeFileSync(env.AWS_CONFIG_FILE, `[profile app]\ncredential_process = ${line}\n`);
      const findings = await check(["--offline", "--profile", "app"], env);
      expect(found(findings, "CACHE_FOLDER")).toMatchObject([{ subject: join(env.HOME, "line") }]);
    });

    test("is skipped if the cache is off", async () => {
      const findings = await check(["--offline", "--no-cache", ...emulatorFlags(emulator)], kept());
      expect(found(findings, "CACHE_FOLDER")).toMatchObject([{ level: "skip", message: "off by the settings" }]);
    });
  });
});

test("an invalid setting has the error code that other commands report", async () => {
  const words = ["--offline", ...emulatorFlags(emulator, { "role-arn": "nonsense" })];
  expect(found(await check(words), "SETTINGS")).toMatchObject([{ level: "fail", error: "ERR_ARN" }]);
  const { stdout } = await runCli(["check", ...words]);
  expect(stdout).toMatch(/"nonsense".* \(ERR_ARN\)\n {4}-> /);
});

test("the text output starts with the settings and ends with the verdict", async () => {
  const { stdout, status } = await runCli(["check", "--offline", ...emulatorFlags(emulator)], {
    env: { AWS_EC2_METADATA_DISABLED: "true" },
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^settings\n/);
  expect(stdout).toMatch(/\d+ ok, \d+ warnings?, 0 failed, \d+ skipped\.\nSkipped: [^]*\nNothing failed\.\n$/);

  expect(stdout).not.toContain("\u001b");
});
