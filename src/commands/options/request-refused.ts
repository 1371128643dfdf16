import type { OptionTable } from "../line/arguments.js";

const bySignature = "the signature takes its place: give --profile or the certificate flags";
const byEnvironment = "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or give --profile";
const byHttp = "leave it out: the request goes over HTTP/1.1";
const byCookie = 'cookies are not kept: send them with --cookie "name=value"';

/** Flags of curl and awscurl that are refused, with their replacements. */
const instead = {
  user: [bySignature, "u"],
  basic: [bySignature],
  digest: [bySignature],
  negotiate: [bySignature],
  ntlm: [bySignature],
  anyauth: [bySignature],
  netrc: [bySignature, "n"],
  "oauth2-bearer": [bySignature],
  "aws-sigv4": ["every request is signed: name the service with --service and the region with --region"],
  access_key: [byEnvironment],
  "access-key": [byEnvironment],
  secret_key: [byEnvironment],
  "secret-key": [byEnvironment],
  session_token: [byEnvironment],
  "session-token": [byEnvironment],
  security_token: [byEnvironment],
  "security-token": [byEnvironment],
  "cookie-jar": [byCookie, "c"],
  "junk-session-cookies": [byCookie, "j"],
  config: ["write the flags on the command line", "K"],
  "location-trusted": ["use --location: neither signature nor cookies go to another host"],
  url: ["write the URL as a word of its own"],
  "http1.0": [byHttp, "0"],
  http2: [byHttp],
  "http2-prior-knowledge": [byHttp],
  http3: [byHttp],
  "progress-bar": ["leave it out: no progress is shown", "#"],
  "remote-header-name": ["name the file with --output", "J"],
  "remote-name-all": ["use --remote-name"],
  "output-dir": ["write the folder into --output"],
  "continue-at": ["ask for the rest with --range N-", "C"],
  "time-cond": ['send the header yourself: --header "If-Modified-Since: …"', "z"],
  "etag-compare": ['send the header yourself: --header "If-None-Match: …"'],
  noproxy: ["set NO_PROXY in the environment"],
  "proxy-user": ["write it into the URL: --proxy http://USER:PASSWORD@HOST:PORT", "U"],
  socks5: ["use --proxy"],
  "socks5-hostname": ["use --proxy"],
  ipv4: ["connect to an address of your choice with --resolve HOST:PORT:ADDRESS", "4"],
  ipv6: ["connect to an address of your choice with --resolve HOST:PORT:ADDRESS", "6"],
  trace: ["use --verbose, which leaves secrets out"],
  "trace-ascii": ["use --verbose, which leaves secrets out"],
  next: ["run the command once for each request", ":"],
  parallel: ["run the command once for each request", "Z"],
  "request-target": ["write the path into the URL: it is sent as it stands"],
} as const satisfies Readonly<Record<string, readonly [string, string?]>>;

type Refused = { readonly [Name in keyof typeof instead]: OptionTable[string] & { readonly kind: "boolean" } };

export const otherTools = Object.fromEntries(
  Object.entries(instead).map(([name, [hint, short]]: [string, readonly [string, string?]]) => [
    name,
    { kind: "boolean", hidden: true, describe: "refused", instead: hint, ...(short === undefined ? {} : { short }) },
  ]),
) as Refused;
