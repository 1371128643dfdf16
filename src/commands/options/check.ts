import type { OptionTable } from "../line/arguments.js";

const group = "Check";

export const checkOptions = {
  profile: {
    kind: "string",
    placeholder: "PROFILE",
    group,
    describe: "check this AWS profile: its credential_process line, or its rolesanywhere_* keys",
  },
  offline: { kind: "boolean", group, describe: "stop before the network" },
  methods: { kind: "boolean", group, describe: "try every configured way to credentials, each on its own" },
  // Not --env-file, which Node.js takes out of any command line, whatever stands before it.
  "environment-file": {
    kind: "string",
    formerly: "env-file",
    placeholder: "PATH",
    group,
    describe: "read variables from this file first, as a shell would",
  },
  "trust-anchor-bundle": {
    kind: "string",
    placeholder: "PATH",
    group,
    describe: "the trust anchor's certificates (PEM), to check the chain against",
  },
  json: { kind: "boolean", group, describe: "print the findings as JSON" },
  fix: { kind: "boolean", group, describe: "repair what is safe and local (file modes), asking first" },
  yes: { kind: "boolean", group, describe: "do not ask before --fix" },
} as const satisfies OptionTable;
