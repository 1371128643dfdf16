import {
  IdentityError,
  InternalError,
  NetworkError,
  RolesAnywhereError,
  ServiceError,
  textsOf,
  UsageError,
} from "../errors.js";
import { renderHints, renderText } from "../message.js";
import type { Surface, Text } from "../message.js";

/** The flag of each option. */
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
  scopeAllow: "scope",
  scopePolicy: "scope-policy",
  scopeDurationSeconds: "scope-duration",
  scopeDescription: "scope-description",
  cache: "cache",
  cacheDirectory: "cache-dir",
  cacheWindowSeconds: "cache-window",
} as const;

export type FlagOption = keyof typeof flagNames;

/** Settings whose option is not simply their name in camel case. */
const optionNames: Readonly<Record<string, string>> = {
  "session-duration": "sessionDurationSeconds",
  "no-verify-ssl": "verifySsl: false",
  "no-cache": "cache: false",
  "cache-dir": "cache.directory",
  "cache-window": "cache.windowSeconds",
  scope: "scope.allow",
  "scope-policy": "scope.policy",
  "scope-duration": "scope.durationSeconds",
  "scope-description": "scope.description",
  "assume-role-arn": "hops",
  "assume-duration": "DurationSeconds of the chained role",
  "assume-session-name": "RoleSessionName of the chained role",
  "external-id": "ExternalId of the chained role",
  "source-identity": "SourceIdentity of the chained role",
  "policy-arn": "PolicyArns",
  policy: "Policy",
  tag: "Tags",
  "transitive-tag-key": "TransitiveTagKeys",
  "endpoint-url": "endpoint",
  "read-timeout": "readTimeoutSeconds",
  timeout: "timeoutSeconds",
  listen: "host and port",
  dir: "folder",
  fault: "faults",
  "tls-cert": "tls.cert",
  "tls-key": "tls.key",
};

/** Returns the option of a setting. */
export function optionName(setting: string): string {
  return Object.hasOwn(optionNames, setting)
    ? (optionNames[setting] ?? setting)
    : setting.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

const library: Surface = {
  kind: "library",
  nameSetting: (setting, example) =>
    example === undefined ? optionName(setting) : `${optionName(setting)}: ${JSON.stringify(example)}`,
  nameVariable: optionName,
};

/** Renders a text in terms of options. */
export function renderForLibrary(text: Text): string {
  return renderText(text, library);
}

/**
 * Converts an error and its causes to terms of options instead of flags. Other values, and errors that are the same in
 * both, are returned unchanged.
 */
export function inOptionWords(error: unknown): unknown {
  if (!(error instanceof RolesAnywhereError)) return error;
  const texts = textsOf(error);
  const text = renderForLibrary(texts.message);
  const hints = renderHints(texts.hints, library);
  const cause = inOptionWords(error.cause);
  if (text === error.message && hints.join("\n") === error.hints.join("\n") && cause === error.cause) return error;
  const details = { hints, ...(cause === undefined ? {} : { cause }) };
  if (error instanceof UsageError) return new UsageError(error.code, text, details);
  if (error instanceof IdentityError) return new IdentityError(error.code, text, details);
  if (error instanceof NetworkError) return new NetworkError(error.code, text, details);
  if (error instanceof InternalError) return new InternalError(text, details);
  if (!(error instanceof ServiceError)) return error;
  const { service, operation, statusCode, serviceCode, requestId } = error;
  return new ServiceError(error.code, text, { ...details, service, operation, statusCode, serviceCode, requestId });
}
