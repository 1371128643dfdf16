import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";
import { build } from "esbuild";
import { afterEach, describe, expect, it } from "vitest";
import { InternalError, textsOf, UsageError } from "../../../src/errors.js";
import { message, renderText, setting } from "../../../src/message.js";
import type { Surface } from "../../../src/message.js";
import { createWorkerPool, openWorkerPool } from "../../../src/readers/workers/pool.js";
import type { WorkerPool } from "../../../src/readers/workers/pool.js";
import { bundleModule } from "../../support/bundle-module.js";
import { runProgram } from "../../support/run-program.js";
import { jobs } from "../../support/thread-jobs.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, loader: "ts", resolveDir: root },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
  });
  return outputFiles[0]?.text ?? "";
}

const threadSource = `
import { parentPort } from "node:worker_threads";
import { jobs } from "./test/support/thread-jobs.js";
import { serveJobs } from "./src/readers/workers/serve-jobs.js";
serveJobs(parentPort, jobs);`;
const code = bundle(threadSource);

const open: WorkerPool<typeof jobs>[] = [];

async function createPool(size: number, signal?: AbortSignal): Promise<WorkerPool<typeof jobs>> {
  const pool = createWorkerPool<typeof jobs>({ size, code: await code, loadJobs: () => Promise.resolve(jobs), signal });
  open.push(pool);
  return pool;
}

afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close();
});

describe.each([
  ["in threads", 2],
  ["in the calling thread", 0],
])("jobs %s", (_where, size) => {
  it("answer one call after the other, in order", async () => {
    const pool = await createPool(size);
    const job = pool.open("counter", 10);
    const other = pool.open("counter", 1000);
    const answers = await Promise.all([job.call(1), other.call(1), job.call(2), job.call(3), job.call(4), job.call(5)]);
    expect(answers).toEqual([11, 1001, 13, 16, 20, 25]);
  });

  it("answer the calls made before their end", async () => {
    const job = (await createPool(size)).open("counter", 0);
    const answers = [job.call(1), job.call(1), job.call(1)];
    job.close();
    expect(await Promise.all(answers)).toEqual([1, 2, 3]);
  });

  it("reject with errors of the same class, code, texts and hints", async () => {
    const job = (await createPool(size)).open("faults", "");
    const error: unknown = await job.call("usage").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UsageError);
    if (!(error instanceof UsageError)) return;
    expect([error.code, error.message, error.hints]).toEqual(["ERR_INPUT", "give --where", ["leave out --limit"]]);
    const library: Surface = { kind: "library", nameSetting: (name) => name, nameVariable: (name) => name };
    expect(renderText(textsOf(error).message, library)).toBe(renderText(message`give ${setting("where")}`, library));
    await expect(job.call("other")).rejects.toThrow(new RangeError("too much"));
  });

  it("reject every call when they cannot be created", async () => {
    const job = (await createPool(size)).open("faults", "settings");
    await expect(job.call("usage")).rejects.toThrow("these settings are wrong");
    await expect(job.call("usage")).rejects.toThrow("these settings are wrong");
  });

  it("reject with the reason of the signal, also those that wait", async () => {
    const controller = new AbortController();
    const pool = await createPool(size, controller.signal);
    const job = pool.open("counter", 0);
    await job.call(1);
    controller.abort(new Error("stopped by hand"));
    await expect(job.call(1)).rejects.toThrow("stopped by hand");
    await expect(pool.open("counter", 0).call(1)).rejects.toThrow("stopped by hand");
  });
});

