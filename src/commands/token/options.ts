import type { OptionTable } from "../line/arguments.js";
import { credentialSourceConflicts, credentialSourceOptions } from "../sources/credential-source.js";
import { endpointOptions } from "../sources/service-endpoint.js";

const group = "Token";

export const tokenOptions = {
  cluster: { kind: "string", placeholder: "NAME", group, describe: "eks: name of the cluster, or id of a local one" },
  host: {
    kind: "string",
    placeholder: "HOST",
    group,
    describe: "rds, dsql: HOST:PORT or HOST of the database; elasticache, memorydb: name of the cache or cluster",
  },
  user: { kind: "string", placeholder: "USER", group, describe: "rds, elasticache, memorydb: the user who logs in" },
  admin: { kind: "boolean", group, describe: "dsql: a token for the user admin" },
  serverless: { kind: "boolean", group, describe: "elasticache: the cache is serverless" },
  audience: {
    kind: "list",
    placeholder: "AUDIENCE",
    group,
    describe: "web-identity: who will check the token; repeatable",
  },
  algorithm: {
    kind: "string",
    group,
    describe: "web-identity: how AWS signs the token",
    choices: ["ES384", "RS256"],
    default: "ES384",
  },
  "token-tag": {
    kind: "list",
    placeholder: "KEY=VALUE",
    group,
    describe: "web-identity: a claim for the other service; repeatable",
  },
  "subject-mode": {
    kind: "string",
    group,
    describe: "web-identity: who the subject is, the role's ARN or the identity of trusted identity propagation",
    choices: ["AWSIdentity", "OriginIdentity"],
    default: "AWSIdentity",
  },
  "token-scope": {
    kind: "string",
    placeholder: "WORDS",
    group,
    describe: "web-identity: OAuth scopes, with blanks between; needs --subject-mode OriginIdentity",
  },
  expires: {
    kind: "integer",
    placeholder: "SECONDS",
    group,
    describe: "life of the token; default and maximum depend on its kind, and the session's end limits it",
  },
  format: {
    kind: "string",
    group,
    describe: "plain token, JSON with its expiry, or the ExecCredential of kubectl, which is the default for eks",
    choices: ["plain", "json", "exec-credential"],
  },
  ...credentialSourceOptions,
  region: { ...credentialSourceOptions.region, describe: "region of the service; default: the one of the credentials" },
  ...endpointOptions,
} as const satisfies OptionTable;

export const tokenConflicts = credentialSourceConflicts;
