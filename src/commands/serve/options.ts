import type { OptionTable } from "../line/arguments.js";
import { certificateOptions } from "../sources/credential-source.js";
import { identityConflicts } from "../options/identity.js";
import { renewalConflicts, renewalOptions } from "../renew/options.js";

const server = "Server";
const access = "Access";

export const serveOptions = {
  ...certificateOptions,
  ...renewalOptions,
  exec: {
    kind: "string",
    placeholder: "COMMAND",
    group: "Renewal",
    describe: "run this command line in the shell after each renewal of the certificate",
  },
  "role-arn": { ...certificateOptions["role-arn"], kind: "list", describe: "role to serve; repeatable" },
  port: {
    kind: "integer",
    placeholder: "PORT",
    default: 9911,
    group: server,
    describe: "port on 127.0.0.1; 0 takes any free one",
  },
  listen: {
    kind: "list",
    placeholder: "HOST:PORT",
    group: server,
    describe: "address to listen on instead of --port, or unix:PATH; repeatable",
  },
  "allow-remote": { kind: "boolean", group: server, describe: "let other machines reach the server" },
  "tls-cert": { kind: "string", placeholder: "PATH", group: server, describe: "serve HTTPS with this PEM chain" },
  "tls-key": { kind: "string", placeholder: "PATH", group: server, describe: "its PEM private key" },
  "hop-limit": {
    kind: "integer",
    placeholder: "N",
    default: 64,
    group: server,
    describe: "maximum number of routers between server and reader; refused if it cannot be enforced",
  },
  lazy: {
    kind: "boolean",
    group: server,
    describe: "start even if the first session cannot be obtained, and keep trying",
  },
  container: {
    kind: "boolean",
    default: true,
    group: access,
    describe: "serve container credentials; each role has its own token",
  },
  imds: {
    kind: "boolean",
    group: access,
    describe: "serve version 2 of the EC2 metadata service; default for a single role on loopback",
  },
  "token-file": {
    kind: "list",
    placeholder: "PATH",
    group: access,
    describe: "file with the role's token, created if missing; one for each --role-arn",
  },
  bindings: {
    kind: "string",
    placeholder: "PATH",
    group: access,
    describe: "JSON file with several roles, each with its own token and settings",
  },
  "allow-role-arn": {
    kind: "list",
    placeholder: "ARN",
    group: access,
    describe: "role to assume on demand at /role-arn/ARN; repeatable",
  },
  "allowed-host": {
    kind: "list",
    placeholder: "HOST",
    group: access,
    describe: "Host header to accept, besides IP addresses and localhost; repeatable",
  },
} as const satisfies OptionTable;

export const serveConflicts = [
  ...identityConflicts,
  ...renewalConflicts,
  ["port", "listen"],
  ["bindings", "role-arn"],
  ["bindings", "token-file"],
  ["bindings", "allow-role-arn"],
] as const satisfies readonly (readonly [keyof typeof serveOptions, keyof typeof serveOptions])[];
