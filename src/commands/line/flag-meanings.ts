import type { OptionTable } from "./arguments.js";

/** Flags by other names: those of other tools, and plain words. The first flag that the command has is used. */
export const flagMeanings: Readonly<Record<string, string>> = {
  certificate:
    "cert crt pem x509 leaf cert-file cert-path certificate-file certificate-path client-cert client-certificate",
  "private-key": "key key-file key-path keyfile private-key-file private-key-path client-key",
  intermediates: "ca chain ca-chain cert-chain certificate-chain intermediate issuer",
  "trust-anchor-bundle": "root roots anchor-file",
  "trust-anchor-arn": "anchor anchor-arn trust-anchor trust-anchor-id ta-arn",
  "role-arn": "role iam-role role-name",
  "assume-role-arn": "target-role chain-role chained-role",
  "hop-limit": "response-hop-limit max-hop-limit http-put-response-hop-limit",
  "session-duration": "duration duration-seconds ttl lifetime expiry expires expiration validity session-ttl",
  "role-session-name": "session-name session",
  region: "aws-region default-region",
  listen: "address addr bind bind-address host interface ip listen-address",
  port: "p listen-port",
  endpoint: "endpoint-url url server api-url",
  "no-verify-ssl": "insecure skip-verify no-check-certificate tls-skip-verify no-ssl-verify insecure-skip-verify",
  debug: "verbose trace log-level loglevel vv",
  "pkcs8-password": "password passphrase pass passin key-password",
  "password-file": "passphrase-file pass-file",
  "pkcs11-lib": "module pkcs11-module pkcs11-provider lib library",
  "pkcs11-pin": "pin",
  "cert-selector": "selector subject thumbprint fingerprint",
  once: "one-shot oneshot run-once single no-daemon",
  "in-place": "inplace",
  exec: "hook post-hook command on-renew",
  profile: "name profile-name aws-profile",
  "settings-profile": "from-profile source-profile",
  "allow-remote": "public expose remote",
  "allowed-host": "allow-host host-header",
  replace: "force overwrite",
  yes: "force assume-yes no-confirm non-interactive",
  "no-check": "skip-check no-verify no-test",
  fix: "repair",
  offline: "no-network local dry-run",
  json: "output format",
  "with-proxy": "proxy http-proxy https-proxy",
  "cache-dir": "cache-path cache-folder",
};

/** Replacements for flags that no command has. */
const instead: Readonly<Record<string, string>> = {
  "with-proxy": "set HTTPS_PROXY to the proxy: it is used without a flag",
};
const roots = "set AWS_CA_BUNDLE to the file of roots that the service's certificate chains to";

/** Returns the hint for a flag with another tool's name. */
export function hintByMeaning(word: string, table: OptionTable): string | undefined {
  if (/^(?:cacert|ca-(?:cert|file|bundle)|cert-authority|certificate-authority)$/.test(word)) return roots;
  const meant = Object.entries(flagMeanings).find(
    ([name, words]) =>
      words.split(" ").includes(word) && table[name] !== undefined && table[name].instead === undefined,
  )?.[0];
  return meant === undefined ? undefined : (instead[meant] ?? `did you mean --${meant}?`);
}
