/** Groups of commands, in the order of help. */
export const commandGroups = [
  "Get credentials",
  "Set up and look after",
  "Use credentials",
  "Look at keys and certificates",
  "Try and install",
] as const;

/** Summary of each subcommand. Only help and completion load this file. */
export const commandSummaries = {
  "credential-process": {
    group: "Get credentials",
    summary: "Trade the certificate for credentials and print the credential_process document",
  },
  credentials: {
    group: "Get credentials",
    summary: "Trade the certificate for credentials and print them for people, programs or shells",
  },
  "assume-role": {
    group: "Get credentials",
    summary: "Assume an IAM role and print its credentials for people, programs or shells",
  },
  exec: {
    group: "Get credentials",
    summary: "Run a command with credentials in its environment, or with an endpoint that renews them",
  },
  serve: {
    group: "Get credentials",
    summary: "Serve sessions to every SDK on this machine, as container credentials or as IMDSv2",
  },
  update: {
    group: "Get credentials",
    summary: "Keep a profile of the shared credentials file up to date",
  },
  token: {
    group: "Get credentials",
    summary: "Print a token for EKS, RDS, DSQL, MSK, ElastiCache, MemoryDB, Bedrock, ECR or a service outside AWS",
  },
  configure: {
    group: "Set up and look after",
    summary: "Write a profile into the AWS config file, and run it once",
  },
  check: {
    group: "Set up and look after",
    summary: "Find what is wrong with a setup, and show what to fix first",
  },
  renew: {
    group: "Set up and look after",
    summary: "Renew the certificate before it ends, with step-ca or EST",
  },
  explain: {
    group: "Set up and look after",
    summary: "Say what the code of an error or finding means, and how to fix it",
  },
  "trust-policy": {
    group: "Set up and look after",
    summary: "Print the trust policy that the role needs for this certificate",
  },
  cache: {
    group: "Set up and look after",
    summary: "Show, empty or locate the cache of sessions",
  },
  request: {
    group: "Use credentials",
    summary: "Send an HTTP request signed for AWS, in the manner of curl",
  },
  "read-s3": {
    group: "Use credentials",
    summary: "Read CSV from archives on S3 as one table: csv, ndjson, json, parquet, arrow",
  },
  scan: {
    group: "Use credentials",
    summary: "Read a DynamoDB table to its last page, as exact plain JSON",
  },
  "read-certificate-data": {
    group: "Look at keys and certificates",
    summary: "Print what a certificate holds, or list the certificates of a token or store",
  },
  "sign-string": {
    group: "Look at keys and certificates",
    summary: "Sign a fixed text with the private key, to try it out",
  },
  emulator: {
    group: "Try and install",
    summary: "Run a local IAM Roles Anywhere and STS for trying things out without an AWS account",
  },
  completion: {
    group: "Try and install",
    summary: "Print a script that completes command lines in a shell",
  },
  version: {
    group: "Try and install",
    summary: "Print the version",
  },
} as const satisfies Record<string, { readonly group: (typeof commandGroups)[number]; readonly summary: string }>;

export type CommandName = keyof typeof commandSummaries;
