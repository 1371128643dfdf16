import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { executable, runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

type ProfileFinding = Finding & { readonly profile?: string };

const folder = createScratch("check-profiles");
let emulator: Emulator;
let line: string;
beforeAll(async () => {
  emulator = await startEmulator({ program: [executable] });
  line = `${executable} credential-process ${emulatorFlags(emulator).join(" ")}`;
});
afterAll(() => emulator.stop());

let counter = 0;
function files(config: string, credentials = ""): Record<string, string> {
  const stem = join(folder, String(++counter));
  writeFileSync(`${stem}-config`, config);
  writeFileSync(`${stem}-credentials`, credentials);
  return { AWS_CONFIG_FILE: `${stem}-config`, AWS_SHARED_CREDENTIALS_FILE: `${stem}-credentials` };
}

async function check(words: readonly string[], env: Readonly<Record<string, string>>) {
  const { stdout, stderr, status } = await runCli(["check", "--json", ...words], {
    env: { AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL_STS: emulator.url, ...env },
  });
  expect(stderr).toBe("");
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly ProfileFinding[] };
  return { findings, status, of: (code: string) => findings.filter((finding) => finding.code === code) };
}

describe("check follows a profile as AWS tools do", () => {
  test("to a credential_process in the credentials file", async () => {
    const { findings, of } = await check(["prod"], files("", `[prod]\ncredential_process = ${line}\n`));
    expect(findings.filter(({ level }) => level === "fail")).toEqual([]);
    expect(of("PROFILE_SOURCE")).toMatchObject([{ level: "pass", message: "credential_process runs this program" }]);
    expect(of("CALLER_IDENTITY")).toMatchObject([{ level: "pass" }]);
  });

  test("by role_arn and source_profile to the profile that runs this program, and on to the role", async () => {
    const partner = roleArn(emulator, "Partner");
    const config = `[profile app]\nrole_arn = ${partner}\nexternal_id = example-external-id\nsource_profile = base\n[profile base]\ncredential_process = ${line}\n`;
    const { of } = await check(["--profile", "app"], files(config));
    expect(of("PROFILE_SOURCE")[0]?.message).toContain(`${partner} by the credentials of profile "base"`);
    expect(of("HOP")).toMatchObject([{ level: "pass" }]);
    expect(of("CALLER_IDENTITY")[0]?.identity?.arn).toContain("assumed-role/Partner/");
    const wrong = await check(["--profile", "app"], files(config.replace("example-external-id", "wrong")));
    expect(wrong.of("HOP")).toMatchObject([{ level: "fail" }]);
  });

  test.each([
    [
      "a source_profile that does not exist",
      "role_arn = arn:aws:iam::1:role/A\nsource_profile = gone\n",
      /"gone".*is not in/,
    ],
    ["a profile with only a region", "region = us-east-1\n", /no key that gives credentials/],
  ] as const)("and reports %s", async (_, keys, says) => {
    const { of, status } = await check(["app"], files(`[profile app]\n${keys}`));
    expect({ status, finding: of("PROFILE_SOURCE")[0] }).toMatchObject({ status: 1, finding: { level: "fail" } });
    expect(of("PROFILE_SOURCE")[0]?.message).toMatch(says);
  });

  test("and reports a source_profile that leads back to itself", async () => {
    const circle = ["a", "b"].map(
      (name) =>
        `[profile ${name}]\nrole_arn = arn:aws:iam::1:role/${name}\nsource_profile = ${name === "a" ? "b" : "a"}\n`,
    );
    expect((await check(["a"], files(circle.join("")))).of("PROFILE_SOURCE")).toMatchObject([{ level: "fail" }]);
  });

  test.each([
    ["a shell", `sh -c "touch RAN; exec rolesanywhere-ts credential-process"`],
    ["another program", "vault-helper --touch RAN credential-process"],
  ] as const)("and does not fail for the credentials of another program: %s", async (_, text) => {
    const marker = join(folder, "ran");
    const { findings, of, status } = await check(
      ["app"],
      files(`[profile app]\ncredential_process = ${text.replace("RAN", marker)}\n`),
    );
    expect(of("PROFILE_SOURCE")).toMatchObject([{ level: "warn" }]);
    expect(of("PROFILE_SOURCE")[0]?.message).toContain("come from another program, its settings are unknown");
    expect(findings.some(({ code }) => code === "SETTINGS")).toBe(false);
    expect(status).toBe(text.startsWith("sh") ? 0 : 1);
    expect(existsSync(marker)).toBe(false);
  });

  test.each([
    ["SSO", "sso_start_url = https://example.com\n", "an SSO login"],
    ["access keys", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n", "access keys of its own"],
    ["credential_source", "role_arn = arn:aws:iam::1:role/A\ncredential_source = Environment\n", "credential_source"],
  ] as const)("and does not fail for %s", async (_, keys, says) => {
    const { of, status } = await check(["app"], files(`[profile app]\n${keys}`));
    expect(status).toBe(0);
    expect(of("PROFILE_SOURCE")).toMatchObject([{ level: "pass" }]);
    expect(of("PROFILE_SOURCE")[0]?.message).toContain(says);
  });
});

describe("check names the tools that do not find the line", () => {
  const plain = "[profile app]\ncredential_process = LINE\n";
  test.each([
    ["a byte order mark", `\uFEFF${plain}`, ["the AWS CLI and boto3", "Go", "Java"], /text before the first section/],
    [
      "a colon instead of an equals sign",
      plain.replace(" =", ":"),
      ["JavaScript", "Java", ".NET"],
      /a line without "="/,
    ],
    ["a key in upper case", plain.replace("cred", "Cred"), ["JavaScript", "Java"], /no credential_process/],
    ["quotation marks around the name", plain.replace("app", '"app"'), ["Go", "Java", ".NET"], /not found/],
    ["a comment after the header", plain.replace("]", "] # mine"), [".NET"], /no section, no comment/],
    ["quotation marks at both ends", plain.replace("LINE", '"PROGRAM" "a b"'), ["Go"], /loses the quotation marks/],
    ["a duplicate section", plain + plain, ["the AWS CLI and boto3"], /stands there twice/],
  ] as const)("%s", async (_, text, names, says) => {
    const config = text.replaceAll("LINE", line).replace("PROGRAM", executable);
    const [finding] = (await check(["app", "--offline"], files(config))).of("SHARED_FILES");
    expect(finding?.level).toBe("warn");
    expect(finding?.message).toMatch(says);
    const named = ["the AWS CLI and boto3", "JavaScript", "Go", "Java", ".NET"].filter((name) =>
      new RegExp(`(^|[ ,])${name}[,: ]`).test(finding?.message ?? ""),
    );
    expect(named).toEqual(names);
  });
});

describe("check without a profile", () => {
  const config = () =>
    `[default]\nregion = us-east-1\n[profile a]\ncredential_process = ${line}\n[profile b]\ncredential_process = other\n[profile c]\ncredential_process = ${line.replace("--role-arn", "--no-such-flag")}\n`;

  test("checks every profile that runs this program, and says which", async () => {
    const { findings, of } = await check(["--offline"], files(config()));
    expect([...new Set(findings.map(({ profile }) => profile))]).toEqual(["a", "c"]);
    const failed = of("SETTINGS").filter(({ level }) => level === "fail");
    expect(failed.map(({ profile }) => profile)).toEqual(["c"]);
    const { stdout } = await runCli(["check", "--offline"], {
      env: { AWS_EC2_METADATA_DISABLED: "true", ...files(config()) },
    });
    expect(stdout).toMatch(/^profile "a"\n\nsettings\n[^]*\nprofile "c"\n\nsettings\n/);
    expect(stdout).toMatch(
      /a: nothing failed\.\n[^]*\n {2}FAIL SETTINGS .*\n.*unknown flag: --no-such-flag \(ERR_SETTING\)\n {4}-> .*\n$/,
    );
  });

  test("checks the one that AWS_PROFILE names, and the settings that are given", async () => {
    const named = await check(["--offline"], { ...files(config()), AWS_PROFILE: "a" });
    expect(new Set(named.findings.map(({ profile }) => profile))).toEqual(new Set(["a"]));
    const given = await check(["--offline", ...emulatorFlags(emulator)], files(config()));
    expect(new Set(given.findings.map(({ profile }) => profile))).toEqual(new Set([undefined]));
  });

  test("reports how to start if nothing is configured", async () => {
    const { of } = await check(["--offline"], files(""));
    expect(of("SETTINGS")).toMatchObject([{ level: "fail" }]);
    expect(of("SETTINGS")[0]?.hint).toContain("rolesanywhere-ts configure");
  });
});

test("the report on a valid profile ends with the caller's identity", async () => {
  const env = { AWS_EC2_METADATA_DISABLED: "true", AWS_ENDPOINT_URL_STS: emulator.url };
  const { stdout } = await runCli(["check", "prod"], {
    env: { ...env, ...files(`[profile prod]\ncredential_process = ${line}\n`) },
  });
  expect(stdout).toMatch(/\nprod works: you are arn:aws:sts::\d{12}:assumed-role\/Demo\/\S+, until \S+Z\n$/);
});

describe("a credential_process line of this program gives the settings of the profile", () => {
  const env = () => ({ ...files(`[profile prod]\ncredential_process = ${line}\n`), ROLESANYWHERE_TS_CACHE: "off" });

  test.each([
    ["credentials", ["credentials", "--format", "json"]],
    ["credential-process", ["credential-process"]],
    ["exec", ["exec"]],
    ["trust-policy", ["trust-policy"]],
    ["sign-string", ["sign-string"]],
    ["read-certificate-data", ["read-certificate-data"]],
  ] as const)("for %s", async (name, words) => {
    const more = name === "exec" ? ["--", "true"] : [];
    const { stderr, status } = await runCli([...words, "--settings-profile", "prod", ...more], { env: env() });
    expect({ status, stderr: name === "trust-policy" ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(["credentials", "trust-policy"])("for %s with --profile", async (name) => {
    expect(await runCli([name, "--profile", "prod"], { env: env() })).toMatchObject({ status: 0 });
  });

  test("for serve", async () => {
    const served = startCli(["serve", "--profile", "prod", "--port", "0"], { env: env() });
    await served.waitFor(/Local server started on port: \d+/, "stderr");
    served.child.kill("SIGTERM");
    expect((await served.ended).stderr).toContain("for container credentials of Demo");
  });

  test("with their origin in errors, and overridden by flags and variables", async () => {
    const broken = files(
      `[profile prod]\ncredential_process = ${line.replace(/--role-arn \S+/, "--role-arn nonsense")}\n`,
    );
    const failed = await runCli(["credentials", "--settings-profile", "prod"], { env: broken });
    expect(failed.stderr).toContain('--role-arn in credential_process of profile "prod" in ');
    for (const more of [
      { words: ["--role-arn", roleArn(emulator, "Demo")], env: {} },
      { words: [], env: { ROLESANYWHERE_TS_ROLE_ARN: roleArn(emulator, "Demo") } },
    ])
      expect(
        await runCli(["credentials", "--settings-profile", "prod", ...more.words], { env: { ...broken, ...more.env } }),
      ).toMatchObject({ status: 0 });
  });

  test("also if the line names another profile with keys", async () => {
    const config = `[profile prod]\ncredential_process = ${executable} credential-process --settings-profile keys --role-arn ${roleArn(emulator, "Demo")}\n[profile keys]\n${keysOf()}`;
    expect(await runCli(["credentials", "--profile", "prod"], { env: files(config) })).toMatchObject({ status: 0 });
  });

  function keysOf(): string {
    const words = emulatorFlags(emulator, { "role-arn": undefined });
    return words
      .flatMap((word, index) =>
        word.startsWith("--")
          ? [`rolesanywhere_${word.slice(2).replaceAll("-", "_")} = ${words[index + 1] ?? ""}\n`]
          : [],
      )
      .join("");
  }

  test("but not if the line runs another program", async () => {
    const foreign = files(`[profile prod]\ncredential_process = other-program credential-process --role-arn x\n`);
    const { stderr, status } = await runCli(["credentials", "--settings-profile", "prod"], { env: foreign });
    expect({ status, stderr }).toMatchObject({ status: 2 });
    expect(stderr).toContain("--trust-anchor-arn, --profile-arn, --role-arn are missing");
  });
});

test("all missing settings are reported at once, with the command that sets them up", async () => {
  const { stderr, status } = await runCli(["credential-process", "--role-arn", "arn:aws:iam::111122223333:role/App"]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/error\[ERR_SETTING\]: --trust-anchor-arn, --profile-arn are missing\n/);
  expect(stderr).toContain('hint: "rolesanywhere-ts configure"');
});
