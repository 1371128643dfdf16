import type { OptionTable, OptionValues } from "./arguments.js";

/** Picks the given flags that are in the table, such as the credential flags of a command. */
export function pickFlags<Options extends OptionTable>(given: object, table: Options): OptionValues<Options> {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => Object.hasOwn(table, name)),
  ) as OptionValues<Options>;
}
