import { readSecretFile } from "../../aws/files/read-secret.js";
import { writeFileWhole } from "../../aws/files/write-file.js";
import { parseState } from "./schema.js";
import type { EmulatorState } from "./memory.js";

/** The state as a JSON file. It is read for each request, so edits take effect at once. */
export interface StateFile {
  readonly path: string;
  /** @throws SyntaxError, StateError if the file is invalid. */
  readonly read: () => EmulatorState;
  /** @throws StateError for an invalid state; the file stays unchanged. */
  readonly write: (state: unknown) => void;
}

export function openStateFile(path: string): StateFile {
  return {
    path,
    read() {
      const bytes = readSecretFile(path, { noun: "state file", readableByOthers: true });
      return parseState(JSON.parse(bytes.toString("utf8")));
    },
    write(state) {
      const text = `${JSON.stringify(parseState(state), undefined, 2)}\n`;
      writeFileWhole(path, text, { secret: true, flush: false });
    },
  };
}
