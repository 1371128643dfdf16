// Entry of the lean edition: a cache hit. Everything else is in `rest.ts`.
// oxlint-disable-next-line import/no-unassigned-import -- it defines globals
import "./process.js";
// oxlint-disable-next-line import/no-unassigned-import -- it runs the program
import "../cli.js";
import { host } from "./host.js";

// A hit is answered before src/cli.ts waits for anything.
if (process.exitCode === 0) host.exit(0);
