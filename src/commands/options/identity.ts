import { systemStore } from "../../settings/values.js";
import type { OptionTable } from "../line/arguments.js";

const group = "Certificate and key";

/** Certificate and key, with the names and meanings of the official helper. */
export const identityOptions = {
  certificate: {
    kind: "string",
    placeholder: "PATH",
    group,
    describe:
      "PEM file (may include chain and key), PKCS#12 file, pkcs11: URI, spiffe:, env:NAME, fd:N or - for standard input",
  },
  "private-key": {
    kind: "string",
    placeholder: "PATH",
    group,
    describe: "PEM or TPM key file, pkcs11: URI, handle:0x81…, env:NAME, fd:N or -; default: the certificate's file",
  },
  intermediates: { kind: "string", placeholder: "PATH", group, describe: "intermediate certificates (PEM)" },
  "pkcs8-password": {
    kind: "string",
    placeholder: "PASSWORD",
    group,
    describe: "password of the private key; visible in process lists, prefer --password-file",
  },
  "pkcs12-password": { kind: "string", placeholder: "PASSWORD", group, describe: "password of the PKCS#12 file" },
  "password-file": {
    kind: "string",
    placeholder: "PATH",
    group,
    describe: "file with the password of the key or PKCS#12 file in its first line",
  },
  "cert-selector": {
    kind: "string",
    placeholder: "SELECTOR",
    group,
    describe: "select a certificate from a store: Key=x509Subject,Value=… or file://PATH",
  },
  "cert-store": {
    kind: "string",
    placeholder: "DIR",
    group,
    describe: "folder of PEM and PKCS#12 files to select a certificate from",
  },
  "system-store-name": {
    kind: "string",
    placeholder: "NAME",
    default: systemStore,
    group,
    describe: "Windows certificate store",
  },
  "use-latest-expiring-certificate": {
    kind: "boolean",
    group,
    describe: "of several matches, use the one that expires last",
  },
  "pkcs11-lib": { kind: "string", placeholder: "PATH", group, describe: "PKCS#11 module (shared library)" },
  "pkcs11-pin": {
    kind: "string",
    placeholder: "PIN",
    group,
    describe: "user PIN; visible in process lists, prefer --pkcs11-pin-file",
  },
  "pkcs11-pin-file": {
    kind: "string",
    placeholder: "PATH",
    group,
    describe: "file with the user PIN in its first line",
  },
  "reuse-pin": { kind: "boolean", group, describe: "reuse the user PIN for keys that require it for each signature" },
  "tpm-key-password": { kind: "string", placeholder: "PASSWORD", group, describe: "password of the TPM key" },
  "no-tpm-key-password": { kind: "boolean", group, describe: "the TPM key has no password" },
} as const satisfies OptionTable;

/** Pairs that the official helper also refuses. */
export const identityConflicts = [
  ["certificate", "cert-selector"],
  ["certificate", "system-store-name"],
  ["private-key", "cert-selector"],
  ["private-key", "system-store-name"],
  ["private-key", "use-latest-expiring-certificate"],
  ["use-latest-expiring-certificate", "intermediates"],
  ["use-latest-expiring-certificate", "reuse-pin"],
  ["cert-selector", "intermediates"],
  ["cert-selector", "reuse-pin"],
  ["system-store-name", "reuse-pin"],
  ["tpm-key-password", "cert-selector"],
  ["tpm-key-password", "reuse-pin"],
  ["no-tpm-key-password", "cert-selector"],
  ["no-tpm-key-password", "tpm-key-password"],
  ["tpm-key-password", "pkcs8-password"],
] as const satisfies readonly (readonly [keyof typeof identityOptions, keyof typeof identityOptions])[];
