import { UsageError } from "../errors.js";

/**
 * Refuses options that the commands refuse together.
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
 * Refuses what a caller without types left out.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function refuseMissing<T extends object>(options: T, names: readonly (keyof T & string)[]): void {
  for (const name of names) {
    if (options[name] !== undefined && options[name] !== null) continue;
    throw new UsageError("ERR_ARGUMENT", `${name} is not given`, { hints: [`give ${name}: it has no default`] });
  }
}
