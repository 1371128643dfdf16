import yargs from "yargs";
import type { OptionSpec } from "./arguments.js";

/** One flag for help: as it is typed after its dashes, `role-arn ARN`, and what it means. */
export interface OptionHelp {
  readonly typed: string;
  readonly short: OptionSpec["short"];
  readonly meaning: string;
}

/** Flags under the titles of their groups, each beside its meaning, as yargs lays them out. */
export async function formatOptionHelp(
  groups: readonly (readonly [string, readonly OptionHelp[]])[],
  width: number,
): Promise<string> {
  const layout = yargs([])
    .help(false)
    .version(false)
    .wrap(width)
    .locale("en")
    .exitProcess(false)
    .parserConfiguration({ "camel-case-expansion": false, "boolean-negation": false, "dot-notation": false });
  for (const [group, options] of groups) {
    for (const { typed, short, meaning } of options) {
      layout.option(typed, {
        describe: meaning,
        group: `${group}:`,
        ...(short === undefined ? {} : { alias: short }),
      });
    }
  }
  return layout.getHelp();
}
