import type { OptionTable, OptionValues } from "./arguments.js";

type WithDefault<Options extends OptionTable> = {
  [Name in keyof Options]: Options[Name] extends { readonly default: string | number | boolean } ? Name : never;
}[keyof Options];

/**
 * The value of a flag, else the default that its table shows in help. Settings are not read so: a variable or a profile
 * key comes before their default.
 */
export function valueOf<Options extends OptionTable, Name extends WithDefault<Options>>(
  values: OptionValues<Options>,
  table: Options,
  name: Name,
): Exclude<OptionValues<Options>[Name], undefined> {
  return (values[name] ?? table[name]?.default) as Exclude<OptionValues<Options>[Name], undefined>;
}
