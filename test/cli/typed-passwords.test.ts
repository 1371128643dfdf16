import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { cleanEnvironment, programWords, pythonEnvironment } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition, requireTools } from "../support/tools.js";
import { runAnswered } from "../support/typed-session.js";

/** Answers each question once its text stands on the terminal, then ends the program when a text has come. */
const onTerminal = `
import os, pty, signal, sys
end, count, rest = sys.argv[1].encode(), int(sys.argv[2]), sys.argv[3:]
answers = [pair.encode().split(b'=', 1) for pair in rest[:count]]
pid, fd = pty.fork()
if pid == 0: os.execv(rest[count], rest[count:])
seen, stopped, looked = b'', False, 0
try:
  while True:
    seen += os.read(fd, 1000)
    for needle, answer in answers:
      at = seen.find(needle, looked)
      if at >= 0:
        looked = at + len(needle)
        os.write(fd, answer + b'\\r')
        break
    if not stopped and end in seen: stopped = True; os.kill(pid, signal.SIGTERM)
except OSError: pass
os.waitpid(pid, 0)
print(seen.decode())
`;

let emulator: Emulator;
const folder = createScratch("typed");
beforeAll(async () => {
  emulator = await startEmulator();
  const key = createPrivateKey(readFileSync(join(emulator.folder, "ec-key.pem")));
  for (const name of ["one", "two"]) {
    const pem = key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: `password ${name}` });
    writeFileSync(join(folder, `${name}.key`), pem);
  }
});
afterAll(async () => emulator?.stop());

describe.skipIf(!requireTools("passwords typed on a terminal", "python3"))("typed passwords", () => {
  it("serve --bindings asks for each key, and names it in the question", async () => {
    const bindings = join(folder, "bindings.json");
    const entries = ["one", "two"].map((name) => ({
      name,
      "role-arn": roleArn(emulator, "Demo"),
      "private-key": join(folder, `${name}.key`),
    }));
    writeFileSync(bindings, JSON.stringify(entries));
    const flags = emulatorFlags(emulator, { "private-key": undefined, "role-arn": undefined });
    const answers = ["one", "two"].map((name) => `${name}.key" (=password ${name}`);
    const words = [...programWords(), "serve", ...flags, "--port", "0", "--bindings", bindings];
    const { stdout } = await runProgram("python3", ["-c", onTerminal, "AWS_CONTAINER", "2", ...answers, ...words], {
      timeoutMs: 30_000,
    });
    expect(stdout.match(/Password of private key ".*" \(--private-key\): /g)).toEqual(
      ["one", "two"].map((name) => expect.stringContaining(`${name}.key`) as string),
    );
    expect(stdout).not.toMatch(/wrong password|error\[/);
    expect(stdout).toContain("AWS_CONTAINER");
    expect(stdout).not.toContain("password one");
  });
});

const hasTerminal = requireCondition(
  "keys at the question for a password",
  process.platform === "linux",
  "a terminal made by util-linux's script",
);

describe.skipIf(!hasTerminal)("at the question for a password", () => {
  const question = /one\.key" \(--private-key\): $/;
  const vend = (typed: string) => {
    const flags = emulatorFlags(emulator, { "private-key": join(folder, "one.key") });
    const command = [...programWords(), "credential-process", ...flags].map((word) => `'${word}'`).join(" ");
    return runAnswered(`trap : INT; ${command}; echo "status $?"; stty -a`, [[question, typed]], {
      env: cleanEnvironment({ AWS_CONFIG_FILE: "/dev/null", AWS_EC2_METADATA_DISABLED: "true" }),
      cwd: folder,
      timeoutMs: 30_000,
    });
  };

  it("Ctrl-C ends the program as SIGINT does, and restores the terminal", async () => {
    const { printed } = await vend("pass\u0003");
    expect(printed).toMatch(/\(--private-key\): \nstatus 130\n/);
    expect(printed).toMatch(/[^-]icanon/);
    expect(printed).toMatch(/[^-]echo /);
  });

  it("Ctrl-D ends it with the reason", async () => {
    const { printed } = await vend("\u0004");
    expect(printed).toMatch(
      /\(--private-key\): \nrolesanywhere-ts: error\[ERR_INPUT\]: the question was not answered\n/,
    );
    expect(printed).toContain("\nstatus 2\n");
  });

  it("Ctrl-U erases what is typed", async () => {
    const { printed } = await vend("wrong\u0015password one\r");
    expect(printed).toContain('"AccessKeyId"');
    expect(printed).toContain("status 0\n");
  });
});

/** A config whose profile has a key under a password, and a shell line that gives every stream of the AWS CLI away. */
function awsCli(script: string) {
  const config = join(folder, "config");
  const quoted = (word: string) => `"${word}"`;
  const flags = emulatorFlags(emulator, { "private-key": join(folder, "one.key") });
  const process = [...programWords(), "credential-process", ...flags].map(quoted).join(" ");
  writeFileSync(config, `[profile p]\nregion = us-east-1\ncredential_process = ${process}\n`);
  const call = `aws sts get-caller-identity --query Arn --output text --profile p >${folder}/out 2>${folder}/err </dev/null`;
  return {
    words: ["/bin/sh", "-c", script.replace("CALL", call)],
    env: { AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL_STS: emulator.url, ...pythonEnvironment() },
  };
}
const output = (name: string) => readFileSync(join(folder, name), "utf8");

describe.skipIf(!requireTools("passwords typed under the AWS CLI", "python3", "aws"))("under the AWS CLI", () => {
  it("the question stands on the terminal though stdin, stdout and stderr lead elsewhere", async () => {
    const { words, env } = awsCli("CALL");
    const { stdout } = await runProgram(
      "python3",
      ["-c", onTerminal, "nothing", "1", 'one.key" (=password one', ...words],
      { env },
    );
    expect({ shown: stdout.trim(), err: output("err") }).toEqual({
      shown: `Password of private key "${join(folder, "one.key")}" (--private-key):`,
      err: "",
    });
    expect(output("out")).toContain(":assumed-role/Demo/");
  });

  it.each([
    ["without a terminal", "setsid --wait CALL"],
    ["in the background of one", "set -m; (CALL) & wait $!"],
  ])("%s there is no question", async (_, script) => {
    const { words, env } = awsCli(script);
    const { stdout } = await runProgram("python3", ["-c", onTerminal, "nothing", "0", ...words], { env });
    expect(stdout.trim()).toBe("");
    expect(output("err")).toContain("error[ERR_PASSWORD]: the private key is encrypted and no password is given");
    expect(output("err")).toContain("hint: there is no terminal to ask on");
  });
});
