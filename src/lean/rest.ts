// The rest of the lean edition: `credential-process` on a cache miss.
import { createTextOutput, main } from "../main.js";
import { host } from "./host.js";

host.rest = { createTextOutput, main };
