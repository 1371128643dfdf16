import type { ByteSink } from "../output/byte-sink.js";
import type { Job } from "../workers/job.js";
import type { Column, RowBatch } from "./batch.js";
import type { EncodeOutput } from "./threads/encode-job.js";
import type { RowFormat } from "./encoder.js";
import { createRowEncoder } from "./formats.js";
import type { RowEncoderOptions } from "./formats.js";
import type { EncoderPool } from "./threads/pool.js";
import { packBatch, unpackBatch } from "./threads/packed-batch.js";
import type { PackedBatch } from "./threads/packed-batch.js";

/** Writes rows of the same columns as one document. */
export interface RowWriter {
  /** Resolves when the batch may be reused. Its bytes may be written later, in order. */
  write(batch: RowBatch): Promise<void>;
  /** Writes the rest of the document. Call this once, at the end, even if there were no rows. */
  finish(): Promise<void>;
}

export interface RowWriterOptions extends RowEncoderOptions {
  /** A thread for formats that take long to encode; undefined encodes in the calling thread. */
  readonly pool?: EncoderPool | undefined;
}

/** Formats that take longer to encode than to move to another thread. */
export const encodedInThread: ReadonlySet<RowFormat> = new Set(["parquet", "arrow"]);
/** Batches under way to the thread. Fewer than this are encoded in the calling thread: a thread takes time to start. */
const maxUnderWay = 8;

export async function openRowWriter(
  format: RowFormat,
  columns: readonly Column[],
  sink: ByteSink,
  { pool, ...options }: RowWriterOptions = {},
): Promise<RowWriter> {
  if (pool !== undefined) return new ThreadedWriter(format, columns, sink, pool);
  const encoder = await createRowEncoder(format, columns, options);
  return {
    write: (batch) => sink.write(encoder.encode(batch)),
    finish: () => sink.write(encoder.finish()),
  };
}

type EncodeJob = Job<PackedBatch | undefined, EncodeOutput>;

/** Encodes in a thread while the caller reads the next batches. */
class ThreadedWriter implements RowWriter {
  readonly #format: RowFormat;
  readonly #columns: readonly Column[];
  readonly #sink: ByteSink;
  readonly #pool: EncoderPool;
  /** The first batches, until the thread starts. */
  #waiting: PackedBatch[] = [];
  #job: EncodeJob | undefined;
  /** What is encoded and written after one another. A failure rejects all that follow. */
  readonly #underWay: Promise<void>[] = [];
  readonly #spare: ArrayBuffer[] = [];

  constructor(format: RowFormat, columns: readonly Column[], sink: ByteSink, pool: EncoderPool) {
    this.#format = format;
    this.#columns = columns;
    this.#sink = sink;
    this.#pool = pool;
  }

  async write(batch: RowBatch): Promise<void> {
    const packed = packBatch(batch, this.#spare.pop());
    if (this.#job === undefined) {
      this.#waiting.push(packed);
      if (this.#waiting.length < maxUnderWay) return;
      this.#job = this.#pool.open("encodeRows", { format: this.#format, columns: this.#columns });
      for (const first of this.#waiting.splice(0)) this.#send(this.#job, first);
    } else this.#send(this.#job, packed);
    while (this.#underWay.length >= maxUnderWay) await this.#underWay.shift();
  }

  async finish(): Promise<void> {
    if (this.#job === undefined) {
      const encoder = await createRowEncoder(this.#format, this.#columns);
      for (const first of this.#waiting.splice(0)) await this.#sink.write(encoder.encode(unpackBatch(first)));
      return this.#sink.write(encoder.finish());
    }
    this.#send(this.#job, undefined);
    this.#job.close();
    await this.#underWay.at(-1);
  }

  #send(job: EncodeJob, batch: PackedBatch | undefined): void {
    const encoded = job.call(batch, batch === undefined ? [] : [batch.memory]);
    const before = this.#underWay.at(-1);
    const written = (async () => {
      const [{ bytes, memory }] = await Promise.all([encoded, before]);
      if (memory !== undefined) this.#spare.push(memory);
      await this.#sink.write(bytes);
    })();
    // The caller learns of a failure when it writes again or finishes.
    written.catch(() => undefined);
    this.#underWay.push(written);
  }
}
