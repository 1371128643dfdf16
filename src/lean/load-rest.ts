// In place of src/main.ts in the first module: loads the second one.
import type { createTextOutput as CreateTextOutput, main as Main } from "../main.js";
import { host } from "./host.js";

host.loadRest();
export const { createTextOutput, main } = host.rest as {
  readonly createTextOutput: typeof CreateTextOutput;
  readonly main: typeof Main;
};
