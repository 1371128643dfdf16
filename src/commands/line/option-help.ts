import yargs from "yargs";
import type { OptionSpec } from "./arguments.js";

/** One flag for help: the flag without dashes, `role-arn ARN`, and its description. */
export interface OptionHelp {
  readonly typed: string;
  readonly short: OptionSpec["short"];
  readonly meaning: string;
}

/** Lays out flags and descriptions by group, with yargs. */
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
