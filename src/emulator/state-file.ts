import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { EmulatorState } from "./state.js";

/** The state as a JSON file, read again for each request so that an edit counts at once. */
export interface StateFile {
  readonly path: string;
  /** @throws SyntaxError when somebody left the file broken. */
  readonly read: () => EmulatorState;
  readonly write: (state: EmulatorState) => void;
}

export function openStateFile(path: string): StateFile {
  return {
    path,
    read: () => JSON.parse(readFileSync(path, "utf8")) as EmulatorState,
    write(state) {
      writeFileSync(`${path}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
