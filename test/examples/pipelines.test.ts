// The GitHub Action and the GitLab component, run as their runners run them: the entry with the runner's variables and
// files, then a step that uses what it left, then the clean-up.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { makeAction } from "../../scripts/release/action.mjs";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { executable } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

/** The account's flags as a record, with the text of the files. */
function identity(): Readonly<Record<"certificate" | "private-key" | "endpoint", string>> & Record<string, string> {
  const flags: Record<string, string> = Object.fromEntries(
    account.flags.flatMap((word, at) => (at % 2 === 0 ? [[word.slice(2), account.flags[at + 1] ?? ""]] : [])),
  );
  const text = (name: string) => readFileSync(flags[name] ?? "", "utf8");
  return { ...flags, certificate: text("certificate"), "private-key": text("private-key"), endpoint: account.url };
}

/** What the program behind a profile gives, with nothing but the variables of the job. */
async function sessionOf(env: Readonly<Record<string, string>>) {
  const config = readFileSync(env["AWS_CONFIG_FILE"] ?? "", "utf8");
  const line = /^credential_process *= *(.*)$/m.exec(config)?.[1] ?? "";
  const { stdout, stderr, status } = await runProgram("sh", ["-c", line], { env });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return JSON.parse(stdout) as { readonly AccessKeyId: string };
}

