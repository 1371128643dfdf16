import type { OptionTable } from "../line/arguments.js";

const group = "Check";

export const checkOptions = {
  profile: {
    kind: "string",
    placeholder: "PROFILE",
    group,
    describe: "AWS profile to check: its credential_process line or its rolesanywhere_* keys",
  },
  all: {
    kind: "boolean",
    group,
    describe: "list when the certificates of all profiles and of --cert-store folders end, soonest first",
  },
  offline: { kind: "boolean", group, describe: "run only the checks that need no network" },
  "fetch-crl": { kind: "boolean", group, describe: "get the revocation list that the certificate names" },
  methods: { kind: "boolean", group, describe: "try each configured credential source on its own" },
  // Not --env-file: Node.js removes that flag from every command line, wherever it is.
  "environment-file": {
    kind: "string",
    formerly: "env-file",
    placeholder: "PATH",
    group,
    describe: "load environment variables from this file first",
  },
  "trust-anchor-bundle": {
    kind: "string",
    placeholder: "PATH",
    group,
    describe: "certificates of the trust anchor (PEM), to verify the chain",
  },
  json: { kind: "boolean", group, describe: "print findings as JSON" },
  fix: { kind: "boolean", group, describe: "fix file modes, after a confirmation" },
  yes: { kind: "boolean", group, describe: "skip the confirmation of --fix" },
} as const satisfies OptionTable;
