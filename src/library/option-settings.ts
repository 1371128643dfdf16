import { homedir } from "node:os";
import { resolve } from "node:path";
import type { AssumeRoleParameters } from "../aws/assume-role.js";
import { holdsKeyText, refuseInline } from "../aws/inline-value.js";
import type { Environment } from "../aws/environment.js";
import { expandHome } from "../aws/shared-config.js";
import { UsageError } from "../errors.js";
import { resolveCacheSettings } from "../settings/cache-settings.js";
import type { SettingSources } from "../settings/lookup.js";
import type { Sourced } from "../origin.js";
import { readSettingSources } from "../settings/sources.js";
import type { ReadSources } from "../settings/sources.js";
import { resolveVendSettings } from "../settings/vend-settings.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { defaultCacheFolder } from "../vending/cache/folder.js";
import type { CacheUse } from "../vending/cache/vend-through-cache.js";
import { describeType, isSecret, placeholderOf } from "./key-material.js";
import { scopeOptionNames } from "./option-names.js";
import { flagNames, optionName } from "./option-words.js";
import type { FlagOption } from "./option-words.js";
import { refuseUnknown } from "./refuse-options.js";
import type { CacheOptions, ConnectionOptions, ScopeOptions, SessionOptions } from "./session-options.js";

/** Options that have a flag. They are resolved like that flag. */
type FlagValues = { readonly [Name in FlagOption]?: unknown };

/** Reads the process's environment here, because a library has no entry point to do so. */
export function readEnvironment({ environment }: ConnectionOptions): Environment {
  // oxlint-disable-next-line node/no-process-env -- see above
  const given = Object.entries(environment ?? process.env);
  return {
    // The executable's own variables do not apply to the library, which is configured by its arguments.
    variables: Object.fromEntries(given.filter(([name]) => !name.startsWith("ROLESANYWHERE_TS_"))),
    homeDirectory: homedir(),
    workingDirectory: process.cwd(),
    platform: process.platform,
  };
}

/**
 * Returns the sources of settings, strongest first: the options, then the profile that they name.
 *
 * @throws UsageError
 */
export function readOptionSources(
  options: SessionOptions & {
    readonly hops?: readonly AssumeRoleParameters[] | undefined;
    readonly cache?: boolean | CacheOptions | undefined;
  },
  environment: Environment,
): ReadSources {
  const { certificate, privateKey, intermediates, hops, cache, verifySsl } = options;
  const values: FlagValues = {
    ...options,
    certificate: placeholderOf("certificate", certificate),
    privateKey: placeholderOf("privateKey", privateKey),
    intermediates: placeholderOf("intermediates", intermediates),
    // Objects are passed separately, because they have no flag.
    hops: undefined,
    cache: cache === undefined ? undefined : cache !== false,
    cacheDirectory: typeof cache === "object" ? cache.directory : undefined,
    cacheWindowSeconds: typeof cache === "object" ? cache.windowSeconds : undefined,
    ...scopeValues(options.scope),
    verifySsl: typeof verifySsl === "boolean" ? !verifySsl : verifySsl,
  };
  const profile = "settingsProfile" in options ? sourced("settingsProfile", options.settingsProfile)?.value : undefined;
  return { ...readSettingSources(formatFlags(values), { settings: profile }, environment), hops: sourcedHops(hops) };
}

/**
 * Resolves the settings of a session.
 *
 * @throws UsageError
 */
export function resolveOptionSettings(
  sources: ReadSources,
  { instanceProperties, stsEndpoint, caBundle }: SessionOptions,
): VendSettings {
  const settings = resolveVendSettings(sources);
  return {
    ...settings,
    instanceProperties,
    caBundle: sourced("caBundle", caBundle) ?? settings.caBundle,
    sts: { ...settings.sts, endpoint: sourced("stsEndpoint", stsEndpoint) ?? settings.sts.endpoint },
  };
}

/** Returns the settings of the cache on disk. Unlike the executable's, the library's cache is off by default. */
export function resolveOptionCache({ lookup }: ReadSources, environment: Environment): Omit<CacheUse, "run"> {
  const { enabled = false, folder, windowSeconds } = resolveCacheSettings(lookup);
  const { homeDirectory, workingDirectory } = environment;
  return {
    enabled,
    folder:
      folder === undefined
        ? defaultCacheFolder(environment)
        : resolve(workingDirectory, expandHome(folder.value, homeDirectory)),
    windowSeconds,
  };
}

/**
 * Wraps an option that has no flag.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function sourced(name: string, value: unknown): Sourced<string> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw unexpectedType(name, value, "string");
  if (holdsKeyText(value)) throw refuseInline({ kind: "flag", setting: name });
  return { value, origin: { kind: "flag", setting: name } };
}

function unexpectedType(option: string, value: unknown, expected: string): UsageError {
  return new UsageError(
    "ERR_SETTING",
    `${option} is ${describeType(value)}, expected ${expected === "object" ? "an" : "a"} ${expected}`,
    {
      hints: [`check what the program gives as ${option}`],
    },
  );
}

/** Wraps chained roles for the settings, which parse them. Without any, a profile may name them. */
export function sourcedHops(
  hops: readonly AssumeRoleParameters[] | undefined,
): Sourced<readonly AssumeRoleParameters[]> | undefined {
  if (hops === undefined || hops.length === 0) return undefined;
  return { value: hops, origin: { kind: "flag", setting: "hops" } };
}

/** Converts a scope to options. An empty list means no scope. */
function scopeValues(scope: ScopeOptions | undefined): FlagValues {
  if (scope === undefined) return {};
  if (typeof scope !== "object" || scope === null) throw unexpectedType("scope", scope, "object");
  refuseUnknown(scope, scopeOptionNames);
  const { allow, policy, durationSeconds, description } = scope;
  return {
    scopeAllow: allow,
    scopePolicy: typeof policy === "object" && policy !== null ? JSON.stringify(policy) : policy,
    scopeDurationSeconds: durationSeconds,
    scopeDescription: description,
  };
}

/** Options that are not strings. */
const kinds: Readonly<Partial<Record<FlagOption, "number" | "boolean" | "list">>> = {
  scopeAllow: "list",
  scopeDurationSeconds: "number",
  sessionDurationSeconds: "number",
  cacheWindowSeconds: "number",
  useLatestExpiringCertificate: "boolean",
  reusePin: "boolean",
  noTpmKeyPassword: "boolean",
  useFipsEndpoint: "boolean",
  useDualstackEndpoint: "boolean",
  verifySsl: "boolean",
  cache: "boolean",
};

type SettingValue = string | number | boolean | readonly string[];

/** Maps options to the names of flags. Leaves out functions, which are secrets that are requested later. */
function formatFlags(values: FlagValues): SettingSources["flags"] {
  return Object.fromEntries(
    Object.entries(flagNames).flatMap(([name, flag]) => {
      const option = name as FlagOption;
      const value = values[option];
      if (value === undefined || (typeof value === "function" && isSecret(option))) return [];
      const expected = kinds[option] ?? "string";
      if (expected === "list" ? isList(value) : typeof value === expected) return [[flag, value as SettingValue]];
      const shown = option.startsWith("scope") ? optionName(flag) : option;
      throw unexpectedType(shown, value, expected === "list" ? "list of strings" : expected);
    }),
  );
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
