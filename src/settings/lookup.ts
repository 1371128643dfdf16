import { holdsKeyText, quoteValue, refuseInline } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import { environmentName, message } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Origin, Sourced } from "../origin.js";
import { grammars, splitList } from "./values.js";
import type { Grammar } from "./values.js";

/** The sources of settings, strongest first. */
export interface SettingSources {
  /** Explicit flags by name, already converted by the command line parser. */
  readonly flags: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly profile: SettingsProfile | undefined;
  /** The settings in a profile's `credential_process` line, if it runs this program. */
  readonly line?: LineSettings | undefined;
}

export interface SettingsProfile {
  readonly name: string;
  readonly file: string;
  readonly keys: ReadonlyMap<string, string>;
}

export interface LineSettings {
  readonly flags: SettingSources["flags"];
  readonly profile: string;
  readonly file: string;
  /** Whether its flags override the environment, as they do when an AWS tool runs the line. */
  readonly beatsEnvironment: boolean;
}

/** Finds settings by flag name: flag, environment, the profile's line, the profile's keys. Empty values are absent. */
export interface Lookup {
  string(name: string): Sourced<string> | undefined;
  integer(name: string): Sourced<number> | undefined;
  boolean(name: string): Sourced<boolean> | undefined;
  /** Values are separated by `;`, which neither ARNs nor tags can contain; a flag can also be repeated. */
  list(name: string): Sourced<readonly string[]> | undefined;
}

/** Returns `rolesanywhere_trust_anchor_arn` for `trust-anchor-arn`. */
export function profileKey(flag: string): string {
  return `rolesanywhere_${flag.replaceAll("-", "_")}`;
}

export function createLookup({ flags, variables, profile, line }: SettingSources): Lookup {
  function find(name: string): Found | undefined {
    const [variable, key] = [environmentName(name), profileKey(name)];
    const { profile: lineProfile = "", file = "" } = line ?? {};
    const places: [Found["value"] | undefined, Origin][] = [
      [flags[name], { kind: "flag", setting: name }],
      [variables[variable], { kind: "environment", name: variable }],
      [line?.flags[name], { kind: "line", setting: name, profile: lineProfile, file }],
      [profile?.keys.get(key), { kind: "profile", key, profile: profile?.name ?? "", file: profile?.file ?? "" }],
    ];
    if (line?.beatsEnvironment === true) places.splice(1, 0, ...places.splice(2, 1));
    for (const [value, origin] of places) if (value !== undefined && value !== "") return { value, origin };
    return undefined;
  }
  return {
    string: (name) => refuseKeys(find(name) as Sourced<string> | undefined),
    integer: (name) => convert(find(name), toInteger),
    boolean: (name) => convert(find(name), toBoolean),
    list: (name) => refuseKeys(listed(find(name))),
  };
}

/** A value as found: text, or converted by the command line parser. */
type Found = Sourced<string | number | boolean | readonly string[]>;

/** Refuses keys: no setting takes a key as its value, and error messages quote values. */
function refuseKeys<Value extends string | readonly string[]>(
  found: Sourced<Value> | undefined,
): Sourced<Value> | undefined {
  if (found === undefined) return undefined;
  const { value, origin } = found;
  if ([value].flat().some((text) => holdsKeyText(text))) throw refuseInline(origin);
  return found;
}

function listed(found: Found | undefined): Sourced<readonly string[]> | undefined {
  if (found === undefined) return undefined;
  return { value: splitList(found.value as string | readonly string[]), origin: found.origin };
}

/** Converts text with the grammar of its type. Keeps what the command line parser has converted. */
function convert<T extends number | boolean>(
  found: Found | undefined,
  to: (value: string, origin: Origin) => T,
): Sourced<T> | undefined {
  if (found === undefined) return undefined;
  const { value, origin } = found;
  return { value: typeof value === "string" ? to(value, origin) : (value as T), origin };
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
