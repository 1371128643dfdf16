import { createEncodeJob } from "./encode-job.js";

/** What runs in threads that encode rows. Apart from the other jobs, since the library has no use for encoders. */
export const encoderJobs = {
  encodeRows: createEncodeJob,
} as const;

export type EncoderJobs = typeof encoderJobs;
