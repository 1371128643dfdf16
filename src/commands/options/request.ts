import { credentialSourceOptions } from "../sources/credential-source.js";
import type { OptionTable } from "../line/arguments.js";

const http = "Request";
const transfer = "Transfer";
const output = "Output";
const signing = "Signature";

const bodyOptions = {
  request: {
    kind: "string",
    short: "X",
    placeholder: "METHOD",
    group: http,
    describe: "method, as the first word too",
  },
  header: {
    kind: "list",
    payload: true,
    short: "H",
    placeholder: "LINE",
    group: http,
    describe: '"Name: value"; "Name:" leaves a default out, "Name;" sends it empty, @FILE reads lines; repeatable',
  },
  data: {
    kind: "list",
    payload: true,
    short: "d",
    placeholder: "DATA",
    group: http,
    describe: "form data, @FILE or @- for standard input without its line ends; several are joined with &",
  },
  "data-raw": {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data, @ is not special",
  },
  "data-binary": {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data, bytes as they are; @FILE and @- of any size",
  },
  "data-urlencode": {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data, encoded: CONTENT, =CONTENT, NAME=CONTENT, @FILE, NAME@FILE",
  },
  json: {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data-binary, with content-type and accept of application/json",
  },
  get: { kind: "boolean", short: "G", group: http, describe: "put the data into the query and use GET" },
} as const satisfies OptionTable;

const outputOptions = {
  include: { kind: "boolean", short: "i", group: output, describe: "print the answer's status line and headers too" },
  output: { kind: "string", short: "o", placeholder: "FILE", group: output, describe: "write the body to this file" },
  head: { kind: "boolean", short: "I", group: output, describe: "ask with HEAD and print the answer's head" },
  silent: { kind: "boolean", short: "s", group: output, describe: "no notes on standard error" },
  "show-error": { kind: "boolean", short: "S", hidden: true, group: output, describe: "as always" },
  verbose: {
    kind: "boolean",
    short: "v",
    group: output,
    describe: "show both heads and what was signed on standard error, secrets left out",
  },
  fail: { kind: "boolean", short: "f", group: output, describe: "status 400 and above fails, without its body" },
  "fail-with-body": { kind: "boolean", group: output, describe: "status 400 and above fails, after its body" },
} as const satisfies OptionTable;

const transferOptions = {
  location: {
    kind: "boolean",
    short: "L",
    group: transfer,
    describe: "follow redirects: signed anew on the same host, unsigned to another",
  },
  "max-redirs": { kind: "integer", placeholder: "N", default: 50, group: transfer, describe: "redirects to follow" },
  retry: {
    kind: "integer",
    placeholder: "N",
    default: 0,
    group: transfer,
    describe: "try again after connection faults, 408, 429, 500, 502, 503 and 504",
  },
  "max-time": {
    kind: "string",
    short: "m",
    placeholder: "SECONDS",
    group: transfer,
    describe: "limit for everything together, fractions allowed",
  },
  "connect-timeout": {
    kind: "string",
    placeholder: "SECONDS",
    default: "30",
    group: transfer,
    describe: "limit for one connection",
  },
  compressed: { kind: "boolean", group: transfer, describe: "ask for a compressed answer and decode it" },
  insecure: { kind: "boolean", short: "k", group: transfer, describe: "do not verify the server's TLS certificate" },
  cacert: { kind: "string", placeholder: "FILE", group: transfer, describe: "PEM roots in place of the built-in ones" },
  proxy: {
    kind: "string",
    short: "x",
    placeholder: "URL",
    group: transfer,
    describe: 'HTTP proxy in place of the environment\'s; "" for none',
  },
} as const satisfies OptionTable;

const signingOptions = {
  service: {
    kind: "string",
    placeholder: "NAME",
    group: signing,
    describe: "service to sign for; read from the host when absent",
  },
  region: {
    kind: "string",
    placeholder: "REGION",
    group: signing,
    describe: "region to sign for; read from the host when absent, else that of the credentials",
  },
  "region-set": {
    kind: "string",
    placeholder: "REGIONS",
    group: signing,
    describe: "sign with SigV4A for these regions, comma-separated, or '*'",
  },
  "unsigned-payload": { kind: "boolean", group: signing, describe: "leave the body out of the signature" },
  "path-signing": {
    kind: "string",
    placeholder: "HOW",
    choices: ["normalized", "unnormalized", "s3"],
    group: signing,
    describe: "how the path enters the signature; known of each service",
  },
  presign: {
    kind: "integer",
    placeholder: "SECONDS",
    group: signing,
    describe: "send nothing; print a URL that is valid for so long, 1-604800",
  },
} as const satisfies OptionTable;

/** Every flag of `request`; its `--region` is the signature's, the certificate path keeps the trust anchor's. */
export const requestOptions = {
  ...bodyOptions,
  ...outputOptions,
  ...transferOptions,
  ...credentialSourceOptions,
  ...signingOptions,
} as const satisfies OptionTable;
