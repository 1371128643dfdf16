// The script of a thread. The build bundles it into one text: see thread-code.ts.
import { parentPort } from "node:worker_threads";
import { jobs } from "./jobs.js";
import { serveJobs } from "./serve-jobs.js";

if (parentPort !== null) serveJobs(parentPort, jobs);
