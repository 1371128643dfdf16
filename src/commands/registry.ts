import type { AnyCommand } from "./command.js";

export interface RegisteredCommand {
  readonly summary: string;
  readonly load: () => Promise<AnyCommand>;
}

/** Every subcommand by name, each loaded only when it runs or when its help is asked for. */
export const registry: Readonly<Record<string, RegisteredCommand>> = {
  "assume-role": {
    summary: "Assume an IAM role and print its credentials for people, programs or shells",
    load: async () => (await import("./assume-role.js")).assumeRoleCommand,
  },
  cache: {
    summary: "Show, empty or locate the cache of sessions",
    load: async () => (await import("./cache.js")).cache,
  },
  configure: {
    summary: "Write a profile into the AWS config file, and run it once",
    load: async () => (await import("./configure.js")).configureCommand,
  },
  check: {
    summary: "Say what is wrong with the way to credentials, and what to do first",
    load: async () => (await import("./check.js")).check,
  },
  "credential-process": {
    summary: "Trade the certificate for credentials and print the credential_process document",
    load: async () => (await import("./credential-process.js")).credentialProcess,
  },
  credentials: {
    summary: "Trade the certificate for credentials and print them for people, programs or shells",
    load: async () => (await import("./credentials.js")).credentialsCommand,
  },
  emulator: {
    summary: "Run a local IAM Roles Anywhere and STS for trying things out without an AWS account",
    load: async () => (await import("./emulator.js")).emulator,
  },
  exec: {
    summary: "Run a command with credentials in its environment, or with an endpoint that renews them",
    load: async () => (await import("./exec.js")).execCommand,
  },
  "read-certificate-data": {
    summary: "Print what a certificate holds, or list the certificates of a token or store",
    load: async () => (await import("./read-certificate-data.js")).readCertificateData,
  },
  "read-s3": {
    summary: "Read CSV from archives on S3 as one table: csv, ndjson, json, parquet, arrow",
    load: async () => (await import("./read-s3.js")).readS3,
  },
  request: {
    summary: "Send an HTTP request signed for AWS, in the manner of curl",
    load: async () => (await import("./request.js")).requestCommand,
  },
  scan: {
    summary: "Read a DynamoDB table to its last page, as exact plain JSON",
    load: async () => (await import("./scan.js")).scan,
  },
  serve: {
    summary: "Serve sessions to every SDK on this machine, as container credentials or as IMDSv2",
    load: async () => (await import("./serve.js")).serve,
  },
  "sign-string": {
    summary: "Sign a fixed text with the private key, to try it out",
    load: async () => (await import("./sign-string.js")).signString,
  },
  update: {
    summary: "Keep a profile of the shared credentials file up to date",
    load: async () => (await import("./update.js")).updateCommand,
  },
  "trust-policy": {
    summary: "Print the trust policy that the role needs for this certificate",
    load: async () => (await import("./trust-policy.js")).trustPolicy,
  },
  version: {
    summary: "Print the version",
    load: async () => (await import("./version.js")).versionCommand,
  },
};
