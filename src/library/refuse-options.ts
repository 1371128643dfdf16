import { holdsKeyText, refuseInline } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import { nearest } from "../settings/nearest.js";
import { inOptionWords } from "./option-words.js";

/**
 * Refuses combinations of options that the commands also refuse.
 *
 * @throws UsageError `ERR_CONFLICT`
 */
export function refuseTogether<T extends object>(
  options: T,
  pairs: readonly (readonly [keyof T & string, keyof T & string])[],
): void {
  for (const [one, other] of pairs) {
    if (options[one] === undefined || options[other] === undefined) continue;
    throw new UsageError("ERR_CONFLICT", `${one} and ${other} cannot be given together`, {
      hints: [`leave out ${one} or ${other}`],
    });
  }
}

/**
 * Refuses missing options of a caller without types.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function refuseMissing<T extends object>(options: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    if (options[name] !== undefined && options[name] !== null) continue;
    throw new UsageError("ERR_ARGUMENT", `${name} is not given`, { hints: [`give ${name}: it has no default`] });
  }
}

/**
 * Refuses misspelled options of a caller without types, which would otherwise be ignored. Names that look like content
 * are not shown.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function refuseUnknown(options: object, names: Readonly<Record<string, true>>): void {
  const name = Object.entries(options).find(([key, value]) => value !== undefined && !Object.hasOwn(names, key))?.[0];
  if (name === undefined) return;
  const known = Object.keys(names);
  const near = nearest(name, known);
  throw new UsageError("ERR_ARGUMENT", `unknown option: ${/^\w{1,40}$/.test(name) ? name : "(not shown)"}`, {
    hints: [near === undefined ? `the options are ${known.join(", ")}` : `did you mean ${near}?`],
  });
}

/** Options with secrets or arbitrary data of the caller. Messages never quote them. */
const ownSecrets: ReadonlySet<string> = new Set([
  "secretAccessKey",
  "sessionToken",
  "environment",
  "headers",
  "body",
  "tls",
  "values",
  "signal",
]);

/**
 * Refuses a key or certificate as the value of an option that does not take one, before a message can quote it.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function refuseKeys(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (!ownSecrets.has(name) && holdsKey(value, 3)) {
      throw inOptionWords(refuseInline({ kind: "flag", setting: name }));
    }
  }
}

function holdsKey(value: unknown, depth: number): boolean {
  if (typeof value === "string") return holdsKeyText(value);
  if (typeof value !== "object" || value === null || depth === 0 || ArrayBuffer.isView(value)) return false;
  return Object.entries(value).some(([name, member]) => !ownSecrets.has(name) && holdsKey(member, depth - 1));
}
