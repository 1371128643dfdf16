import type { OptionTable } from "../../src/commands/line/arguments.js";
import { cacheOptions } from "../../src/commands/options/cache.js";
import { identityOptions } from "../../src/commands/options/identity.js";
import { connectionOptions, hopOptions, scopeOptions, sessionOptions } from "../../src/commands/options/session.js";

/** Every setting that can be a flag, a variable or a profile key. */
export const settingOptions: OptionTable = {
  ...identityOptions,
  ...sessionOptions,
  ...connectionOptions,
  ...hopOptions,
  ...scopeOptions,
  ...cacheOptions,
};
