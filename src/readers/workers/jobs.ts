import { createPageJob } from "../dynamodb/page-job.js";

/** What runs in threads. A job must not import the pool. */
export const jobs = {
  scanPage: createPageJob,
} as const;

export type Jobs = typeof jobs;
