// Two writers go on without pause, and one of them is killed at a random moment, 500 times over. After each kill the
// file must be whole: foreign bytes as they were, and each writer's section at the last value that it reported as
// written, or one further (killed between the write and the report).
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { bundleModule } from "../support/bundle-module.js";
import { createScratch } from "../support/scratch.js";

const kills = 500;
const foreign = "# kept\r\n[other]\r\nregion = x ; y\r\n\tnested = 1\r\n; caf\xe9";

const writerSource = `
  import { once } from "node:events";
  import { writeSync } from "node:fs";
  import { setTimeout as sleep } from "node:timers/promises";
  import { editSharedFile } from "./src/aws/edit-shared-file.js";
  const [, , file, name] = process.argv;
  const [start] = await once(process.stdin, "data");
  for (let count = Number(start) + 1; ; count++) {
    const value = String(count).padStart(8, "0");
    const changes = { aws_access_key_id: value, aws_session_token: value.repeat(1 + (count * 37) % 300) };
    await editSharedFile(file, { matches: (header) => header === name, header: name, changes }, { secret: true });
    writeSync(1, value + "\\n");
    await sleep(Math.random() * 5);
  }`;

class Writer {
  readonly #child: ChildProcessWithoutNullStreams;
  #output = "";

  constructor(script: string, file: string, name: string) {
    this.#child = spawn(process.execPath, [script, file, name]);
    this.#child.stdout.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr.pipe(process.stderr);
  }

  begin(after: number): void {
    this.#child.stdin.write(String(after));
  }

  /** The last count that it reported as written. */
  get reported(): number {
    return Number(/(\d{8})\n(?!.*\d{8}\n)/s.exec(this.#output)?.[1] ?? 0);
  }

  async hasWritten(): Promise<void> {
    while (this.reported === 0) await once(this.#child.stdout, "data");
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }
}

function readCount(text: string, name: string): number {
  const section = text.split(`[${name}]\r\n`)[1] ?? "";
  const key = /^aws_access_key_id = (\d{8})\r\n/.exec(section)?.[1];
  const token = /^[^\n]*\naws_session_token = (\d+)\r\n/.exec(section)?.[1];
  if (key === undefined) return 0;
  expect(token).toBe(key.repeat(1 + ((Number(key) * 37) % 300)));
  return Number(key);
}

test(`two writers and a kill -9 at ${kills} random moments lose nothing`, { timeout: 600_000 }, async () => {
  const folder = createScratch("crash");
  const file = join(folder, "credentials");
  let killsWithin = 0;
  writeFileSync(file, Buffer.from(foreign, "latin1"), { mode: 0o600 });
  const script = await bundleModule(writerSource);
  const names = ["one", "two"] as const;
  const counts = { one: 0, two: 0 };
  const start = (name: (typeof names)[number]) => new Writer(script, file, name);
  const running = { one: start("one"), two: start("two") };
  let spare = { one: start("one"), two: start("two") };
  running.one.begin(0);
  running.two.begin(0);
  for (let kill = 0; kill < kills; kill++) {
    const name = names[Math.floor(Math.random() * 2)]!;
    await running[name].hasWritten();
    await sleep(Math.random() * 10);
    await running[name].kill();
    const other = name === "one" ? "two" : "one";
    const reportedByOther = Math.max(counts[other], running[other].reported);
    if (readdirSync(folder).some((entry) => entry !== "credentials")) killsWithin++;
    const text = readFileSync(file, "latin1");
    expect(text.startsWith(`${foreign}\r\n`) || text === foreign).toBe(true);
    const count = readCount(text, name);
    const reported = Math.max(counts[name], running[name].reported);
    expect([reported, reported + 1]).toContain(count);
    expect(readCount(text, other)).toBeGreaterThanOrEqual(reportedByOther);
    counts[name] = count;
    running[name] = spare[name];
    running[name].begin(count);
    spare = { ...spare, [name]: start(name) };
  }
  await Promise.all([running.one, running.two, spare.one, spare.two].map((writer) => writer.kill()));
  const final = readFileSync(file, "latin1");
  expect(counts.one + counts.two).toBeGreaterThan(kills);
  expect(killsWithin).toBeGreaterThan(kills / 10);
  expect(final.match(/\[(one|two)\]/g)).toHaveLength(2);
  expect(readdirSync(folder).filter((entry) => entry.endsWith(".partial")).length).toBeLessThanOrEqual(2);
});
