import { tableFromIPC } from "apache-arrow";
import { expect, it } from "vitest";
import type { ByteSink } from "../../../src/readers/output/byte-sink.js";
import { batchOfTexts } from "../../../src/readers/rows/batch.js";
import type { Column } from "../../../src/readers/rows/batch.js";
import { openRowWriter } from "../../../src/readers/rows/writer.js";
import { encoderJobs } from "../../../src/readers/rows/threads/jobs.js";
import type { EncoderPool } from "../../../src/readers/rows/threads/pool.js";
import { createWorkerPool } from "../../../src/readers/workers/pool.js";

const columns: readonly Column[] = [
  { name: "id", type: "integer" },
  { name: "note", type: "text" },
];
const batchOf = (from: number, rows: number) =>
  batchOfTexts(
    2,
    Array.from({ length: rows }, (_, row) => [String(from + row), (from + row) % 3 === 0 ? undefined : `é${from}`]),
  );

/** The jobs without a thread: sources are not built. Threads are tried in test/cli. */
const openPool = (): EncoderPool => createWorkerPool({ size: 0, code: undefined, loadJobs: async () => encoderJobs });

function collect() {
  const pieces: Uint8Array[] = [];
  const sink: ByteSink = {
    async write(bytes) {
      pieces.push(Uint8Array.from(bytes));
    },
  };
  return { sink, whole: () => Buffer.concat(pieces) };
}

async function writeBatches(count: number, pool: EncoderPool | undefined): Promise<Buffer> {
  const { sink, whole } = collect();
  const writer = await openRowWriter("arrow", columns, sink, { pool });
  for (let batch = 0; batch < count; batch++) await writer.write(batchOf(batch * 1000, batch % 4 === 1 ? 0 : 1000));
  await writer.finish();
  await pool?.close();
  return whole();
}

it.each([0, 1, 7, 8, 9, 100])(
  "a document of %i batches is the same from a thread, in the same order",
  async (count) => {
    const threaded = await writeBatches(count, openPool());
    expect(threaded.equals(await writeBatches(count, undefined))).toBe(true);
    const ids = tableFromIPC(threaded).getChild("id");
    const expected = Array.from({ length: count }, (_, batch) => (batch % 4 === 1 ? [] : [batch * 1000])).flat();
    expect(expected.map((_, at) => Number(ids?.get(at * 1000)))).toEqual(expected);
  },
);

it("holds few batches while the sink is slow", async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const pool = openPool();
  const writer = await openRowWriter("arrow", columns, { write: () => gate }, { pool });
  let written = 0;
  const writing = (async () => {
    for (; written < 100; written++) await writer.write(batchOf(0, 10));
    await writer.finish();
  })();
  // Each turn lets what is ready go on.
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  expect(written).toBeLessThan(20);
  open();
  await writing;
  await pool.close();
});

it("rejects with what the sink rejects, and writes nothing after it", async () => {
  const pool = openPool();
  const fault = new Error("the pipe is closed");
  let writes = 0;
  const sink: ByteSink = {
    write() {
      writes++;
      return Promise.reject(fault);
    },
  };
  const writer = await openRowWriter("arrow", columns, sink, { pool });
  await expect(
    (async () => {
      for (let batch = 0; batch < 100; batch++) await writer.write(batchOf(0, 10));
      await writer.finish();
    })(),
  ).rejects.toBe(fault);
  expect(writes).toBe(1);
  await pool.close();
});

it("rejects with what the encoder throws", async () => {
  const pool = openPool();
  const { sink } = collect();
  const writer = await openRowWriter("arrow", [{ name: "id", type: "integer" }], sink, { pool });
  const odd = batchOfTexts(
    1,
    Array.from({ length: 10 }, () => ["not a number"]),
  );
  await expect(
    (async () => {
      for (let batch = 0; batch < 20; batch++) await writer.write(odd);
      await writer.finish();
    })(),
  ).rejects.toThrow("not a number");
  await pool.close();
});
