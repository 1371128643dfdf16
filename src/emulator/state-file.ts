import { readSecretFile } from "../aws/files/read-secret.js";
import { writeFileWhole } from "../aws/files/write-file.js";
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
    read: () =>
      JSON.parse(
        readSecretFile(path, { noun: "state file", readableByOthers: true }).toString("utf8"),
      ) as EmulatorState,
    write(state) {
      writeFileWhole(path, `${JSON.stringify(state, undefined, 2)}\n`, { secret: true, flush: false });
    },
  };
}
