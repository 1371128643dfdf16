import type { OptionTable } from "../line/arguments.js";
import { identityConflicts, identityOptions } from "../options/identity.js";
import { connectionOptions, settingsOptions } from "../options/session.js";

const group = "Renewal";

/** Flags for renewal, for every command that can renew the certificate. */
export const renewalOptions = {
  "step-ca": {
    kind: "string",
    placeholder: "URL",
    group,
    describe: "renew the certificate with this step-ca server",
  },
  est: {
    kind: "string",
    placeholder: "URL",
    group,
    describe: "renew the certificate with this EST server (RFC 7030); the URL may end in a label",
  },
  rekey: { kind: "boolean", group, describe: "make a new private key for each certificate" },
  before: {
    kind: "string",
    placeholder: "SHARE|TIME",
    default: "1/3",
    group,
    describe: "renew when this share of the certificate's life, or this time, is left: 1/3, 30%, 7d, 12h",
  },
  "authority-ca": {
    kind: "string",
    placeholder: "PATH",
    group,
    describe: "root certificates of the authority's server (PEM); default: those that AWS is reached with",
  },
  "trust-anchor-bundle": {
    kind: "string",
    placeholder: "PATH",
    group,
    describe: "certificates of the trust anchor (PEM): the new certificate has to chain to one of them",
  },
} as const satisfies OptionTable;

export const renewOptions = {
  ...renewalOptions,
  once: { kind: "boolean", group, describe: "renew the certificate if it is due, and exit" },
  exec: {
    kind: "string",
    placeholder: "COMMAND",
    group,
    describe: "run this command line in the shell after each renewal",
  },
  ...identityOptions,
  debug: connectionOptions.debug,
  ...settingsOptions,
} as const satisfies OptionTable;

export const renewalConflicts = [["step-ca", "est"]] as const;

export const renewConflicts = [...renewalConflicts, ...identityConflicts] as const;
