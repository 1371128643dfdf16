// The rest of the lean edition: `credential-process` on a cache miss.
// oxlint-disable-next-line import/no-unassigned-import -- it defines globals
import "./abort.js";
import { createTextOutput, main } from "../main.js";
import { host } from "./host.js";

host.rest = { createTextOutput, main };
