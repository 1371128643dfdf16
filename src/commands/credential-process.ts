import type { Command } from "./command.js";
const options = {} as const;
export const credentialProcess: Command<typeof options, undefined> = {
  name: "credential-process",
  description: "",
  options,
  examples: [],
  toInput: () => undefined,
  run: async () => ({ exitStatus: 0 }),
};
