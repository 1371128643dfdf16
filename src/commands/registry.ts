import type { RegisteredCommand } from "./command.js";

/** How help orders the commands. */
export const commandGroups = [
  "Get credentials",
  "Set up and look after",
  "Use credentials",
  "Look at keys and certificates",
  "Try and install",
] as const;

/** Every subcommand by name. A command is loaded when it runs or when its help is shown. */
export const registry: Readonly<
  Record<string, RegisteredCommand & { readonly group: (typeof commandGroups)[number] }>
> = {
  "credential-process": {
    group: "Get credentials",
    summary: "Trade the certificate for credentials and print the credential_process document",
    load: async () => (await import("./credential-process.js")).credentialProcess,
  },
  credentials: {
    group: "Get credentials",
    summary: "Trade the certificate for credentials and print them for people, programs or shells",
    load: async () => (await import("./credentials.js")).credentialsCommand,
  },
  "assume-role": {
    group: "Get credentials",
    summary: "Assume an IAM role and print its credentials for people, programs or shells",
    load: async () => (await import("./assume-role/command.js")).assumeRoleCommand,
  },
  exec: {
    group: "Get credentials",
    summary: "Run a command with credentials in its environment, or with an endpoint that renews them",
    load: async () => (await import("./exec/command.js")).execCommand,
  },
  serve: {
    group: "Get credentials",
    summary: "Serve sessions to every SDK on this machine, as container credentials or as IMDSv2",
    load: async () => (await import("./serve/command.js")).serve,
  },
  update: {
    group: "Get credentials",
    summary: "Keep a profile of the shared credentials file up to date",
    load: async () => (await import("./update.js")).updateCommand,
  },
  configure: {
    group: "Set up and look after",
    summary: "Write a profile into the AWS config file, and run it once",
    load: async () => (await import("./configure/command.js")).configureCommand,
  },
  check: {
    group: "Set up and look after",
    summary: "Find what is wrong with a setup, and show what to fix first",
    load: async () => (await import("./check/command.js")).check,
  },
  "trust-policy": {
    group: "Set up and look after",
    summary: "Print the trust policy that the role needs for this certificate",
    load: async () => (await import("./trust-policy.js")).trustPolicy,
  },
  cache: {
    group: "Set up and look after",
    summary: "Show, empty or locate the cache of sessions",
    load: async () => (await import("./cache.js")).cache,
  },
  request: {
    group: "Use credentials",
    summary: "Send an HTTP request signed for AWS, in the manner of curl",
    load: async () => (await import("./request/command.js")).requestCommand,
  },
  "read-s3": {
    group: "Use credentials",
    summary: "Read CSV from archives on S3 as one table: csv, ndjson, json, parquet, arrow",
    load: async () => (await import("./reading/read-s3.js")).readS3,
  },
  scan: {
    group: "Use credentials",
    summary: "Read a DynamoDB table to its last page, as exact plain JSON",
    load: async () => (await import("./reading/scan.js")).scan,
  },
  "read-certificate-data": {
    group: "Look at keys and certificates",
    summary: "Print what a certificate holds, or list the certificates of a token or store",
    load: async () => (await import("./read-certificate-data.js")).readCertificateData,
  },
  "sign-string": {
    group: "Look at keys and certificates",
    summary: "Sign a fixed text with the private key, to try it out",
    load: async () => (await import("./sign-string.js")).signString,
  },
  emulator: {
    group: "Try and install",
    summary: "Run a local IAM Roles Anywhere and STS for trying things out without an AWS account",
    load: async () => (await import("./emulator.js")).emulator,
  },
  completion: {
    group: "Try and install",
    summary: "Print a script that completes command lines in a shell",
    load: async () => (await import("./completion/command.js")).createCompletionCommand(registry),
  },
  version: {
    group: "Try and install",
    summary: "Print the version",
    load: async () => (await import("./version.js")).versionCommand,
  },
};
