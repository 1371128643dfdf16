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
    describe: "HTTP method; may also be the first argument",
  },
  header: {
    kind: "list",
    payload: true,
    short: "H",
    placeholder: "LINE",
    group: http,
    describe: '"Name: value"; "Name:" removes a default, "Name;" sends it empty, @FILE reads lines; repeatable',
  },
  data: {
    kind: "list",
    payload: true,
    short: "d",
    placeholder: "DATA",
    group: http,
    describe: "form data; @FILE or @- (standard input) drops line breaks; several are joined with &",
  },
  "data-raw": {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data, but @ has no special meaning",
  },
  "data-binary": {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data, but bytes are unchanged; @FILE and @- may have any size",
  },
  "data-urlencode": {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data, but URL-encoded: CONTENT, =CONTENT, NAME=CONTENT, @FILE, NAME@FILE",
  },
  json: {
    kind: "list",
    payload: true,
    placeholder: "DATA",
    group: http,
    describe: "like --data-binary, with Content-Type and Accept application/json",
  },
  get: { kind: "boolean", short: "G", group: http, describe: "put the data into the query string and use GET" },
} as const satisfies OptionTable;

const outputOptions = {
  include: { kind: "boolean", short: "i", group: output, describe: "print the status line and headers too" },
  output: { kind: "string", short: "o", placeholder: "FILE", group: output, describe: "write the body to this file" },
  head: { kind: "boolean", short: "I", group: output, describe: "send HEAD and print the status line and headers" },
  silent: { kind: "boolean", short: "s", group: output, describe: "print no notes to stderr" },
  "show-error": { kind: "boolean", short: "S", hidden: true, group: output, describe: "no effect" },
  verbose: {
    kind: "boolean",
    short: "v",
    group: output,
    describe: "print headers and what was signed to stderr, without secrets",
  },
  fail: {
    kind: "boolean",
    short: "f",
    group: output,
    describe: "fail on status 400 and above, without printing the body",
  },
  "fail-with-body": {
    kind: "boolean",
    group: output,
    describe: "fail on status 400 and above, after printing the body",
  },
} as const satisfies OptionTable;

const transferOptions = {
  location: {
    kind: "boolean",
    short: "L",
    group: transfer,
    describe: "follow redirects; requests to the same host are signed again, those to other hosts are not signed",
  },
  "max-redirs": {
    kind: "integer",
    placeholder: "N",
    default: 50,
    group: transfer,
    describe: "maximum number of redirects",
  },
  retry: {
    kind: "integer",
    placeholder: "N",
    default: 0,
    group: transfer,
    describe: "number of retries after connection errors, 408, 429, 500, 502, 503 and 504",
  },
  "max-time": {
    kind: "string",
    short: "m",
    placeholder: "SECONDS",
    group: transfer,
    describe: "timeout of the whole run; fractions allowed",
  },
  "connect-timeout": {
    kind: "string",
    placeholder: "SECONDS",
    default: "30",
    group: transfer,
    describe: "timeout of one connection",
  },
  compressed: { kind: "boolean", group: transfer, describe: "request a compressed response and decompress it" },
  insecure: { kind: "boolean", short: "k", group: transfer, describe: "do not verify the server's TLS certificate" },
  cacert: {
    kind: "string",
    placeholder: "FILE",
    group: transfer,
    describe: "trusted CA certificates (PEM) instead of the built-in ones",
  },
  proxy: {
    kind: "string",
    short: "x",
    placeholder: "URL",
    group: transfer,
    describe: 'HTTP proxy instead of the one in the environment; "" for none',
  },
} as const satisfies OptionTable;

const signingOptions = {
  service: {
    kind: "string",
    placeholder: "NAME",
    group: signing,
    describe: "service to sign for; default: from the host name",
  },
  region: {
    kind: "string",
    placeholder: "REGION",
    group: signing,
    describe: "region to sign for; default: from the host name, else the region of the credentials",
  },
  "region-set": {
    kind: "string",
    placeholder: "REGIONS",
    group: signing,
    describe: "sign with SigV4A for these regions: comma-separated, or '*'",
  },
  "unsigned-payload": { kind: "boolean", group: signing, describe: "do not sign the body" },
  "path-signing": {
    kind: "string",
    placeholder: "HOW",
    choices: ["normalized", "unnormalized", "s3"],
    group: signing,
    describe: "how to sign the path; default: depends on the service",
  },
  presign: {
    kind: "integer",
    placeholder: "SECONDS",
    group: signing,
    describe: "print a presigned URL that is valid for this long, 1-604800; send nothing",
  },
} as const satisfies OptionTable;

/** Every flag of `request`. `--region` is the region to sign for; CreateSession uses the trust anchor's region. */
export const requestOptions = {
  ...bodyOptions,
  ...outputOptions,
  ...transferOptions,
  ...credentialSourceOptions,
  ...signingOptions,
} as const satisfies OptionTable;
