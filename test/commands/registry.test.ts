import { describe, expect, test } from "vitest";
import type { OptionSpec } from "../../src/commands/line/arguments.js";
import { commandHelp, programHelp } from "../../src/commands/program.js";
import { registry } from "../../src/commands/registry.js";

const names = Object.keys(registry);
test("the program's help has a line for every command, at most 80 columns wide", () => {
  const help = programHelp("posix");
  for (const name of names) expect(help).toMatch(new RegExp(`^  ${name} .*\\S$`, "m"));
  expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

describe.each(names)("%s", (name) => {
  test("has a description, an example and a text for each flag, whose default is one of its values", async () => {
    const command = await registry[name]!.load();
    expect(command.name).toBe(name);
    expect(command.description).toMatch(/^[A-Z].*\.$/s);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const [flag, spec] of Object.entries(command.options as Record<string, OptionSpec>)) {
      expect(flag).toMatch(/^[a-z0-9._-]+$/);
      expect(spec.describe).toMatch(/^\S.*[^.]$/s);
    }
    for (const { kind, choices, default: fallback } of Object.values(command.options as Record<string, OptionSpec>)) {
      if (fallback === undefined) continue;
      expect(typeof fallback).toBe({ string: "string", list: "object", boolean: "boolean", integer: "number" }[kind]);
      expect(choices ?? [fallback]).toContain(fallback);
    }
    for (const pair of command.conflicts ?? [])
      for (const flag of pair) expect(Object.keys(command.options)).toContain(flag);
  });

  test("turns arguments into its input without files, clock or chance", async () => {
    const command = await registry[name]!.load();
    const impure = /\b(?:read[A-Z]\w*\)?\(|resolveSettings\b|new Date|Date\.now|Math\.random|process\b)/g;
    expect(String(command["toInput"]).match(impure) ?? []).toEqual([]);
  });

  test("has help that fits a terminal, but for its examples, and names every flag", async () => {
    const command = await registry[name]!.load();
    const help = await commandHelp(command.name, "posix");
    const [described = "", examples = ""] = help.split("\nExamples:\n");
    expect(described.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(examples.split("\n").filter((line) => line.length > 80 && !/^ {4}\S/.test(line))).toEqual([]);
    const shown = Object.entries(command.options as Record<string, OptionSpec>).filter(
      ([, { hidden }]) => hidden !== true,
    );
    expect(shown.filter(([flag]) => !help.includes(`--${flag}`))).toEqual([]);
  });
});
