// A flag, a variable and a profile key with the same text mean the same, for every setting that is no plain text.
import { describe, expect, it } from "vitest";
import { parseArguments } from "../../src/commands/line/arguments.js";
import type { OptionSpec, OptionTable } from "../../src/commands/line/arguments.js";
import { registry } from "../../src/commands/registry.js";
import { environmentName } from "../../src/message.js";
import { createLookup, profileKey } from "../../src/settings/lookup.js";
import type { Lookup } from "../../src/settings/lookup.js";
import { settingOptions } from "../support/setting-options.js";

const named = (kind: OptionSpec["kind"]) =>
  Object.keys(settingOptions).filter((name) => settingOptions[name]?.kind === kind);

/** What each of the three places says of a text. */
function readEverywhere(name: string, text: string, read: (lookup: Lookup) => unknown): readonly unknown[] {
  const places = [
    () => ({ flags: parseArguments([`--${name}=${text}`], settingOptions).options, variables: {}, profile: undefined }),
    () => ({ flags: {}, variables: { [environmentName(name)]: text }, profile: undefined }),
    () => ({
      flags: {},
      variables: {},
      profile: { name: "p", file: "config", keys: new Map([[profileKey(name), text]]) },
    }),
  ];
  return places.map((sources) => {
    try {
      return read(createLookup(sources()));
    } catch (error) {
      return (error as Error).message.replace(/^.* expected /, "expected ");
    }
  });
}

const thrice = (value: unknown) => [value, value, value];

describe.each(named("boolean"))("--%s", (name) => {
  it.each([
    ...["true", "TRUE", "True", "tRuE", "t", "T", "1", "yes", "Yes", "on", "ON"].map((text) => [text, true]),
    ...["false", "FALSE", "False", "f", "F", "0", "no", "NO", "off", "Off"].map((text) => [text, false]),
    ...["y", "n", "2", "01", " true", "enabled", "null"].map((text) => [text, "expected true or false"]),
  ])("reads %j as %j as a flag, a variable and a profile key", (text, expected) => {
    const found = readEverywhere(name, String(text), (lookup) => lookup.boolean(name)?.value);
    expect(found).toEqual(thrice(expected));
  });
});

describe.each(named("integer"))("--%s", (name) => {
  it.each<[string, number | string]>([
    ["900", 900],
    ["+900", 900],
    ["-1", -1],
    ["0", 0],
    ["-0", 0],
    ["0x384", 900],
    ["0X384", 900],
    ["0b1110000100", 900],
    ["0o1604", 900],
    ["01604", 900],
    ["1_800", 1800],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ...["0900", "1e3", "900s", "15m", "1.0", "9007199254740992", "_1", "1__0", "0x", "ten", " 900"].map(
      (text): [string, string] => [text, "expected a whole number"],
    ),
  ])("reads %j as %j as a flag, a variable and a profile key", (text, expected) => {
    const found = readEverywhere(name, text, (lookup) => lookup.integer(name)?.value);
    expect(found).toEqual(thrice(expected));
  });
});

describe.each(named("list"))("--%s", (name) => {
  it.each([
    ["a=1", ["a=1"]],
    ["a=1;b=2", ["a=1", "b=2"]],
    [" a=1 ;; b=2, 3; ", ["a=1", "b=2, 3"]],
    [";", [";"]],
    [" ", [" "]],
  ])("reads %j as %j as a flag, a variable and a profile key", (text, expected) => {
    expect(readEverywhere(name, text, (lookup) => lookup.list(name)?.value)).toEqual(thrice(expected));
  });
});

it("a list's flag that is repeated goes on where it stopped", () => {
  const flags = parseArguments(["--tag", "a=1;b=2", "--tag=c=3"], settingOptions).options;
  expect(createLookup({ flags, variables: {}, profile: undefined }).list("tag")?.value).toEqual(["a=1", "b=2", "c=3"]);
});

it("a list's flag with nothing in it is kept, so that a role that is not named is not passed over", () => {
  const flags = parseArguments(["--assume-role-arn="], settingOptions).options;
  expect(createLookup({ flags, variables: {}, profile: undefined }).list("assume-role-arn")?.value).toEqual([""]);
});

it.each(Object.keys(registry))("%s reads switches and whole numbers by that grammar", async (command) => {
  const { options } = (await registry[command]!.load()) as { options: OptionTable };
  const written: Partial<Record<OptionSpec["kind"], readonly [string, boolean | number]>> = {
    boolean: ["off", false],
    integer: ["0x10", 16],
  };
  const given = Object.entries(options).flatMap(([name, { kind, instead }]) => {
    const [text, value] = written[kind] ?? [];
    return text === undefined || instead !== undefined
      ? []
      : [{ word: `--${name}=${text}`, read: [name, value] as const }];
  });
  const words = given.map(({ word }) => word);
  expect(parseArguments(words, options).options).toEqual(Object.fromEntries(given.map(({ read }) => read)));
});
