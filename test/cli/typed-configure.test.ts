// configure on a terminal: what it shows, asks and refuses, and that nothing is lost whatever is answered.
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { cleanEnvironment, programWords } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";
import { runAnswered } from "../support/typed-session.js";

let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

const hasTerminal = requireCondition(
  "the questions of configure",
  process.platform === "linux",
  "a terminal made by util-linux's script",
);

const company =
  "# of the company\n[default]\nregion = eu-west-3\ncredential_process = /opt/company/vault-helper --token canary-9d1c\n";
const newFile = (content: string) => {
  const file = join(createScratch("typed-configure"), "config");
  writeFileSync(file, content);
  chmodSync(file, 0o600);
  return file;
};
const read = (file: string) => readFileSync(file, "utf8");
const quote = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
const configure = (file: string, words: readonly string[], answers: readonly (readonly [RegExp, string])[]) =>
  runAnswered(quote([...programWords(), "configure", ...words]), answers, {
    env: cleanEnvironment({ ...account.variables, AWS_CONFIG_FILE: file }),
    cwd: createScratch("typed-configure"),
    timeoutMs: 60_000,
  });

describe.skipIf(!hasTerminal)("configure on a terminal", () => {
  const name = /Name of the profile to write \[default\]: $/;
  const replace = /Replace it\? .*\[y\/N\] $/;

  test.each([
    ["n", "n\r"],
    ["only return", "\r"],
    ["Ctrl-D", "\u0004"],
  ])("shows what [default] has, and leaves it there after %s", async (_what, typed) => {
    const file = newFile(company);
    const { printed, status } = await configure(file, account.flags, [
      [name, "\r"],
      [replace, typed],
    ]);
    expect(printed).toMatch(/profile "default" in .* has credential_process = "\/opt\/company\/vault-helper" …\n/);
    expect(printed).not.toContain("canary-9d1c");
    expect(printed).toMatch(/nothing is written/);
    expect(status, printed).not.toBe(0);
    expect(read(file)).toBe(company);
  });

  test("replaces it after y, and keeps the old line as a comment", async () => {
    const file = newFile(company);
    const { printed, status } = await configure(file, account.flags, [
      [name, "\r"],
      [replace, "y\r"],
    ]);
    expect(status, printed).toBe(0);
    expect(printed).toMatch(/it works: a session until /);
    expect(read(file)).toContain(
      "# replaced by rolesanywhere-ts configure: credential_process = /opt/company/vault-helper --token canary-9d1c\n",
    );
    expect(read(file)).toMatch(/^# of the company\n\[default\]\nregion = eu-west-3\n/);
    expect(read(file)).toMatch(/^credential_process = .* credential-process --certificate /m);
  });

  test.each([[[]], [["--keys"]]])("offers what the profile holds at a rerun with %j", async (more) => {
    const file = newFile("");
    const first = await configure(file, ["--profile", "app", ...more, ...account.flags], []);
    expect(first.status, first.printed).toBe(0);
    const before = read(file);
    const [, certificate = "", , key = "", , anchor = "", , profile = "", , role = ""] = account.flags;
    const again = await configure(
      file,
      more,
      [name, /Certificate file/, /Private key/, /Trust anchor/, /Roles Anywhere profile/, /Role ARN/].map(
        (question, index) => [question, index === 0 ? "app\r" : "\r"] as const,
      ),
    );
    expect(again.status, again.printed).toBe(0);
    for (const value of [certificate, key, anchor, profile, role]) expect(again.printed).toContain(` [${value}]: `);
    expect(again.printed).not.toContain("Replace it?");
    expect(read(file)).toBe(before);
  });

  test("refuses paths and ARNs as they are typed, and asks again", async () => {
    const file = newFile("");
    const [, certificate = "", , key = "", , anchor = "", , profile = "", , role = ""] = account.flags;
    const { printed, status } = await configure(
      file,
      [],
      [
        [name, "app\r"],
        [/Certificate file.*: $/, "\r"],
        [/an answer is required\n.*Certificate file.*: $/, "/nowhere/leaf.pem\r"],
        [/there is no file "\/nowhere\/leaf\.pem"\n[^]*Certificate file.*: $/, `${certificate}\r`],
        [/Private key file.*: $/, "/nowhere/key.pem\r"],
        [/there is no file "\/nowhere\/key\.pem"\n[^]*Private key file.*: $/, `${key}\r`],
        [/Trust anchor ARN: $/, `${role}\r`],
        [/answer[^]*Trust anchor ARN: $/, `${anchor}\r`],
        [/Roles Anywhere profile ARN: $/, `${anchor}\r`],
        [/answer[^]*Roles Anywhere profile ARN: $/, `${profile}\r`],
        [/Role ARN: $/, "Demo\r"],
        [/answer[^]*Role ARN: $/, `${role}\r`],
      ],
    );
    expect(status, printed).toBe(0);
    expect(read(file)).toMatch(/^\[profile app\]\n/);
  });

  test.each([
    ["my app", /characters that some SDKs pass over/],
    ['a"b', /characters that some SDKs pass over/],
    ["__proto__", /SDK for JavaScript finds no profile/],
    ["büro", /characters that some SDKs pass over/],
  ])("refuses the name %j as it is typed, with the reason, before the other questions", async (typed, reason) => {
    const file = newFile(company);
    const { printed, status } = await configure(file, account.flags, [
      [name, `${typed}\r`],
      [/Name of the profile to write \[default\]: $/, "app\r"],
    ]);
    expect(printed).toMatch(reason);
    expect(status, printed).toBe(0);
    expect(read(file)).toContain(company);
    expect(read(file)).toContain("\n[profile app]\n");
  });

  test("writes nothing when Ctrl-C ends it while it tries the settings", async () => {
    const file = newFile(company);
    let type: (text: string) => void = () => undefined;
    const silent = createServer(() => type("\u0003")).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const endpoint = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    const command = quote([...programWords(), "configure", "--profile", "default", "--replace", ...account.flags]);
    const { printed, status } = await runAnswered(command, [], {
      env: cleanEnvironment({ ...account.variables, AWS_CONFIG_FILE: file, AWS_ENDPOINT_URL_ROLESANYWHERE: endpoint }),
      cwd: createScratch("typed-configure"),
      timeoutMs: 30_000,
      onStart: (typing) => (type = typing),
    });
    silent.close();
    expect(status, printed).toBe(130);
    expect(printed).not.toContain("written to");
    expect(read(file)).toBe(company);
  });

  test.each<[question: string, answers: readonly (readonly [RegExp, string])[], words: () => readonly string[]]>([
    ["first", [[name, "\u0003"]], () => []],
    [
      "second",
      [
        [name, "\r"],
        [/Certificate file.*: $/, "\u0003"],
      ],
      () => [],
    ],
    [
      "question whether to replace",
      [
        [name, "\r"],
        [replace, "\u0003"],
      ],
      () => account.flags,
    ],
  ])("Ctrl-C at the %s ends it as SIGINT does, writes nothing and restores the terminal", async (_, answers, words) => {
    const file = newFile(company);
    const { printed } = await runAnswered(
      `trap : INT; ${quote([...programWords(), "configure", ...words()])}; echo "status $?"; stty -a`,
      answers,
      {
        env: cleanEnvironment({ ...account.variables, AWS_CONFIG_FILE: file }),
        cwd: createScratch("typed-configure"),
        timeoutMs: 30_000,
      },
    );
    expect(printed).toContain("\nstatus 130\n");
    expect(printed).not.toContain("error[");
    expect(printed).toMatch(/[^-]icanon/);
    expect(printed).toMatch(/[^-]echo /);
    expect(read(file)).toBe(company);
  });

  test("Ctrl-D between the questions ends it with the reason, and writes nothing", async () => {
    const file = newFile(company);
    const { printed, status } = await configure(
      file,
      [],
      [
        [name, "\r"],
        [/Certificate file.*: $/, "\u0004"],
      ],
    );
    expect(status, printed).toBe(2);
    expect(printed).toMatch(
      /\nrolesanywhere-ts: error\[ERR_INPUT\]: the input ended before all questions were answered/,
    );
    expect(read(file)).toBe(company);
  });
});
