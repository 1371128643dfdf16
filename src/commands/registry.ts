import type { Registry } from "./command.js";
import type { CommandName } from "./summaries.js";

/** Every subcommand by name. A command is loaded when it runs or when its help is shown. */
export const registry: Registry & Readonly<Record<CommandName, Registry[string]>> = {
  "credential-process": { load: async () => (await import("./credential-process.js")).credentialProcess },
  credentials: { load: async () => (await import("./credentials.js")).credentialsCommand },
  "assume-role": { load: async () => (await import("./assume-role/command.js")).assumeRoleCommand },
  exec: { load: async () => (await import("./exec/command.js")).execCommand },
  serve: { load: async () => (await import("./serve/command.js")).serve },
  update: { load: async () => (await import("./update.js")).updateCommand },
  token: { load: async () => (await import("./token/command.js")).tokenCommand },
  configure: { load: async () => (await import("./configure/command.js")).configureCommand },
  check: { load: async () => (await import("./check/command.js")).check },
  renew: { load: async () => (await import("./renew/command.js")).renewCommand },
  explain: { load: async () => (await import("./explain.js")).explainCommand },
  "trust-policy": { load: async () => (await import("./trust-policy.js")).trustPolicy },
  cache: { load: async () => (await import("./cache.js")).cache },
  request: { load: async () => (await import("./request/command.js")).requestCommand },
  "read-s3": { load: async () => (await import("./reading/read-s3.js")).readS3 },
  scan: { load: async () => (await import("./reading/scan.js")).scan },
  "read-certificate-data": { load: async () => (await import("./read-certificate-data.js")).readCertificateData },
  "sign-string": { load: async () => (await import("./sign-string.js")).signString },
  emulator: { load: async () => (await import("./emulator.js")).emulator },
  completion: { load: async () => (await import("./completion/command.js")).createCompletionCommand(registry) },
  version: { load: async () => (await import("./version.js")).versionCommand },
};
