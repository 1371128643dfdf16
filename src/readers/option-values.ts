import { UsageError } from "../errors.js";

/** @throws UsageError `ERR_ARGUMENT` for a number below the minimum, or for none. */
export function requireAtLeast(flag: string, minimum: number, found: number, example: number): number {
  if (found >= minimum) return found;
  throw new UsageError("ERR_ARGUMENT", `${flag} is ${found}, expected at least ${minimum}`, {
    hints: [`write ${flag} ${example}, for example`],
  });
}

/** @throws UsageError `ERR_ARGUMENT` for a text that is none of the choices. */
export function requireOneOf<T extends string>(flag: string, choices: readonly T[], found: string): T {
  const choice = choices.find((candidate) => candidate === found);
  if (choice !== undefined) return choice;
  throw new UsageError("ERR_ARGUMENT", `invalid argument "${found}" for ${flag}: expected ${choices.join(", ")}`, {
    hints: [`leave ${flag} out for its default`],
  });
}
