import { UsageError } from "../errors.js";

/** @throws UsageError `ERR_ARGUMENT` for a number below the minimum, or for none. */
export function requireAtLeast(flag: string, minimum: number, found: number, example: number): number {
  if (found >= minimum) return found;
  throw new UsageError("ERR_ARGUMENT", `${flag} is ${found}, expected at least ${minimum}`, {
    hints: [`write ${flag} ${example}, for example`],
  });
}
