// The script of a thread that encodes rows. The build bundles it into one text.
import { parentPort } from "node:worker_threads";
import { serveJobs } from "../../workers/serve-jobs.js";
import { encoderJobs } from "./jobs.js";

if (parentPort !== null) serveJobs(parentPort, encoderJobs);