describe("action.yml", () => {
  const action = parse(readFileSync(join(root, "action.yml"), "utf8")) as {
    readonly inputs: Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>;
    readonly runs: { readonly using: string; readonly main: string; readonly post: string };
  };

  /** A runner: gives the entry its inputs, files and folders, and reads the files back. */
  async function runAction(inputs: Readonly<Record<string, string>>, checkout = root) {
    const temp = createScratch("runner");
    const files = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE"].map((name) => [name, join(temp, name)] as const);
    for (const [, path] of files) writeFileSync(path, "");
    const named = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    const env = { ...Object.fromEntries(files), RUNNER_TEMP: temp, ...Object.fromEntries(named) };
    const run = await runProgram(process.execPath, [join(checkout, action.runs.main)], { env });
    const read = (name: string) => readRunnerFile(readFileSync(join(temp, name), "utf8"));
    return { ...run, temp, env: read("GITHUB_ENV"), output: read("GITHUB_OUTPUT"), state: read("GITHUB_STATE") };
  }

  const finish = (state: Readonly<Record<string, string>>) =>
    runProgram(process.execPath, [join(root, action.runs.post)], {
      env: Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
    });

  it("runs on Node.js 20, from files that are there, with every input described", () => {
    expect(action.runs.using).toBe("node20");
    for (const file of [action.runs.main, action.runs.post]) expect(existsSync(join(root, file)), file).toBe(true);
    for (const { description } of Object.values(action.inputs)) expect(description).toMatch(/\w/);
  });

  it("exports a session, masks its secrets first, and leaves no file", async () => {
    const { stdout, stderr, status, env, output, temp } = await runAction(identity());
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(Object.keys(env)).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "AWS_REGION",
      "AWS_DEFAULT_REGION",
    ]);
    expect(env).toMatchObject({ AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/) as string, AWS_REGION: "us-east-1" });
    expect(output["expiration"]).toMatch(/^\d{4}-.*Z$/);
    const lines = stdout.trim().split("\n");
    for (const secret of [env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"]])
      expect(lines).toContain(`::add-mask::${secret?.replaceAll("%", "%25")}`);
    const key = identity()["private-key"].split("\n");
    for (const line of key.filter((text) => /^[\w+/=]{4,}$/.test(text))) expect(lines).toContain(`::add-mask::${line}`);
    // Nothing but masks is in the log.
    expect(lines.filter((line) => !line.startsWith("::add-mask::"))).toEqual([]);
    expect(readdirSync(temp).toSorted()).toEqual(["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE"]);
  });

  it("writes a profile that gives sessions until the job ends, and then nothing is left", async () => {
    const { stdout, status, stderr, env, state, temp } = await runAction({ ...identity(), profile: "deploy" });
    expect(status, stderr).toBe(0);
    expect(env["AWS_PROFILE"]).toBe("deploy");
    const folder = state["folder"] ?? "";
    expect(folder.startsWith(temp)).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of ["client.key", "client.pem", "config"])
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    expect(await sessionOf(env)).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) as string });
    expect(stdout.split("\n").filter((line) => line.includes("BEGIN"))).toEqual([]);
    expect((await finish(state)).status).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });

  it("fails with the program's message and an annotation, and exports nothing", async () => {
    const wrong = { ...identity(), "role-arn": "arn:aws:iam::111122223333:role/Stranger" };
    const { stdout, stderr, status, env } = await runAction(wrong);
    expect(status).toBe(1);
    expect(stderr).toContain("hint:");
    expect(stdout).toContain("::error::rolesanywhere-ts ended with status 1\n");
    expect(env).toEqual({});
  });

  it.each(Object.entries(action.inputs).filter(([, { required }]) => required === true))(
    "names the input %s when it is empty, as a secret is that does not exist",
    async (name) => {
      const { stdout, status } = await runAction({ ...identity(), [name]: "" });
      expect(status).toBe(1);
      expect(stdout).toBe(
        `::error::the input ${name} is missing or empty; a secret that does not exist is empty too\n`,
      );
    },
  );

  interface Step {
    readonly uses?: string;
    readonly with?: Readonly<Record<string, string>>;
    readonly run?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly if?: string;
  }
  interface Job {
    readonly env?: Readonly<Record<string, string>>;
    readonly steps: readonly Step[];
  }
  const jobOf = (file: string, name: string) =>
    (parse(readFileSync(join(root, file), "utf8")) as { readonly jobs: Readonly<Record<string, Job>> }).jobs[name];

  /** Unpacks the archive of a release. */
  function unpackAction(): string {
    const folder = createScratch("action");
    execFileSync("tar", ["-xzf", join(folder, makeAction(folder)), "-C", folder]);
    return folder;
  }

  it("runs from the archive of a release, by the steps of examples/github-actions", async () => {
    const folder = unpackAction();
    const { certificate, "private-key": key, endpoint, ...arns } = identity();
    const secrets = { CLIENT_CERTIFICATE: certificate, CLIENT_KEY: key };
    const job = jobOf("examples/github-actions/deploy.yaml", "deploy");
    const settings: Record<string, string> = { ...job?.env, ROLESANYWHERE_TS_ENDPOINT: endpoint };
    for (const [name, value] of Object.entries<string>(arns))
      settings[`ROLESANYWHERE_TS_${name.toUpperCase().replaceAll("-", "_")}`] = value;
    const fill = (values: Readonly<Record<string, string>> = {}) =>
      Object.fromEntries(
        Object.entries(values).map(([name, text]) => [
          name,
          text.replace(
            /^\$\{\{ (?:secrets|env)\.(\w+) \}\}$/,
            (_, of: string) => ({ ...settings, ...secrets })[of] ?? "",
          ),
        ]),
      );
    // The AWS CLI of the runner, which here only says whose credentials it has.
    const bin = createScratch("bin");
    writeFileSync(join(bin, "aws"), '#!/bin/sh\necho "$1 $AWS_ACCESS_KEY_ID"\n', { mode: 0o755 });
    let environment: Readonly<Record<string, string>> = {
      ...settings,
      ...account.variables,
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    };
    const said: string[] = [];
    for (const step of job?.steps ?? []) {
      if (step.uses === "./.github/actions/rolesanywhere") {
        const { status, stderr, env } = await runAction({ ...fill(step.with), endpoint }, folder);
        said.push(`action ${status}${stderr}`);
        environment = { ...environment, ...env };
      } else if (step.run === undefined) said.push(step.uses ?? "");
      else {
        const script = step.run.replace("$PWD/.github/actions/rolesanywhere", folder).replace("/usr/local/bin", bin);
        const env = { ...environment, ...fill(step.env) };
        const { stdout, stderr, status } = await runProgram("bash", ["-e", "-c", script], { env });
        said.push(`${status} ${stderr}${stdout.replace(/ASIA.*\n/, "ASIA")}`);
      }
    }
    expect(said).toEqual(["actions/checkout@v4", "0 ", "0 s3 ASIA", "action 0", "0 sts ASIA"]);
  });

  it("is what the tag of the major version names after a release", async () => {
    const [work, server] = [createScratch("release"), createScratch("server")];
    const archive = makeAction(work);
    execFileSync("git", ["init", "--quiet", "--bare", join(server, "owner/name")]);
    const step = jobOf(".github/workflows/release.yaml", "announce")?.steps.at(-1);
    const env = {
      ...step?.env,
      GH_TOKEN: "token",
      GITHUB_SERVER_URL: `file://${server}`,
      GITHUB_REPOSITORY: "owner/name",
    };
    // Twice: the second release moves the tag.
    for (const GITHUB_REF_NAME of ["v0.1.0", "v0.2.0"]) {
      const { stderr, status } = await runProgram("bash", ["-e", "-c", `rm -rf action\n${step?.run ?? "exit 1"}`], {
        env: { ...env, GITHUB_REF_NAME },
        cwd: work,
      });
      expect(status, stderr).toBe(0);
    }
    const clone = join(createScratch("clone"), "action");
    execFileSync("git", ["clone", "--quiet", "--branch", "v0", `file://${server}/owner/name`, clone], {
      stdio: "ignore",
    });
    const log = execFileSync("git", ["log", "--format=%s %d"], { cwd: clone, encoding: "utf8" });
    expect(log).toMatch(/^The action of v0\.2\.0 .*tag: v0,.*tag: action\/v0\.2\.0|tag: action\/v0\.2\.0.*tag: v0/);
    const { status, stderr, env: exported } = await runAction(identity(), clone);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(exported["AWS_ACCESS_KEY_ID"]).toMatch(/^ASIA/);
    expect(archive).toMatch(/^rolesanywhere-ts-.*-action\.tar\.gz$/);
  });
});

