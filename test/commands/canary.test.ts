import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OptionSpec } from "../../src/commands/line/arguments.js";
import type { ProcessState } from "../../src/commands/invocation.js";
import { registry } from "../../src/commands/registry.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createRunSecrets } from "../../src/identity/run-secrets.js";
import { createTextOutput } from "../../src/commands/line/text-output.js";
import { main } from "../../src/main.js";
import { environmentName } from "../../src/message.js";
import { profileKey } from "../../src/settings/lookup.js";
import { type PlantedKey, plantKey, SecretSearch } from "../support/canary.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("canary-flags");
const configFile = join(folder, "config");
let emulator: Emulator;
let key: PlantedKey;

beforeAll(async () => {
  emulator = await startEmulator();
  key = plantKey(readFileSync(join(emulator.folder, "ec-key.pem"), "utf8"));
  writeFileSync(configFile, "[default]\nregion = us-east-1\n");
  // The SDK's own providers read the environment of the process.
  Object.assign(process.env, environment());
});
afterAll(() => emulator.stop());

function environment(): Record<string, string> {
  return {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL: emulator.url,
    AWS_ENDPOINT_URL_STS: emulator.url,
    AWS_CONFIG_FILE: configFile,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    AWS_REGION: "us-east-1",
    PATH: "/usr/bin:/bin",
  };
}

/** Words without which a command does not come to its work; the value under test stands before them. */
const words: Readonly<Record<string, readonly string[]>> = {
  exec: ["--", "true"],
  "assume-role": ["arn:aws:iam::111122223333:role/Target"],
  scan: ["table", "--yes"],
  "read-s3": ["s3://bucket/key"],
  completion: ["bash"],
};

interface Run {
  readonly stdout: string;
  readonly stderr: string;
}

/** The whole program in this process; a command that goes on is told to stop after a while. */
async function run(argv: readonly string[], home: string, more: Record<string, string> = {}): Promise<Run> {
  const chunks = { stdout: [] as string[], stderr: [] as string[] };
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const collect = (stream: "stdout" | "stderr") =>
    new Writable({
      write(chunk: Buffer, _, done) {
        chunks[stream].push(String(chunk));
        done();
      },
    });
  const invocation: ProcessState = {
    argv,
    variables: { ...environment(), HOME: home, ...more },
    homeDirectory: home,
    platform: process.platform,
    workingDirectory: home,
    startedMs: Date.now(),
    executablePath: "/usr/bin/true",
    processId: process.pid,
    descriptors: new Map(),
    timeLimitMs: 60_000,
    secrets: createRunSecrets(),
    stdin: Readable.from([]),
    stdout: collect("stdout"),
    stderr: createTextOutput(collect("stderr")),
    onSignal(listener) {
      const listen = listener as (signal: NodeJS.Signals) => void;
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    raise: () => 128,
  };
  const stopping = new AbortController();
  const stop = async () => {
    await sleep(1_000, undefined, { signal: stopping.signal });
    for (const listener of listeners) listener("SIGTERM");
    await sleep(4_000, undefined, { signal: stopping.signal });
  };
  await Promise.race([main(invocation), stop().catch(() => undefined)]);
  stopping.abort();
  return { stdout: chunks.stdout.join(""), stderr: chunks.stderr.join("") };
}

function fitting(options: Readonly<Record<string, OptionSpec>>, without: string): readonly string[] {
  const flags = emulatorFlags(emulator);
  return flags.flatMap((flag, index) => {
    const name = flag.slice(2);
    if (!flag.startsWith("--") || name === without || !Object.hasOwn(options, name)) return [];
    return [flag, flags[index + 1] ?? ""];
  });
}

/** Where a key is data that is sent or signed as it is: the caller's own. */
const payloads = new Set(["header", "data", "data-raw", "data-binary", "data-urlencode", "json"]);

test.each(Object.keys(registry).filter((name) => name !== "emulator"))(
  "%s prints no key that is given as the value of a flag",
  async (name) => {
    const search = new SecretSearch(key.secrets);
    const { options } = (await registry[name]?.load()) ?? { options: {} };
    const table = options as Readonly<Record<string, OptionSpec>>;
    const own = [...(words[name] ?? []), ...(name === "request" ? [`${emulator.url}/`] : [])];
    for (const flag of Object.keys(table).filter((one) => !payloads.has(one))) {
      const sources = flag === "certificate" || flag === "private-key" || flag === "intermediates";
      const disguises = Object.entries(key.disguises).slice(0, sources ? undefined : 2);
      for (const [how, value] of disguises) {
        const home = createScratch("canary-home");
        const debug = flag !== "debug" && Object.hasOwn(table, "debug") ? ["--debug"] : [];
        const { stdout, stderr } = await run(
          [name, `--${flag}=${value}`, ...debug, ...fitting(table, flag), ...own],
          home,
        );
        const where = `${name} --${flag} (${how})`;
        search.text(stdout, `${where}: stdout`);
        search.text(stderr, `${where}: stderr`);
        search.files(home, where);
      }
    }
    for (const argv of [[name, key.pem], [name, ...own, key.pem], [name, `--${key.pem}`], [key.pem]]) {
      const { stdout, stderr } = await run(argv, createScratch("canary-home"));
      search.text(stdout + stderr, `${name} with the key as a word`);
    }
    console.log(`canary: ${name}: ${search.places} places searched`);
    expect(search.leaks).toEqual([]);
  },
  600_000,
);

test("no command prints a key from a variable or a profile key", async () => {
  const search = new SecretSearch(key.secrets);
  const { options } = (await registry["credential-process"]?.load()) ?? { options: {} };
  const table = options as Readonly<Record<string, OptionSpec>>;
  for (const command of [
    ["credential-process"],
    ["check", "--offline"],
    ["check", "--offline", "--json"],
    ["trust-policy"],
  ]) {
    for (const flag of Object.keys(table)) {
      for (const [how, value] of Object.entries(key.disguises).slice(0, 2)) {
        const home = createScratch("canary-home");
        mkdirSync(join(home, ".aws"), { recursive: true });
        const file = join(createScratch("canary-config"), "config");
        writeFileSync(file, `[profile app]\n${profileKey(flag)} = ${value.replaceAll("\n", "\n ")}\n`);
        const flags = fitting(table, flag);
        const runs = {
          variable: await run([...command, ...flags], home, { [environmentName(flag)]: value }),
          "key of the profile": await run([...command, ...flags, "--settings-profile", "app"], home, {
            AWS_CONFIG_FILE: file,
          }),
        };
        for (const [place, { stdout, stderr }] of Object.entries(runs)) {
          search.text(stdout, `${command.join(" ")}: ${place} ${flag} (${how}): stdout`);
          search.text(stderr, `${command.join(" ")}: ${place} ${flag} (${how}): stderr`);
        }
        search.files(home, `${command.join(" ")} ${flag}`);
      }
    }
  }
  console.log(`canary: variables and profile keys: ${search.places} places searched`);
  expect(search.leaks).toEqual([]);
}, 600_000);
