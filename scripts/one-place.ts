// Jobs that belong to one place in src/, as data: `npm run lint:rules` writes the table of docs/architecture.md from
// it, and test/lint/one-place.test.ts fails if the pattern of a job occurs in another file.

export interface Job {
  readonly job: string;
  /** File or folder that does it, below src/. */
  readonly place: string;
  /** Code that only occurs there; comments do not count. */
  readonly pattern?: RegExp;
  /** Other files in which it occurs, with the reason. The emulator may have any: it shares no code with the client. */
  readonly also?: Readonly<Record<string, string>>;
  /** Test that finds a second place, for jobs without a pattern. */
  readonly test?: string;
}

export const jobs: readonly Job[] = [
  {
    job: "HMAC signatures",
    place: "signing/hmac-scheme.ts",
    pattern: /\bcreateHmac\(/,
    also: {
      "signing/ecdsa-scheme.ts": "derives the key of SigV4A",
      "identity/pkcs12/contents.ts": "verifies the MAC of a PKCS#12 file",
      "vending/cache/device-session.ts": "names the cache entry of a key in a device",
      "readers/zip/aes.ts": "verifies encrypted members of ZIP archives",
    },
  },
  { job: "signature schemes of AWS", place: "signing/", pattern: /AWS4-HMAC-SHA256|`AWS4A?\$\{/ },
  {
    job: "HTTP requests: timeouts, TLS, proxies",
    place: "aws/http/transport.ts",
    pattern: /\bhttps?\.request\(|import (?:\* as )?\w+ from "node:https?"/,
    also: { "aws/http/tunnel.ts": "asks a proxy for a tunnel" },
  },
  {
    job: "trusted roots of TLS",
    place: "aws/http/system-roots.ts",
    pattern: /\b(?:rootCertificates|getCACertificates)\b/,
  },
  {
    job: "retry policies",
    place: "aws/http/retry.ts",
    pattern: /["']retry-after["']/i,
    also: { "delivery/metadata-server/answer.ts": "sends the header" },
  },
  {
    job: "proxy variables",
    place: "aws/http/proxy.ts",
    pattern: /["']no_proxy["']/,
    also: { "delivery/child-environment.ts": "keeps a child away from the proxy for loopback" },
  },
  { job: "partitions and their domains", place: "aws/partition.ts", pattern: /amazonaws\.com\.cn/ },
  { job: "AssumeRole", place: "vending/assume-role.ts", pattern: /\bAssumeRoleCommand\b/ },
  { job: "role session names and durations", place: "aws/duration.ts", pattern: /\{2,64\}/ },
  { job: "writing files", place: "aws/files/", test: "test/aws/files/one-writer.test.ts" },
  { job: "locks between processes", place: "aws/files/lock.ts", test: "test/aws/files/one-writer.test.ts" },
  {
    job: "reading the shared config and credentials files",
    place: "aws/shared-config.ts",
    pattern: /\[["']AWS_(?:CONFIG|SHARED_CREDENTIALS)_FILE["']\]/,
  },
  {
    job: "time that passed",
    place: "aws/monotonic.ts",
    pattern: /\bperformance\.\w|\bhrtime\b|\buptime\(/,
    also: { "cli.ts": "tells when the process started" },
  },
  { job: "names of variables", place: "message.ts", pattern: /`ROLESANYWHERE_TS_\$\{/ },
  { job: "names of profile keys", place: "settings/lookup.ts", pattern: /`rolesanywhere_\$\{/ },
  {
    job: "sealing cached sessions",
    place: "vending/cache/entry.ts",
    pattern: /\bcreateCipheriv\(/,
    also: {
      "readers/zip/aes.ts": "decrypts members of ZIP archives",
      "lean/node/crypto.ts": "is Node's function in the lean edition",
    },
  },
  {
    job: "password-based decryption",
    place: "identity/pem/pbe.ts",
    pattern: /\b(?:scrypt|pbkdf2)(?:Sync)?\(/,
    also: {
      "readers/zip/aes.ts": "derives the keys of encrypted ZIP members",
      "lean/node/crypto.ts": "is Node's function in the lean edition",
    },
  },
  {
    job: "parsing X.509 certificates",
    place: "identity/certificate/parsed.ts",
    pattern: /new X509Certificate\(/,
    also: { "aws/http/environment-roots.ts": "leaves out roots that cannot be read" },
  },
  {
    job: "elliptic curves by OID",
    place: "identity/curves.ts",
    pattern: /1\.2\.840\.10045\.3\.1\.7|1\.3\.132\.0\.3[45]/,
  },
  { job: "control characters in text", place: "printable.ts", pattern: /\\p\{Cf\}/ },
  { job: "quoting for a POSIX shell", place: "printable.ts", pattern: /'\\{1,2}''/ },
  { job: "wrapping text", place: "diagnosis/report.ts", pattern: /function wrap(?:Text|Words|Lines)\b/ },
  {
    job: "memory of the kernel",
    place: "readers/kernel/borrow.ts",
    pattern: /\bWebAssembly\.(?:Instance|Module|instantiate)/,
  },
  {
    job: "inputs of the process",
    place: "cli.ts",
    pattern: /\bprocess\.(?:env|argv)\b/,
    also: {
      "library/open-credential-server.ts": "the environment for a child process",
      "library/option-settings.ts": "the library reads AWS's variables",
      "commands/check/environment-file.ts": "proxies of the process",
    },
  },
  {
    job: "codes of system faults in messages",
    place: "errors.ts",
    pattern: /\bcode (?:\?\?|=) "unknown fault"/,
    also: { "vending/cache/folder.ts": "a cache hit loads no errors" },
  },
  { job: "exit statuses", place: "errors.ts", pattern: /\binternal: 70\b/ },
];

/** Formats the table for docs/architecture.md. */
export function jobsTable(): string {
  const rows = jobs.map(({ job, place, also = {}, test }) => {
    const others = Object.entries(also).map(([file, reason]) => `\`${file}\`: ${reason}`);
    return `| ${job} | \`${place}\` | ${[...others, ...(test === undefined ? [] : [`found by \`${test}\``])].join("; ")} |`;
  });
  return ["| job | place in `src/` | elsewhere |", "| --- | --- | --- |", ...rows].join("\n").replaceAll("|  |", "| |");
}
