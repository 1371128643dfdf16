import { IdentityError, InternalError, NetworkError, RolesAnywhereError, ServiceError, UsageError } from "../errors.js";

/** The flag behind each option. */
export const flagNames = {
  trustAnchorArn: "trust-anchor-arn",
  profileArn: "profile-arn",
  roleArn: "role-arn",
  certificate: "certificate",
  privateKey: "private-key",
  intermediates: "intermediates",
  pkcs8Password: "pkcs8-password",
  pkcs12Password: "pkcs12-password",
  passwordFile: "password-file",
  certSelector: "cert-selector",
  certStore: "cert-store",
  systemStoreName: "system-store-name",
  useLatestExpiringCertificate: "use-latest-expiring-certificate",
  pkcs11Lib: "pkcs11-lib",
  pkcs11Pin: "pkcs11-pin",
  pkcs11PinFile: "pkcs11-pin-file",
  reusePin: "reuse-pin",
  tpmKeyPassword: "tpm-key-password",
  noTpmKeyPassword: "no-tpm-key-password",
  sessionDurationSeconds: "session-duration",
  roleSessionName: "role-session-name",
  region: "region",
  endpoint: "endpoint",
  useFipsEndpoint: "use-fips-endpoint",
  useDualstackEndpoint: "use-dualstack-endpoint",
  verifySsl: "no-verify-ssl",
  hops: "hops",
  cache: "cache",
  cacheDirectory: "cache-dir",
  cacheWindowSeconds: "cache-window",
} as const;

export type FlagOption = keyof typeof flagNames;

/** What options are called in place of flags, by the flag without its dashes. */
export type OptionWords = ReadonlyMap<string, string>;

/** Options that are not called as in {@link flagNames}, and flags that only messages name. */
const words: OptionWords = new Map([
  ...Object.entries(flagNames).map(([option, flag]) => [flag, option] as const),
  ["no-verify-ssl", "verifySsl: false"],
  ["no-cache", "cache: false"],
  ["cache-dir", "cache.directory"],
  ["cache-window", "cache.windowSeconds"],
  ["settings-profile", "settingsProfile"],
  ["assume-role-arn", "hops"],
  ["assume-duration", "DurationSeconds of the hop"],
  ["assume-session-name", "RoleSessionName of the hop"],
  ["external-id", "ExternalId of the hop"],
  ["source-identity", "SourceIdentity of the hop"],
  ["policy-arn", "PolicyArns"],
  ["policy", "Policy"],
  ["tag", "Tags"],
  ["debug", "debug"],
]);

/**
 * The same error in the words of a caller who gave options, not flags: the rest of the program speaks of flags and of the
 * executable's own variables. Other values are handed back as they are.
 */
export function inOptionWords(error: unknown, own: OptionWords = words): unknown {
  if (!(error instanceof RolesAnywhereError)) return error;
  const { cause } = error;
  const message = translateFlags(error.message, own);
  const details = {
    hints: error.hints.filter((hint) => !/\bcommand line\b/.test(hint)).map((hint) => translateFlags(hint, own)),
    ...(cause === undefined ? {} : { cause }),
  };
  if (error instanceof UsageError) return new UsageError(error.code, message, details);
  if (error instanceof IdentityError) return new IdentityError(error.code, message, details);
  if (error instanceof NetworkError) return new NetworkError(error.code, message, details);
  if (error instanceof InternalError) return new InternalError(message, details);
  if (!(error instanceof ServiceError)) return error;
  const { service, operation, statusCode, serviceCode, requestId } = error;
  return new ServiceError(error.code, message, {
    ...details,
    service,
    operation,
    statusCode,
    serviceCode,
    requestId,
  });
}

/** The text with options in place of flags. */
export function translateFlags(text: string, own: OptionWords = words): string {
  // The flag's own name, or its variable's.
  const wordOf = (name: string) => own.get(name.toLowerCase().replaceAll("_", "-"));
  // A command line to run stays one.
  if (/\brolesanywhere-ts [a-z]/.test(text)) return text;
  return text
    .replaceAll(/,? or set ROLESANYWHERE_TS_\w+(?: and ROLESANYWHERE_TS_\w+)?/g, "")
    .replaceAll(/, or rolesanywhere_\w+ in the profile that --settings-profile names/g, "")
    .replaceAll(/\bROLESANYWHERE_TS_([A-Z0-9_]+)/g, (variable, name: string) => wordOf(name) ?? variable)
    .replace("run the command again with --debug", "see the trace with debug: console.error")
    .replaceAll(/(?<![\w-])--([a-z][a-z0-9-]*[a-z0-9])/g, (flag, name: string) => wordOf(name) ?? flag);
}
