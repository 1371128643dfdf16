import type { OptionTable, OptionValues } from "./arguments.js";

/** The given flags that are of the table, such as those of the credentials among a command's own. */
export function pickFlags<Options extends OptionTable>(given: object, table: Options): OptionValues<Options> {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => Object.hasOwn(table, name)),
  ) as OptionValues<Options>;
}
