import type { OptionTable } from "../line/arguments.js";
import { cacheOptions } from "./cache.js";
import { identityOptions } from "./identity.js";
import { connectionOptions, hopOptions, scopeOptions, sessionOptions, settingsOptions } from "./session.js";

export const credentialProcessOptions = {
  ...identityOptions,
  ...sessionOptions,
  ...hopOptions,
  ...scopeOptions,
  ...connectionOptions,
  ...settingsOptions,
  ...cacheOptions,
  profile: { kind: "string", placeholder: "PROFILE", group: "Settings", describe: "the same as --settings-profile" },
} as const satisfies OptionTable;
