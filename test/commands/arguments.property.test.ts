import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
// oxlint-disable-next-line no-restricted-imports -- the one test that compares with it
import yargs, { type Options as YargsOptions } from "yargs";
import { parseArguments } from "../../src/commands/line/arguments.js";
import type { OptionSpec, OptionTable } from "../../src/commands/line/arguments.js";
import { registry } from "../../src/commands/registry.js";
import { grammars } from "../../src/settings/values.js";

/** A command line of flags in any order, positionals between them, and words after `--`. */
interface Said {
  readonly argv: readonly string[];
}

/** yargs strips quotes that a word still has; the shell has taken its own, so the lean parser keeps them. */
const quoted = /^(["']).*\1$/s;
const words = fc.string({ unit: "grapheme-ascii", maxLength: 8 }).filter((word) => !quoted.test(word));
/** A word that no parser takes for a flag. */
const plain = words.filter((word) => !word.startsWith("-") && !["", "true", "false"].includes(word));

/** One flag in any of its spellings. */
function flag(name: string, spec: OptionSpec): fc.Arbitrary<readonly string[]> {
  const value = valueOf(spec);
  if (spec.kind === "boolean") return fc.constantFrom([`--${name}`], [`--${name}=true`], [`--${name}=false`]);
  const spaced = value.filter((text) => !text.startsWith("-")).map((text) => [`--${name}`, text]);
  return fc.oneof(
    spaced,
    value.map((text) => [`--${name}=${text}`]),
  );
}

function valueOf(spec: OptionSpec): fc.Arbitrary<string> {
  if (spec.choices !== undefined) return fc.constantFrom(...spec.choices);
  if (spec.kind === "integer") {
    return fc.oneof(
      fc.nat().map(String),
      fc.nat().map((n) => `0x${n.toString(16)}`),
      fc.nat().map((n) => `0${n.toString(8)}`),
    );
  }
  return plain;
}

function commandLine(table: OptionTable): fc.Arbitrary<Said> {
  const flags = Object.entries(table).map(([name, spec]) => flag(name, spec));
  const positional = plain.map((word) => [word]);
  return fc
    .tuple(
      fc.array(fc.oneof({ weight: 8, arbitrary: fc.oneof(...flags) }, positional), { maxLength: 8 }),
      fc.array(words),
    )
    .map(([parts, rest]) => ({ argv: [...parts.flat(), ...(rest.length > 0 ? ["--", ...rest] : [])] }));
}

/** The same option table as yargs reads it. */
function yargsOptions(table: OptionTable): Record<string, YargsOptions> {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, yargsOption(spec)]));
}

function yargsOption({ kind, short, choices }: OptionSpec): YargsOptions {
  return {
    type: kind === "boolean" ? "boolean" : "string",
    array: kind === "list",
    // A boolean with nargs 0 would refuse --flag=true, which the lean parser takes.
    ...(kind === "boolean" ? {} : { nargs: 1 }),
    ...(short === undefined ? {} : { alias: short }),
    ...(choices === undefined ? {} : { choices }),
  };
}

function parseWithYargs(argv: readonly string[], table: OptionTable) {
  const parsed = yargs([])
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      "camel-case-expansion": false,
      "boolean-negation": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "populate--": true,
    })
    .fail((message: string, error: unknown) => {
      throw error instanceof Error ? error : new Error(message);
    })
    .options(yargsOptions(table))
    .parseSync([...argv]) as Record<string, unknown>;
  const options = Object.entries(table).flatMap(([name, spec]) => {
    const found = parsed[name];
    return found === undefined ? [] : [[name, meant(spec, found)] as const];
  });
  return { options: Object.fromEntries(options), positionals: parsed["_"], rest: parsed["--"] ?? [] };
}

/** yargs gathers every repeated flag; of all but a list the last one counts. */
function meant(spec: OptionSpec, found: unknown): unknown {
  if (spec.kind === "list") return [found].flat();
  const last = Array.isArray(found) ? (found.at(-1) as unknown) : found;
  return spec.kind === "integer" ? grammars.integer.parse(String(last)) : last;
}

describe("the option table", () => {
  it.each(Object.keys(registry))("of %s is read alike by the lean parser and by yargs", async (name) => {
    const { options: all } = (await registry[name]!.load()) as { options: OptionTable };
    // Flags of other tools are refused by one of the two alone.
    const options = Object.fromEntries(Object.entries(all).filter(([, { instead }]) => instead === undefined));
    if (Object.keys(options).length === 0) return;
    fc.assert(
      fc.property(commandLine(options), ({ argv }) => {
        const { given: _given, ...parsed } = parseArguments(argv, options);
        expect(parsed).toEqual(parseWithYargs(argv, options));
      }),
      { numRuns: 60 },
    );
  });

  it.each(Object.keys(registry))("of %s takes no flag for the value of another, in both", async (name) => {
    const { options } = (await registry[name]!.load()) as { options: OptionTable };
    const valued = Object.keys(options).filter((flag) => options[flag]?.kind !== "boolean");
    if (valued.length === 0) return;
    const line = fc.tuple(fc.constantFrom(...valued), fc.constantFrom(...Object.keys(options)));
    fc.assert(
      fc.property(line, ([first, next]) => {
        const argv = [`--${first}`, `--${next}`, "x"];
        expect(() => parseArguments(argv, options)).toThrow(/flag needs an argument|unknown flag/);
        expect(() => parseWithYargs(argv, options)).toThrow(/Not enough arguments/);
      }),
      { numRuns: 30 },
    );
  });
});
