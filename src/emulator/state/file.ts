import { readSecretFile } from "../../aws/files/read-secret.js";
import { writeFileWhole } from "../../aws/files/write-file.js";
import { parseState } from "./schema.js";
import type { EmulatorState } from "./memory.js";

/** The state as a JSON file, read again for each request so that an edit counts at once. */
export interface StateFile {
  readonly path: string;
  /** @throws SyntaxError, StateError when somebody left the file broken. */
  readonly read: () => EmulatorState;
  /** @throws StateError for what is not a state; the file stays as it was. */
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
