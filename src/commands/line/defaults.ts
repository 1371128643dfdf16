import type { OptionTable, OptionValues } from "./arguments.js";

type WithDefault<Options extends OptionTable> = {
  [Name in keyof Options]: Options[Name] extends { readonly default: string | number | boolean } ? Name : never;
}[keyof Options];

/**
 * Returns the value of a flag, else the default from its table. Not for settings: a variable or a profile key comes
 * before their default.
 */
export function valueOf<Options extends OptionTable, Name extends WithDefault<Options>>(
  values: OptionValues<Options>,
  table: Options,
  name: Name,
): Exclude<OptionValues<Options>[Name], undefined> {
  return (values[name] ?? table[name]?.default) as Exclude<OptionValues<Options>[Name], undefined>;
}
