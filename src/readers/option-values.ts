import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";

/** @throws UsageError `ERR_ARGUMENT` for a number below the minimum, and for NaN. */
export function requireAtLeast(name: string, minimum: number, found: number, example: number): number {
  if (found >= minimum) return found;
  throw new UsageError("ERR_ARGUMENT", message`${setting(name)} is ${found}, expected at least ${minimum}`, {
    hints: [message`write ${setting(name, example)}, for example`],
  });
}

/** @throws UsageError `ERR_ARGUMENT` for a text that is not one of the choices. */
export function requireOneOf<T extends string>(name: string, choices: readonly T[], found: string): T {
  const choice = choices.find((candidate) => candidate === found);
  if (choice !== undefined) return choice;
  throw new UsageError(
    "ERR_ARGUMENT",
    message`invalid argument "${found}" for ${setting(name)}: expected ${choices.join(", ")}`,
    {
      hints: [message`leave ${setting(name)} out for its default`],
    },
  );
}
