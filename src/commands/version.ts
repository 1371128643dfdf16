import { version } from "../version.js";
import type { Command } from "./command.js";

const options = {} as const;

export const versionCommand: Command<typeof options, undefined> = {
  name: "version",
  description: "Prints the version of this program and a line end.",
  options,
  examples: [{ command: "rolesanywhere-ts version", describe: "Print the version" }],
  toInput: () => undefined,
  run: async () => ({ stdout: `${version}\n`, exitStatus: 0 }),
};
