import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { programWords } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const folder = createScratch("exec-shells");
const variables: Readonly<Record<string, string>> = {
  PATH: process.env["PATH"] ?? "",
  HOME: folder,
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_EC2_METADATA_DISABLED: "true",
  TERM: "dumb",
};
const exec = [...programWords(), "exec"].map((word) => `'${word}'`).join(" ");

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function shell(name: string, script: string, more: Readonly<Record<string, string>> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(name, ["-c", script], {
    cwd: folder,
    env: { ...variables, ...more },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** Runs a script on a terminal of its own. */
function onTerminal(script: string) {
  const child = spawn("script", ["-qec", script, "/dev/null"], {
    cwd: folder,
    env: { ...variables, SHELL: "/bin/sh" },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  return {
    output: () => output,
    type: (text: string) => child.stdin.write(text),
    until: async (wanted: RegExp) => {
      for (let waited = 0; !wanted.test(output); waited += 50) {
        if (waited > 30_000) throw new Error(`waiting for ${wanted}, got: ${output}`);
        await sleep(50);
      }
    },
    end: async () => {
      const [status] = (await once(child, "close")) as [number | null];
      return status;
    },
  };
}

const shells = (["bash", "zsh", "dash", "fish"] as const).filter((name) => requireTools(`exec under ${name}`, name));

describe.each(shells)("exec under %s", (name) => {
  test("ends with the status of the command, 127 and 126 like env", () => {
    writeFileSync(join(folder, "plain"), "not executable");
    for (const [command, status] of [
      ["sh -c 'exit 7'", 7],
      ["./no-such", 127],
      ["''", 127],
      ["./plain", 126],
      ["/", 126],
    ] as const) {
      const found = shell(name, `${exec} -- ${command}`);
      expect([command, found.status]).toEqual([command, status]);
      expect(found.stderr === "").toBe(status === 7);
    }
    const [killed] = [shell(name, `${exec} -- sh -c 'kill -TERM $$'; echo $${name === "fish" ? "status" : "?"}`)];
    expect(killed.stdout).toBe("143\n");
  });
});

const withSubstitution = shells.filter((name) => name === "bash" || name === "zsh");
test.each(withSubstitution)("descriptors of %s's process substitution reach the command", (name) => {
  expect(shell(name, `${exec} -- cat <(echo one) <(echo two)`)).toMatchObject({ stdout: "one\ntwo\n", status: 0 });
});

test("descriptors that a shell opened reach the command under their numbers", () => {
  writeFileSync(join(folder, "five"), "from five\n");
  const script = `exec 5<five 9>nine 20>&1; ${exec} -- sh -c 'cat <&5; echo to nine >&9'; cat nine`;
  expect(shell("bash", script)).toMatchObject({ stdout: "from five\nto nine\n", status: 0 });
  expect(shell("bash", `exec 4< <(echo pipe); ${exec} -- cat /dev/fd/4`)).toMatchObject({
    stdout: "pipe\n",
    status: 0,
  });
});

const make = spawnSync("make", ["--version"]).status === 0;
test.skipIf(!make)("make's job server reaches a sub-make", () => {
  const rules = `all: a b c\na b c:\n\t@sleep 0.1; echo $@\n`;
  mkdirSync(join(folder, "sub"), { recursive: true });
  writeFileSync(join(folder, "sub", "Makefile"), rules);
  writeFileSync(join(folder, "Makefile"), `all:\n\t+@${exec} -- $(MAKE) -s -C sub\n`);
  const { status, stdout, stderr } = shell("sh", "make -s -j3");
  expect({ status, lines: stdout.trim().split("\n").sort() }).toEqual({ status: 0, lines: ["a", "b", "c"] });
  expect(stderr).not.toContain("jobserver");
});

test("under nohup the command survives a hangup, and so does exec", async () => {
  const words = ["-c", `exec nohup ${exec} -- sh -c 'echo ready; sleep 1; echo done'`];
  const child = spawn("bash", words, {
    cwd: folder,
    env: { ...variables, _: "/usr/bin/nohup" },
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (chunk.includes("ready")) process.kill(-(child.pid ?? 0), "SIGHUP");
  });
  const [status] = (await once(child, "close")) as [number | null];
  expect({ output, status }).toEqual({ output: "ready\ndone\n", status: 0 });
});

const terminal = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
describe.skipIf(!terminal)("exec on a terminal", () => {
  /** Counts interrupts until a file appears, then ends with 3. */
  const counter = join(folder, "counter.sh");
  writeFileSync(
    counter,
    `#!/bin/sh\nn=0; trap 'n=$((n+1)); echo INT $n' INT\necho ready\nwhile [ ! -e "stop-$1" ]; do sleep 0.1; done\nexit 3\n`,
  );
  chmodSync(counter, 0o755);

  test("a key reaches the command once", async () => {
    const session = onTerminal(`exec ${exec} -- ./counter.sh key`);
    await session.until(/ready/);
    session.type("\u0003");
    await session.until(/INT 1/);
    // Longer than exec takes to find out where the signal came from.
    await sleep(1_000);
    writeFileSync(join(folder, "stop-key"), "");
    expect(await session.end()).toBe(3);
    expect(session.output()).not.toContain("INT 2");
  });

  test("a signal to exec's own pid reaches the command", async () => {
    writeFileSync(join(folder, "own.sh"), `echo pid=$$\nexec ${exec} -- ./counter.sh own\n`);
    const session = onTerminal("sh own.sh");
    await session.until(/ready/);
    process.kill(Number(/pid=(\d+)/.exec(session.output())?.[1]), "SIGINT");
    await session.until(/INT 1/);
    writeFileSync(join(folder, "stop-own"), "");
    expect(await session.end()).toBe(3);
  });

  test("without a command it starts the user's shell, with a marker for its prompt", async () => {
    const session = onTerminal(`SHELL=/bin/sh ${exec}`);
    await session.until(/[$#] $/);
    session.type('echo "in $ROLESANYWHERE_TS_SESSION as $AWS_ACCESS_KEY_ID"; exit 5\r');
    expect(await session.end()).toBe(5);
    expect(session.output()).toContain("in environment as AKIDEXAMPLE");
  });
});

const namespaces = spawnSync("unshare", ["-rpf", "--mount-proc", "true"]).status === 0;
test.skipIf(!namespaces)("as PID 1 of a namespace it ends with the status of the command, and by its signals", () => {
  const run = (command: string) => shell("sh", `unshare -rpf --mount-proc ${exec} -- ${command}`);
  expect(run("sh -c 'echo $PPID; exit 4'")).toMatchObject({ stdout: "1\n", status: 4 });
  expect(run("sh -c 'kill -TERM $$'").status).toBe(143);
  expect(run("sh -c 'trap \"exit 6\" USR1; kill -USR1 $PPID; sleep 5 & wait'").status).toBe(6);
});
