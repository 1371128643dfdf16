import { availableParallelism } from "node:os";
import { createWorkerPool } from "../../workers/pool.js";
import type { WorkerPool } from "../../workers/pool.js";
import type { EncoderJobs } from "./jobs.js";

declare const ENCODER_THREAD_CODE: string;

export type EncoderPool = WorkerPool<EncoderJobs>;

/** Opens a pool of the one thread that encodes a document. Undefined if there is no processor or no code for it. */
export function openEncoderPool(signal: AbortSignal): EncoderPool | undefined {
  if (availableParallelism() < 2 || typeof ENCODER_THREAD_CODE !== "string") return undefined;
  const loadJobs = async () => (await import("./jobs.js")).encoderJobs;
  return createWorkerPool({ size: 1, code: ENCODER_THREAD_CODE, loadJobs, signal });
}
