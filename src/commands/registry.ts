import type { AnyCommand } from "./command.js";

export interface RegisteredCommand {
  readonly summary: string;
  readonly load: () => Promise<AnyCommand>;
}

/** Every subcommand by name, each loaded only when it runs or when its help is asked for. */
export const registry: Readonly<Record<string, RegisteredCommand>> = {
  "credential-process": {
    summary: "Trade the certificate for credentials and print the credential_process document",
    load: async () => (await import("./credential-process.js")).credentialProcess,
  },
  emulator: {
    summary: "Run a local IAM Roles Anywhere and STS for trying things out without an AWS account",
    load: async () => (await import("./emulator.js")).emulator,
  },
  request: {
    summary: "Send an HTTP request signed for AWS, in the manner of curl",
    load: async () => (await import("./request.js")).requestCommand,
  },
  version: {
    summary: "Print the version",
    load: async () => (await import("./version.js")).versionCommand,
  },
};
