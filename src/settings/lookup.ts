import { holdsKeyText, quoteValue, refuseInline } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import { environmentName, message } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Origin, Sourced } from "../origin.js";
import { grammars, splitList } from "./values.js";
import type { Grammar } from "./values.js";

/** Where settings may stand, strongest first. */
export interface SettingSources {
  /** Explicit flags by name, already converted by the command line's parser. */
  readonly flags: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly profile: SettingsProfile | undefined;
}

export interface SettingsProfile {
  readonly name: string;
  readonly file: string;
  readonly keys: ReadonlyMap<string, string>;
}

/** Finds settings by flag name: flag, then environment, then profile. An empty value counts as absent. */
export interface Lookup {
  string(name: string): Sourced<string> | undefined;
  integer(name: string): Sourced<number> | undefined;
  boolean(name: string): Sourced<boolean> | undefined;
  /** Values are separated by `;`, which neither ARNs nor tags may contain; a flag may also be repeated. */
  list(name: string): Sourced<readonly string[]> | undefined;
}

/** `rolesanywhere_trust_anchor_arn` for `trust-anchor-arn`. */
export function profileKey(flag: string): string {
  return `rolesanywhere_${flag.replaceAll("-", "_")}`;
}

export function createLookup({ flags, variables, profile }: SettingSources): Lookup {
  function text(name: string): Sourced<string> | undefined {
    const variable = environmentName(name);
    const fromEnvironment = variables[variable];
    if (fromEnvironment !== undefined && fromEnvironment !== "") {
      return { value: fromEnvironment, origin: { kind: "environment", name: variable } };
    }
    const key = profileKey(name);
    const fromProfile = profile?.keys.get(key);
    if (profile === undefined || fromProfile === undefined || fromProfile === "") return undefined;
    return { value: fromProfile, origin: { kind: "profile", key, profile: profile.name, file: profile.file } };
  }
  function flag(name: string): Sourced<string | number | boolean | readonly string[]> | undefined {
    const value = flags[name];
    return value === undefined || value === "" ? undefined : { value, origin: { kind: "flag", setting: name } };
  }
  return {
    string: (name) => refuseKeys((flag(name) as Sourced<string> | undefined) ?? text(name)),
    integer: (name) => (flag(name) as Sourced<number> | undefined) ?? convert(text(name), toInteger),
    boolean: (name) => (flag(name) as Sourced<boolean> | undefined) ?? convert(text(name), toBoolean),
    list: (name) =>
      refuseKeys(convert((flag(name) as Sourced<readonly string[]> | undefined) ?? text(name), splitList)),
  };
}

/** No setting takes a key as its value, and what is wrong with a value is said by quoting it. */
function refuseKeys<Value extends string | readonly string[]>(
  found: Sourced<Value> | undefined,
): Sourced<Value> | undefined {
  if (found === undefined) return undefined;
  const { value, origin } = found;
  if ([value].flat().some((text) => holdsKeyText(text))) throw refuseInline(origin);
  return found;
}

function convert<From, T>(
  found: Sourced<From> | undefined,
  to: (value: From, origin: Origin) => T,
): Sourced<T> | undefined {
  return found === undefined ? undefined : { value: to(found.value, found.origin), origin: found.origin };
}

function toInteger(text: string, origin: Origin): number {
  return grammars.integer.parse(text) ?? refuse(text, origin, grammars.integer);
}

function toBoolean(text: string, origin: Origin): boolean {
  return grammars.boolean.parse(text) ?? refuse(text, origin, grammars.boolean);
}

function refuse(text: string, origin: Origin, { expected, example }: Grammar<unknown>): never {
  throw new UsageError("ERR_SETTING", message`${describeOrigin(origin)} is ${quoteValue(text)}, expected ${expected}`, {
    hints: [`write ${example}`],
  });
}