/** `NAME<<DELIMITER`, lines, `DELIMITER`, as the runner reads its files. */
function readRunnerFile(text: string): Readonly<Record<string, string>> {
  const values = [...text.matchAll(/^([^\n<]+)<<(\S+)\n([^]*?)\n\2\n/gm)];
  return Object.fromEntries(values.map(([, name = "", , value = ""]) => [name, value]));
}

describe.skipIf(!requireTools("the GitLab component", "bash"))("packaging/gitlab/rolesanywhere.yml", () => {
  interface Spec {
    readonly spec: { readonly inputs: Readonly<Record<string, { readonly default?: string }>> };
  }
  interface Job {
    readonly before_script: readonly string[];
    readonly after_script: readonly string[];
  }

  it("gives a job a profile, outside of its checkout, and takes it away", async () => {
    const text = readFileSync(join(root, "packaging/gitlab/rolesanywhere.yml"), "utf8");
    const [head, body = ""] = text.split(/^---$/m);
    const { inputs } = (parse(head ?? "") as Spec).spec;
    const { certificate, "private-key": privateKey, ...arns } = identity();
    const given: Readonly<Record<string, string>> = { ...arns, region: "us-east-1", program: executable };
    const filled = body.replaceAll(
      /\$\[\[ inputs\.([\w-]+) \]\]/g,
      (whole, name: string) => given[name] ?? inputs[name]?.default ?? whole,
    );
    expect(filled).not.toContain("$[[");
    const job = (parse(filled) as Readonly<Record<string, Job>>)[".rolesanywhere"];
    const project = join(createScratch("builds"), "project");
    const env = { CI_PROJECT_DIR: project, CI_JOB_ID: "7", CLIENT_CERTIFICATE: "", CLIENT_KEY: "" };
    mkdirSync(project);
    mkdirSync(`${project}.tmp`);
    for (const [name, content] of [
      ["CLIENT_CERTIFICATE", certificate],
      ["CLIENT_KEY", privateKey],
    ] as const) {
      env[name] = join(`${project}.tmp`, name);
      writeFileSync(env[name], content);
    }
    const shown = 'printf "\\nAWS_CONFIG_FILE=%s\\nAWS_PROFILE=%s\\n" "$AWS_CONFIG_FILE" "$AWS_PROFILE"';
    const script = [...(job?.before_script ?? []), shown].join("\n");
    const { stdout, stderr, status } = await runProgram("bash", ["-c", script], { env, cwd: project });
    expect(status, stderr).toBe(0);
    const config = /^AWS_CONFIG_FILE=(.*)$/m.exec(stdout)?.[1] ?? "";
    expect(
      await sessionOf({ AWS_CONFIG_FILE: config, ROLESANYWHERE_TS_CACHE_DIR: join(config, "../cache") }),
    ).toMatchObject({
      AccessKeyId: expect.stringMatching(/^ASIA/) as string,
    });
    expect(statSync(join(config, "..", "client.key")).mode & 0o777).toBe(0o600);
    await runProgram("bash", ["-c", (job?.after_script ?? []).join("\n")], { env });
    expect(readdirSync(`${project}.tmp`).toSorted()).toEqual(["CLIENT_CERTIFICATE", "CLIENT_KEY"]);
    expect(readdirSync(project)).toEqual([]);
  });
});
