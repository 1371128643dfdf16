// Lines as people type them who come from AWS's helper and from other tools.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test, vi } from "vitest";
import { flagMeanings } from "../../src/commands/line/flag-meanings.js";
import { registry } from "../../src/commands/registry.js";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let identity: EmulatedIdentity;
let flags: readonly string[];
beforeAll(async () => {
  identity = await createEmulatedIdentity();
  identity.emulator.updateState((state) => ({
    ...state,
    profiles: state.profiles.map((profile) => ({ ...profile, acceptRoleSessionName: true })),
  }));
  flags = [...identity.flags, "--role-arn", identity.roleArn("Demo")];
});
afterAll(() => identity.emulator.stop());

const document = { Version: 1, AccessKeyId: expect.any(String) };

async function vended(words: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await runCli(words);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe("flags before the command", () => {
  it("are read as if they followed it", async () => {
    expect(await vended([...flags, "credential-process"])).toMatchObject(document);
    expect(await vended([...flags.slice(0, 4), "credential-process", ...flags.slice(4)])).toMatchObject(document);
  });

  it("may be switches, alone or with true behind them", async () => {
    expect(await vended(["--with-proxy", "--no-cache=true", "credential-process", ...flags])).toMatchObject(document);
    expect(await vended(["--with-proxy", "true", "credential-process", ...flags])).toMatchObject(document);
  });

  it("keep a value that is a command's name", async () => {
    const { stderr } = await runCli(["--certificate", "serve", "credential-process", ...flags.slice(2)]);
    expect(stderr).toMatch(/cannot (?:read|open|find)|no such file|does not exist|there is no/i);
    expect(stderr).toContain("serve");
  });

  it("leave the words of another program to it", async () => {
    const line = [...flags, "exec", "--", process.execPath, "-p", "process.env.AWS_ACCESS_KEY_ID.length"];
    expect(await runCli(line)).toMatchObject({ status: 0, stdout: "20\n" });
  });

  it("are refused by name where the command does not have them", async () => {
    const { status, stderr } = await runCli(["--certificate", "c.pem", "version"]);
    expect(status).toBe(2);
    expect(stderr).toContain("unknown flag: --certificate");
  });

  it("need a command, and no secret of them is shown", async () => {
    const { status, stderr } = await runCli(["--pkcs8-password=gehe1m", "--debug"]);
    expect(status).toBe(2);
    expect(stderr).toContain('no command on a line that begins with "--pkcs8-password"');
    expect(stderr).not.toContain("gehe1m");
  });

  it("are read so in a profile's line too", async () => {
    const config = join(createScratch("home"), "config");
    writeFileSync(
      config,
      `[profile p]\ncredential_process = rolesanywhere-ts ${[...flags, "credential-process"].join(" ")}\n`,
    );
    const result = await runCli(["credentials", "--profile", "p", "--format", "json"], {
      env: { AWS_CONFIG_FILE: config },
    });
    expect(result).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("true behind a switch", () => {
  it("is taken, as the official helper takes it", async () => {
    expect(await vended(["credential-process", ...flags, "--with-proxy", "true"])).toMatchObject(document);
    const file = join(createScratch("update"), "credentials");
    const env = { AWS_SHARED_CREDENTIALS_FILE: file };
    expect(await runCli(["update", "--once", "true", ...flags], { env })).toMatchObject({ status: 0, stdout: "" });
    expect(readFileSync(file, "utf8")).toContain("aws_access_key_id");
  });

  it("is no licence for false, which that helper takes for true", async () => {
    const { status, stderr } = await runCli(["update", "--once", "false", ...flags]);
    expect(status).toBe(2);
    expect(stderr).toContain("write --once=false, or leave --once out");
  });

  it("stays the program that exec runs", async () => {
    expect(await runCli(["exec", ...flags, "--debug=false", "--no-cache", "true"])).toMatchObject({ status: 0 });
  });
});

describe("help", () => {
  it("is there for help itself and for each command", async () => {
    const { stdout } = await runCli(["help", "help"]);
    expect(stdout).toMatch(/^Usage: rolesanywhere-ts help \[COMMAND\]\n/);
    expect((await runCli(["help", "--help"])).stdout).toBe(stdout);
    expect((await runCli(["help", "serve"])).stdout).toBe((await runCli(["serve", "--help"])).stdout);
    expect((await runCli(["help"])).stdout).toBe((await runCli(["--help"])).stdout);
  });

  it("is what -? asks for, as in PowerShell", async () => {
    expect((await runCli(["-?"])).stdout).toBe((await runCli(["--help"])).stdout);
    expect((await runCli(["scan", "-?"])).stdout).toBe((await runCli(["scan", "--help"])).stdout);
    expect((await runCli(["help", "-?"])).stdout).toBe((await runCli(["help", "help"])).stdout);
  });

  it("refuses a command that does not exist, even one that every object has", async () => {
    for (const name of ["nope", "constructor"]) expect((await runCli(["help", name])).status).toBe(2);
  });

  it("is what completion prints without a shell", async () => {
    const bare = await runCli(["completion"]);
    expect(bare).toMatchObject({ status: 0, stderr: "" });
    expect(bare.stdout).toBe((await runCli(["completion", "--help"])).stdout);
  });
});

it("sign-string --debug says which key signs which text, and stdout stays the signature", async () => {
  const line = ["sign-string", "--private-key", identity.certificatePath, "--format", "text"];
  const { stdout, stderr } = await runCli([...line, "--debug"]);
  expect(stdout).toMatch(/^[0-9a-f]+$/);
  expect(stderr).toContain("debug: key: AWS4-X509-ECDSA");
  expect(stderr).toContain("AWS Roles Anywhere Credential Helper Signing Test");
});

it("an empty TPM_DEVICE counts as none", async () => {
  const line = ["sign-string", "--private-key", "handle:0x81000101", "--no-tpm-key-password"];
  const { stderr } = await runCli(line, { env: { TPM_DEVICE: "" } });
  expect(stderr).not.toContain("the TPM at :");
});

describe("dashes of a web page", () => {
  it.each([
    ["\u2013", "an en dash (U+2013)"],
    ["\u2013-", "an en dash (U+2013)"],
    ["\u2014", "an em dash (U+2014)"],
    ["\u2212\u2212", "a minus sign (U+2212)"],
    ["-\u2013", "an en dash (U+2013)"],
  ])("%j before a flag is named, wherever the flag is", async (dash, name) => {
    for (const line of [
      ["credential-process", `${dash}certificate`, "c.pem"],
      [`${dash}certificate`, "c.pem", "credential-process"],
      ["request", `${dash}profile`, "p", "GET", "https://example.test"],
    ]) {
      const { status, stderr } = await runCli(line);
      expect(status).toBe(2);
      expect(stderr).toContain(`begins with ${name}, not a hyphen`);
    }
  });

  it("are named where exec would take the word for its program", async () => {
    for (const line of [
      ["exec", "\u2013profile", "p", "--", "true"],
      ["exec", "--profile", "p", "\u2014server", "--", "true"],
    ]) {
      const { status, stderr } = await runCli(line);
      expect(status).toBe(2);
      expect(stderr).toMatch(/begins with an e[nm] dash \(U\+201[34]\), not a hyphen/);
    }
    const { stderr } = await runCli(["exec", ...flags, "--", "\u2013x"]);
    expect(stderr).not.toContain("not a hyphen");
  });

  it("are left alone in the value of a flag", async () => {
    const { stderr } = await runCli(["credential-process", "--role-session-name", "\u2013x", "--nope"]);
    expect(stderr).toContain("unknown flag: --nope");
  });

  it("show no value", async () => {
    const { stderr } = await runCli(["credential-process", "\u2013\u2013pkcs8-password=gehe1m"]);
    expect(stderr).toContain("type --pkcs8-password");
    expect(stderr).not.toContain("gehe1m");
  });
});

it("a region that the trust anchor is not in is named with the way out", async () => {
  const { stderr } = await runCli(["credential-process", ...flags, "--region", "eu-west-1"]);
  expect(stderr).toContain("Credential should be scoped to a valid region");
  expect(stderr).toMatch(
    /hint: the request was signed for eu-west-1, and trust anchor \S+ is in us-east-1: leave --region/,
  );
});

describe("an unknown flag", () => {
  it.each([
    ["serve", "--address", "did you mean --listen?"],
    ["serve", "--max-hop-limit", "did you mean --hop-limit?"],
    ["serve", "--cert", "did you mean --certificate?"],
    ["update", "--ttl", "did you mean --session-duration?"],
    ["update", "--key", "did you mean --private-key?"],
    ["update", "--verbose", "did you mean --debug?"],
    ["configure", "--name", "did you mean --profile?"],
    ["configure", "--key", "did you mean --private-key?"],
    ["configure", "--force", "did you mean --replace?"],
    ["check", "--key", "did you mean --private-key?"],
    ["check", "--output", "did you mean --json?"],
    ["check", "--ca-bundle", "set AWS_CA_BUNDLE to the file of roots that the service's certificate chains to"],
    ["check", "--proxy", "set HTTPS_PROXY to the proxy: it is used without a flag"],
    ["update", "--oncee", "did you mean --once?"],
    ["serve", "--prot", "did you mean --port?"],
    ["serve", "--PORT", "did you mean --port?"],
    ["serve", "-port", "did you mean --port?"],
    ["check", "-SettingsProfile", "did you mean --settings-profile?"],
    ["credentials", "-settings-profile", "did you mean --settings-profile?"],
    ["credentials", "-settings-profile:app", "did you mean --settings-profile?"],
    ["credentials", "-role-arn=x", "did you mean --role-arn?"],
    ["credentials", "--format:json", "write --format VALUE or --format=VALUE, without a colon"],
    ["update", "--key:x", "did you mean --private-key?"],
  ])("%s %s is met by: %s", async (command, flag, hint) => {
    const { status, stderr } = await runCli([command, flag, "x"]);
    expect(status).toBe(2);
    expect(stderr.split("\n")[1]).toBe(`rolesanywhere-ts: hint: ${hint}`);
  });

  it.each(["configure", "update", "serve", "check"])("of no meaning gets no guess from %s", async (command) => {
    const { stderr } = await runCli([command, "--nope", "x"]);
    expect(stderr.split("\n")[1]).toBe("rolesanywhere-ts: hint: see --help for the flags of this command");
  });

  it("has a meaning only in flags that a command has", async () => {
    const tables = await Promise.all(Object.values(registry).map(async ({ load }) => (await load()).options as object));
    expect(Object.keys(flagMeanings).filter((name) => !tables.some((table) => Object.hasOwn(table, name)))).toEqual([]);
  });
});

describe("a password behind a mistyped flag", () => {
  it.each([["--pkcs8-password:gehe1m"], ["-pkcs8-password:gehe1m"], ["-gehe1m"], ["--pkcs8-pasword=gehe1m"]])(
    "is not shown: %s",
    async (word) => {
      const { status, stderr } = await runCli(["credentials", word]);
      expect(status).toBe(2);
      expect(stderr).toContain("unknown flag: -");
      expect(stderr).not.toContain("ehe1m");
    },
  );
});

describe("a flag in the place of a value", () => {
  it.each([
    ["credentials --endpoint --format json", "--endpoint, found --format"],
    ["credentials --settings-profile --format=json", "--settings-profile, found --format"],
    ["exec --settings-profile -- true", "--settings-profile, found --"],
    ["request GET https://example.test --data --profile p", "--data, found --profile"],
    ["update --region --once", "--region, found --once"],
    ["credentials --format", "--format"],
  ])("is refused by name: %s", async (line, told) => {
    const { status, stderr } = await runCli(line.split(" "));
    expect(status).toBe(2);
    expect(stderr.split("\n")[0]).toBe(`rolesanywhere-ts: error[ERR_ARGUMENT]: flag needs an argument: ${told}`);
  });

  it("is a value behind an equals sign, and so is a word that is no flag of the command", async () => {
    for (const words of [["--role-session-name=--format"], ["--role-session-name", "--formatt"]]) {
      const result = await runCli(["credentials", ...flags, ...words, "--format", "json"]);
      expect(result).toMatchObject({ status: 0, stderr: "" });
    }
  });

  it("is named in a profile's line too", async () => {
    const config = join(createScratch("home"), "config");
    writeFileSync(config, "[profile p]\ncredential_process = rolesanywhere-ts credential-process -role-arn x\n");
    const { stderr } = await runCli(["credentials", "--profile", "p"], { env: { AWS_CONFIG_FILE: config } });
    expect(stderr).toContain("unknown flag: -role-arn");
    expect(stderr).toContain("did you mean --role-arn?");
  });
});

describe("a value by another name", () => {
  it.each([
    ["credentials --format JSON", "write --format json"],
    ["credentials --format PowerShell", "write --format powershell"],
    ["credentials --format pwsh", "write --format powershell"],
    ["credentials --format ps1", "write --format powershell"],
    ["credentials --format bash", "write --format export"],
    ["credentials --format yaml", "see --help"],
    ["read-s3 s3://b/k --format jsonl", "write --format ndjson"],
    ["read-s3 s3://b/k --format Parquet", "write --format parquet"],
    ["completion pwsh", 'write "rolesanywhere-ts completion powershell"'],
    ["completion sh", 'write "rolesanywhere-ts completion bash"'],
    ["completion PowerShell", 'write "rolesanywhere-ts completion powershell"'],
    ["completion nushell", 'write "rolesanywhere-ts completion --help"'],
  ])("is answered with the right word, never with another: %s", async (line, hint) => {
    const { status, stderr } = await runCli(line.split(" "));
    expect(status).toBe(2);
    expect(stderr.split("\n")[1]).toBe(`rolesanywhere-ts: hint: ${hint}`);
  });
});

describe("the AWS SDK's own warnings", () => {
  it.each(["request https://example.test --region us-east-1 --presign 900", "credentials", "exec -- true"])(
    "do not reach stderr: %s",
    async (line) => {
      const config = join(createScratch("home"), "config");
      writeFileSync(config, "[profile r]\nregion = us-east-1\n");
      const keys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "s" };
      const env = { ...keys, AWS_PROFILE: "r", AWS_CONFIG_FILE: config, AWS_EC2_METADATA_DISABLED: "true" };
      const { stderr } = await runCli(line.split(" "), { env });
      for (const told of stderr.split("\n").filter((text) => text !== "")) expect(told).toMatch(/^rolesanywhere-ts: /);
    },
  );
});

it("a number that is none gets an example of that flag", async () => {
  expect((await runCli(["serve", "--port", "x"])).stderr).toContain("write --port 9911, for example");
  expect((await runCli(["serve", "--hop-limit", "x"])).stderr).toContain("write --hop-limit 64, for example");
});

describe("the lines of EKS Hybrid's nodeadm, without HOME and with a bare PATH", () => {
  const env = { HOME: undefined, PATH: "/usr/sbin:/sbin" };

  test("credential-process gives the document", async () => {
    const line = ["credential-process", ...flags, "--role-session-name", "mi-0123456789abcdef0", "--with-proxy"];
    const { stdout, stderr, status } = await runCli(line, { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject(document);
  });

  test("update writes the file that its unit names", async () => {
    const file = join(createScratch("node"), "credentials");
    const line = ["update", ...flags, "--role-session-name", "mi-0123456789abcdef0", "--region", "us-east-1"];
    const running = startCli(line, { env: { ...env, AWS_SHARED_CREDENTIALS_FILE: file } });
    try {
      await vi.waitUntil(() => existsSync(file), 20_000);
      expect(readFileSync(file, "utf8")).toMatch(/^\[default\]\n(?:.+\n)*aws_session_token = /);
    } finally {
      await running.stop();
    }
  });
});
