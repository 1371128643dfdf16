// credential_process lines on Windows: those that configure and the emulator write are run by every SDK's way, and check says of
// others who runs them.
import { copyFileSync, linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { executable, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const windowsPath = (path: string) => `Z:${path.replaceAll("/", "\\")}`;
const node = process.env["ROLESANYWHERE_TS_WINDOWS_NODE"] ?? "";
const wine = process.env["ROLESANYWHERE_TS_WINE_PROGRAM"] ?? "";
/** The standalone executable, if that is tested. */
const standalone = process.env["ROLESANYWHERE_TS_WINDOWS_STANDALONE"] ?? "";
const sdkWays = fileURLToPath(new URL("sdk-ways.cjs", import.meta.url));
const folder = createScratch("lines");
const hasDotnet = requireTools("lines of Windows run by the AWS SDK for .NET", "aws-dotnet");

let account: EmulatorAccount;
let dotnet = "";
beforeAll(async () => {
  account = await startEmulatorAccount();
  if (hasDotnet) {
    const { stdout } = await runProgram("sh", ["-c", "command -v aws-dotnet"]);
    dotnet = windowsPath(join(stdout.trim(), "../../windows/aws-dotnet.exe"));
  }
});
afterAll(() => account.stop());

type Variables = Readonly<Record<string, string>>;
const variables = (more: Variables = {}): Variables => ({
  ...account.variables,
  ROLESANYWHERE_TS_CACHE: "off",
  WINEPATH: [windowsPath(join(node, "..")), windowsPath(join(folder, "bin"))].join(";"),
  ...more,
});

/** Which ways of running a line give credentials. */
async function runEach(line: string, env: Variables): Promise<Readonly<Record<string, boolean>>> {
  const file = join(createScratch("line"), "lines.json");
  writeFileSync(file, JSON.stringify([line]));
  const { stdout, stderr } = await runProgram(wine, [node, windowsPath(sdkWays), windowsPath(file), dotnet], {
    env,
    timeoutMs: 100_000,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Readonly<Record<string, boolean>>;
}

const all = (runs: boolean) =>
  Object.fromEntries(
    ["python", "javascript", "go", "java", "c", ...(hasDotnet ? ["dotnet"] : [])].map((way) => [way, runs]),
  );

/** The emulator's certificate and key in a folder of this name. */
function identityIn(name: string): { readonly certificate: string; readonly key: string } {
  const place = join(createScratch("identity"), name);
  mkdirSync(place, { recursive: true });
  const [certificate, key] = [join(place, "client.pem"), join(place, "client.key")];
  copyFileSync(join(account.folder, "ec-chain.pem"), certificate);
  copyFileSync(join(account.folder, "ec-key.pem"), key);
  return { certificate: windowsPath(certificate), key: windowsPath(key) };
}

const arnFlags = () => account.flags.slice(account.flags.indexOf("--trust-anchor-arn"));
const lineOf = (config: string) => /^credential_process = (.*)$/m.exec(readFileSync(config, "utf8"))?.[1] ?? "";

/** A copy of the program in a folder of this name. */
function programIn(name: string, file = "rolesanywhere-ts"): string {
  const place = join(createScratch("program"), name);
  mkdirSync(place, { recursive: true });
  const [from, ending] = standalone === "" ? [executable, ".cjs"] : [standalone, ".exe"];
  copyFileSync(from, join(place, file + ending));
  return join(place, file + ending);
}

describe("configure writes lines that every SDK's way runs", () => {
  const configure = async (flags: readonly string[], more: Variables = {}) => {
    const config = join(createScratch("config"), "config");
    const env = variables({ AWS_CONFIG_FILE: config, ...more });
    const result = await runCli(["configure", "--profile", "app", ...flags, ...arnFlags()], { env });
    return { config, env, ...result };
  };

  test.each([
    ["pki", false],
    ["my pki", true],
    ["R & D", true],
    ["Files (x86)", true],
    ["it's", true],
    ["100%", true],
    ["a^b", true],
  ])("for a certificate in the folder %s", async (name, inKeys) => {
    const { certificate, key } = identityIn(name);
    const { config, env, stderr, status } = await configure(["--certificate", certificate, "--private-key", key]);
    expect({ stderr, status }).toMatchObject({ stderr: expect.stringContaining("it works"), status: 0 });
    const line = lineOf(config);
    expect(line).not.toContain('"');
    expect(line.includes("--settings-profile app")).toBe(inKeys);
    expect(stderr.includes("some SDKs on Windows run no line with quotation marks")).toBe(inKeys);
    expect({ line, ways: await runEach(line, env) }).toEqual({ line, ways: all(true) });
  });

  test.each(["Program Files (x86)", "my tools"])("for a program in the folder %s, by its short name", async (name) => {
    const bundle = programIn(name);
    const { certificate, key } = identityIn("pki");
    const flags = ["--certificate", certificate, "--private-key", key];
    const { config, env, status, stderr } = await configure(flags, { WINE_TEST_BUNDLE: bundle });
    expect({ stderr, status }).toMatchObject({ status: 0 });
    const line = lineOf(config);
    const program = standalone === "" ? /^node Z:.*~.*\\rolesanywhere-ts\.cjs$/ : /^Z:.*~.*\\rolesanywhere-ts\.exe$/;
    const [words = ""] = line.split(" credential-process --certificate ");
    expect(words).toMatch(program);
    expect(words).not.toMatch(/["()&]/);
    expect({ line, ways: await runEach(line, env) }).toEqual({ line, ways: all(true) });
  });

  test("and refuses a program whose path needs quotation marks", async () => {
    const bundle = programIn("plain", "roles anywhere");
    const { certificate, key } = identityIn("pki");
    const flags = ["--certificate", certificate, "--private-key", key];
    const { config, status, stderr } = await configure(flags, { WINE_TEST_BUNDLE: bundle });
    expect(status).toBe(2);
    expect(stderr).toContain("needs quotation marks, and the AWS SDKs for .NET, Go and Rust run no line with them");
    expect(() => readFileSync(config)).toThrow("ENOENT");
  });
});

test("the emulator writes lines that every SDK's way runs", async () => {
  const { formatAwsConfig } = await import("../../src/emulator/aws-config.js");
  const config = join(createScratch("emulator"), "config");
  const text = formatAwsConfig({
    folder: account.folder,
    url: account.url,
    state: account.state(),
    program: ["node", windowsPath(executable)],
    tls: false,
    platform: "win32",
  });
  writeFileSync(config, text);
  const lines = [...text.matchAll(/^credential_process = (.*)$/gm)].map(([, line = ""]) => line);
  expect(lines).toHaveLength(4);
  expect(text).not.toContain('"node');
  for (const line of lines) {
    expect(line).not.toContain('"');
    const ways = await runEach(line, variables({ AWS_CONFIG_FILE: config }));
    expect({ line, ways }).toEqual({ line, ways: all(true) });
  }
});

// Its lines start Node.js with the bundle.
describe.skipIf(standalone !== "")("check says of a profile who runs its line", () => {
  const script = windowsPath(executable);
  let plain: { readonly certificate: string; readonly key: string };
  let blank: { readonly certificate: string; readonly key: string };
  beforeAll(() => {
    plain = identityIn("pki");
    blank = identityIn("my pki");
    for (const name of ["bin", "a b", "a b (x86)"]) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "bin", "rolesanywhere-ts.cmd"), `@node "${script}" %*\r\n`);
    // Hard links: the program is 60 MB.
    for (const name of ["a b", "a b (x86)"]) {
      const place = join(folder, name, "node.exe");
      try {
        linkSync(node, place);
      } catch {
        copyFileSync(node, place);
      }
    }
  });

  const flags = ({ certificate, key } = plain, quote = "") =>
    ["--certificate", `${quote}${certificate}${quote}`, "--private-key", `${quote}${key}${quote}`, ...arnFlags()].join(
      " ",
    );
  const own = (name: string) => windowsPath(join(folder, name, "node.exe"));
  const everyOne = { says: /^pass: /, ways: {} };
  const notGo = { says: /Go and Rust do not run it; the AWS Toolkit/, ways: { go: false } };
  const notNet = {
    says: /\.NET does not run it; the AWS SDKs for Go and Rust do not run it/,
    ways: { go: false, c: false, dotnet: false },
  };

  test.each<[string, () => string, { says: RegExp; ways: Readonly<Record<string, boolean>> }]>([
    ["plain words", () => `node ${script} credential-process ${flags()}`, everyOne],
    ["the program by its path", () => `${windowsPath(node)} ${script} credential-process ${flags()}`, everyOne],
    ["the program in other letters", () => `NODE.EXE ${script} credential-process ${flags()}`, everyOne],
    ["slashes", () => `node ${script.replaceAll("\\", "/")} credential-process ${flags()}`, everyOne],
    [
      "backslashes at the end of a word",
      () => `node ${script} credential-process ${flags()} --cache-dir Z:\\tmp\\ --no-cache`,
      everyOne,
    ],
    ["a quoted script", () => `node "${script}" credential-process ${flags()}`, notGo],
    ["quoted settings", () => `node ${script} credential-process ${flags(blank, '"')}`, notGo],
    ["a quoted program alone", () => `"${own("a b")}" ${script} credential-process ${flags()}`, notGo],
    ["a quoted program with (x86)", () => `"${own("a b (x86)")}" ${script} credential-process ${flags()}`, notNet],
    [
      "a quoted program and quoted settings",
      () => `"${own("a b")}" ${script} credential-process ${flags(blank, '"')}`,
      notNet,
    ],
    ["a quoted program without need", () => `"node" ${script} credential-process ${flags()}`, notGo],
  ])("%s", async (_, line, { says, ways }) => {
    const config = join(createScratch("config"), "config");
    writeFileSync(config, `[profile app]\ncredential_process = ${line()}\nregion = us-east-1\n`);
    const env = variables({ AWS_CONFIG_FILE: config });
    const found = await findingsOf(env);
    expect(found.filter(({ level }) => level === "fail")).toEqual([]);
    const [command] = found.filter(({ code }) => code === "PROFILE_COMMAND");
    expect(`${command?.level ?? ""}: ${command?.message ?? ""}`).toMatch(says);
    expect(found.filter(({ code }) => code === "PROFILE_EXECUTABLE")).toMatchObject([{ level: "pass" }]);
    const expected = Object.entries({ ...all(true), ...ways }).filter(([way]) => hasDotnet || way !== "dotnet");
    expect({ line: line(), ways: await runEach(line(), env) }).toEqual({
      line: line(),
      ways: Object.fromEntries(expected),
    });
  });

  async function findingsOf(env: Variables) {
    const { stdout } = await runCli(["check", "--offline", "--json", "--profile", "app"], { env });
    return (JSON.parse(stdout) as { findings: { code: string; level: string; message: string; subject: string }[] })
      .findings;
  }

  test("settings in keys", async () => {
    const config = join(createScratch("config"), "config");
    const keys = ["certificate", blank.certificate, "private_key", blank.key];
    const arns = arnFlags().map((word) => word.replace(/^--/, "").replaceAll("-", "_"));
    const settings = [...keys, ...arns.map((word, index) => (index % 2 === 0 ? word : (arnFlags()[index] ?? "")))];
    const lines = settings.flatMap((word, index) =>
      index % 2 === 0 ? [`rolesanywhere_${word} = ${settings[index + 1] ?? ""}`] : [],
    );
    const line = `node ${script} credential-process --settings-profile app`;
    writeFileSync(config, `[profile app]\ncredential_process = ${line}\n${lines.join("\n")}\n`);
    const env = variables({ AWS_CONFIG_FILE: config });
    expect((await findingsOf(env)).filter(({ level }) => level === "fail")).toEqual([]);
    expect(await runEach(line, env)).toEqual(all(true));
  });

  test.each<[string, () => string, string, string, RegExp]>([
    [
      "npm's batch file by its name",
      () => `rolesanywhere-ts credential-process ${flags()}`,
      "PROFILE_EXECUTABLE",
      "warn",
      /batch file, which the AWS CLI and boto3 do not find/,
    ],
    [
      "a program that is not there",
      () => `Z:\\none\\ra.exe credential-process ${flags()}`,
      "PROFILE_EXECUTABLE",
      "fail",
      /"Z:\\none\\ra\.exe" is not there/,
    ],
    [
      "a program that is not on PATH",
      () => `no-such-program credential-process ${flags()}`,
      "PROFILE_EXECUTABLE",
      "fail",
      /not on PATH/,
    ],
    ["another program", () => `cmd.exe /c echo ${flags()}`, "PROFILE_EXECUTABLE", "warn", /another program/],
    [
      "single quotes",
      () => `node '${script}' credential-process ${flags()}`,
      "PROFILE_COMMAND",
      "fail",
      /single quotes/,
    ],
    ["a quotation mark left open", () => `node "${script} credential-process`, "PROFILE_COMMAND", "fail", /left open/],
    [
      "a comment",
      () => `node ${script} credential-process ${flags()} # mine`,
      "PROFILE_COMMAND",
      "fail",
      /cut the line off/,
    ],
    [
      "a variable",
      () => `node ${script} credential-process --certificate %USERPROFILE%\\x.pem ${arnFlags().join(" ")}`,
      "PROFILE_COMMAND",
      "warn",
      /cmd\.exe read "%"/,
    ],
    [
      "a certificate that is not there, with its whole path",
      () =>
        `node ${script} credential-process --certificate Z:\\pki\\none.pem --private-key ${plain.key} ${arnFlags().join(" ")}`,
      "CERTIFICATE_FILE",
      "fail",
      /Z:\\pki\\none\.pem/,
    ],
    [
      "access keys beside it",
      () => `node ${script} credential-process ${flags()}\naws_access_key_id = AKIAIOSFODNN7EXAMPLE`,
      "SHARED_FILES",
      "warn",
      /\.NET: aws_access_key_id stands beside/,
    ],
  ])("and finds %s", async (_, line, code, level, says) => {
    const config = join(createScratch("config"), "config");
    writeFileSync(config, `[profile app]\ncredential_process = ${line()}\n`);
    const found = (await findingsOf(variables({ AWS_CONFIG_FILE: config }))).filter((finding) => finding.code === code);
    expect(found).toMatchObject([{ level }]);
    expect(`${found[0]?.subject ?? ""} ${found[0]?.message ?? ""}`).toMatch(says);
  });
});