describe("threads", () => {
  it("are others than the calling one, and each gets its share of the jobs", async () => {
    const pool = await createPool(2);
    const opened = Array.from({ length: 4 }, () => pool.open("thread", undefined));
    const threads = await Promise.all(opened.map((job) => job.call(undefined)));
    expect(threads).not.toContain(threadId);
    expect(new Set(threads).size).toBe(2);
    expect(threads.slice(0, 2)).toEqual(threads.slice(2));
  });

  it("get memory and give it back", async () => {
    const job = (await createPool(1)).open("bytes", undefined);
    const memory = new ArrayBuffer(1024);
    const answered = job.call(memory, [memory]);
    expect(memory.byteLength).toBe(0);
    const returned = await answered;
    expect([returned.byteLength, new Uint8Array(returned)[0]]).toEqual([1024, 1]);
  });

  it.each([
    ["exit", "exit status 3"],
    ["throw", "out of nowhere"],
  ])("that end by %s reject their calls, and others take their place", async (how, words) => {
    const pool = await createPool(1);
    const job = pool.open("faults", "");
    const calls = await Promise.allSettled([job.call(how), job.call("wait"), job.call("wait"), job.call("wait")]);
    for (const call of calls) {
      expect(call).toMatchObject({ status: "rejected", reason: { code: "ERR_INTERNAL" } });
      expect(String((call as PromiseRejectedResult).reason)).toContain(words);
    }
    await expect(job.call("usage")).rejects.toBeInstanceOf(InternalError);
    expect(await pool.open("counter", 1).call(1)).toBe(2);
  });

  it("reject calls under way when the pool closes", async () => {
    const pool = await createPool(1);
    const job = pool.open("faults", "");
    const calls = Promise.allSettled([job.call("wait"), job.call("wait"), job.call("wait")]);
    await pool.close();
    expect((await calls).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  it("reject what cannot be cloned, and that alone", async () => {
    const pool = await createPool(1);
    const job = pool.open("counter", 0);
    await expect(job.call((() => 1) as unknown as number)).rejects.toThrow("could not be cloned");
    expect(await job.call(1)).toBe(1);
  });

  it("keep a process alive until their pool is closed, with answers on their way", async () => {
    const script = await bundleModule(`
      import { jobs } from "./test/support/thread-jobs.js";
      import { createWorkerPool } from "./src/readers/workers/pool.js";
      const pool = createWorkerPool({ size: 1, code: ${JSON.stringify(await code)}, loadJobs: async () => jobs });
      const job = pool.open("tally", undefined);
      const calls = new Int32Array(new SharedArrayBuffer(4));
      const answers = Promise.allSettled([job.call(calls), job.call(calls)]);
      // The thread runs its second call once the answer to the first one is on its way.
      while (Atomics.load(calls, 0) < 2) Atomics.wait(calls, 0, Atomics.load(calls, 0));
      await pool.close();
      console.log((await answers).map(({ status }) => status).join());`);
    const { status, stdout } = await runProgram(process.execPath, [script]);
    expect([status, stdout]).toEqual([0, "rejected,rejected\n"]);
  });

  const script = async () =>
    bundleModule(`
      import { threadId } from "node:worker_threads";
      import { jobs } from "./test/support/thread-jobs.js";
      import { createWorkerPool } from "./src/readers/workers/pool.js";
      const pool = createWorkerPool({ size: 1, code: ${JSON.stringify(await code)}, loadJobs: async () => jobs });
      const job = pool.open("thread", undefined);
      console.log((await job.call(undefined)) === threadId ? "here" : "thread");`);

  it("keep a process alive while they work, and not longer", async () => {
    const { status, stdout } = await runProgram(process.execPath, [await script()]);
    expect([status, stdout]).toEqual([0, "thread\n"]);
  });

  it("are not needed: where threads are forbidden, jobs run in the calling thread", async () => {
    const forbid = process.allowedNodeEnvironmentFlags.has("--permission")
      ? "--permission"
      : "--experimental-permission";
    const { status, stdout } = await runProgram(process.execPath, [forbid, "--allow-fs-read=*", await script()]);
    expect([status, stdout]).toEqual([0, "here\n"]);
  });
});

it("the readers' pool runs its jobs without a build in the calling thread", async () => {
  const pool = openWorkerPool({ size: availableParallelism() });
  const memory = new TextEncoder().encode('{"Items":[{"id":{"N":"1"}}]}').buffer;
  const job = pool.open("scanPage", { typed: false, numbers: "auto", sets: "array" });
  const { memory: lines, ...rest } = await job.call({ memory, length: memory.byteLength, maxItems: 10 }, [memory]);
  expect(rest).toMatchObject({ page: { items: 1, length: 9 } });
  expect(Buffer.from(lines, 0, 9).toString()).toBe('{"id":1}\n');
  await pool.close();
});
