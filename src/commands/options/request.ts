import { credentialSourceOptions } from "../sources/credential-source.js";
import type { OptionTable } from "../line/arguments.js";
import { otherTools } from "./request-refused.js";

const http = "Request";
const transfer = "Transfer";
const output = "Output";
const signing = "Signature";

const flag = (describe: string, short?: string) =>
  ({ kind: "boolean", describe, ...(short === undefined ? {} : { short }) }) as const;
const data = (describe: string) =>
  ({ kind: "list", payload: true, placeholder: "DATA", group: http, describe }) as const;

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
    describe: '"Name: value"; "Name:" removes a default, "Name;" sends it empty, @FILE and @- read lines; repeatable',
  },
  data: { ...data("form data; @FILE or @- (standard input) drops line breaks; several are joined with &"), short: "d" },
  "data-raw": data("like --data, but @ has no special meaning"),
  "data-binary": data("like --data, but bytes are unchanged; @FILE and @- may have any size"),
  "data-urlencode": data("like --data, but URL-encoded: CONTENT, =CONTENT, NAME=CONTENT, @FILE, NAME@FILE"),
  "data-ascii": { ...data("the same as --data"), hidden: true },
  json: data("like --data-binary, with Content-Type and Accept application/json"),
  form: {
    kind: "list",
    payload: true,
    short: "F",
    placeholder: "NAME=VALUE",
    group: http,
    describe: "multipart form: NAME=TEXT, NAME=@FILE, NAME=<FILE, with ;type= and ;filename=; repeatable",
  },
  "form-string": {
    kind: "list",
    payload: true,
    placeholder: "NAME=TEXT",
    group: http,
    describe: "like --form, @, < and ; are not special",
  },
  "upload-file": {
    kind: "string",
    short: "T",
    placeholder: "FILE",
    group: http,
    describe: "send this file with PUT, - for standard input; a URL ending in / gets its name",
  },
  get: { ...flag("put the data into the query string and use GET", "G"), group: http },
  "url-query": data("add to the query, encoded like --data-urlencode; +TEXT is added as it is"),
  range: {
    kind: "string",
    short: "r",
    placeholder: "RANGE",
    group: http,
    describe: "ask for these bytes, such as 0-99",
  },
  cookie: { kind: "list", payload: true, short: "b", placeholder: "DATA", group: http, describe: '"name=value; …"' },
  "user-agent": {
    kind: "string",
    short: "A",
    placeholder: "NAME",
    group: http,
    describe: "user agent; empty for none",
  },
  referer: { kind: "string", short: "e", placeholder: "URL", group: http, describe: "page that leads here" },
} as const satisfies OptionTable;

const outputOptions = {
  include: { ...flag("print the status line and headers too", "i"), group: output },
  "dump-header": {
    kind: "string",
    short: "D",
    placeholder: "FILE",
    group: output,
    describe: "write the heads to this file",
  },
  output: { kind: "string", short: "o", placeholder: "FILE", group: output, describe: "write the body to this file" },
  "remote-name": { ...flag("write the body to a file named like the URL's last part", "O"), group: output },
  "create-dirs": { ...flag("create missing folders for the output file"), group: output },
  head: { ...flag("send HEAD and print the status line and headers", "I"), group: output },
  "write-out": {
    kind: "string",
    short: "w",
    placeholder: "FORMAT",
    group: output,
    describe: "print this at the end: %{http_code}, %{time_total}, %header{NAME}, \\n; @FILE reads it",
  },
  silent: { ...flag("print no notes to stderr", "s"), group: output },
  verbose: { ...flag("print headers and what was signed to stderr, without secrets", "v"), group: output },
  fail: { ...flag("fail on status 400 and above, without printing the body", "f"), group: output },
  "fail-with-body": { ...flag("fail on status 400 and above, after printing the body"), group: output },
} as const satisfies OptionTable;

const transferOptions = {
  location: {
    ...flag("follow redirects; requests to the same host are signed again, those to other hosts are not signed", "L"),
    group: transfer,
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
  "retry-delay": {
    kind: "string",
    placeholder: "SECONDS",
    group: transfer,
    describe: "wait this long before each retry",
  },
  "retry-max-time": {
    kind: "string",
    placeholder: "SECONDS",
    group: transfer,
    describe: "start no retry later than this",
  },
  "retry-all-errors": {
    ...flag("retry after every fault; with --fail, after every status that fails"),
    group: transfer,
  },
  "max-time": {
    kind: "string",
    short: "m",
    placeholder: "SECONDS",
    group: transfer,
    describe: "timeout of the whole run; fractions allowed, 0 for none",
  },
  "connect-timeout": {
    kind: "string",
    placeholder: "SECONDS",
    default: "30",
    group: transfer,
    describe: "timeout of one connection",
  },
  compressed: { ...flag("request a compressed response and decompress it"), group: transfer },
  insecure: { ...flag("do not verify the server's TLS certificate", "k"), group: transfer },
  cacert: {
    kind: "string",
    placeholder: "FILE",
    group: transfer,
    describe: "trusted CA certificates (PEM) instead of the built-in ones",
  },
  cert: {
    kind: "string",
    short: "E",
    placeholder: "FILE",
    group: transfer,
    describe: "PEM certificate for a server that asks for one (mutual TLS)",
  },
  key: {
    kind: "string",
    placeholder: "FILE",
    group: transfer,
    describe: "PEM key of --cert; default: in the same file",
  },
  pass: { kind: "string", placeholder: "PASSWORD", group: transfer, describe: "password of --key" },
  proxy: {
    kind: "string",
    short: "x",
    placeholder: "URL",
    group: transfer,
    describe: 'proxy instead of the one in the environment: http://, https:// or socks5://; "" for none',
  },
  resolve: {
    kind: "list",
    placeholder: "HOST:PORT:ADDRESS",
    group: transfer,
    describe: "connect to this address for this host; repeatable",
  },
  "connect-to": {
    kind: "list",
    placeholder: "HOST:PORT:HOST:PORT",
    group: transfer,
    describe: "connect to the second host and port in place of the first; repeatable",
  },
  "unix-socket": {
    kind: "string",
    placeholder: "PATH",
    group: transfer,
    describe: "connect to this Unix domain socket",
  },
} as const satisfies OptionTable;

/** Flags of curl for the default behavior of this command. */
const withoutEffect = {
  "show-error": { ...flag("no effect", "S"), hidden: true },
  "no-buffer": { ...flag("as always", "N"), hidden: true },
  globoff: { ...flag("as always", "g"), hidden: true },
  "path-as-is": { ...flag("as always"), hidden: true },
  "http1.1": { ...flag("as always"), hidden: true },
  "no-progress-meter": { ...flag("as always"), hidden: true },
  "retry-connrefused": { ...flag("as always"), hidden: true },
  "tlsv1.2": { ...flag("as always"), hidden: true },
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
  "unsigned-payload": { ...flag("do not sign the body"), group: signing },
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

/** All flags of `request`. Its `--region` is the signing region; sessions use the trust anchor's region. */
export const requestOptions = {
  ...bodyOptions,
  ...outputOptions,
  ...transferOptions,
  ...withoutEffect,
  ...credentialSourceOptions,
  ...signingOptions,
  ...otherTools,
} as const satisfies OptionTable;
