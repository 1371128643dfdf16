import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseIni, readSections } from "../../src/aws/ini/document.js";
import { parseSharedConfig, profileNameOf } from "../../src/aws/shared-config.js";

const line = fc.oneof(
  fc.constantFrom(
    "[profile a]",
    "[profile b] # comment",
    "[default]",
    "  [profile a]",
    "\t[b]",
    "[profile 'c d'",
    "[]",
    "[services s]",
    "# [profile a]",
    "",
    "  ",
    "key = [profile b]",
    "key =",
    "  nested = 1",
    "[a = 1",
    "x\u2028[profile b]",
    "\u00a0[profile a]\u00a0",
  ),
  fc
    .tuple(fc.constantFrom("", " ", "    "), fc.constantFrom("k", "K2", "[k"), fc.string({ maxLength: 5 }))
    .map(([indent, key, value]) => `${indent}${key} = ${value}`),
);
const text = fc
  .tuple(fc.constantFrom("", "\uFEFF"), fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r"))))
  .map(([mark, lines]) => mark + lines.map(([body, end]) => body + end).join(""));

/** Every key of the file, read at once. */
function readWhole(content: string, kind: "config" | "credentials"): Map<string, Map<string, string>> {
  const profiles = new Map<string, Map<string, string>>();
  for (const { header, options } of readSections(parseIni(content))) {
    const name = kind === "credentials" ? header.trim() : profileNameOf(header);
    if (name === undefined) continue;
    const section = profiles.get(name) ?? new Map<string, string>();
    profiles.set(name, section);
    for (const { key, value } of options) section.set(key, value.startsWith("\n") ? "" : value);
  }
  return profiles;
}

const plain = (profiles: ReadonlyMap<string, ReadonlyMap<string, string>>) =>
  [...profiles].map(([name, keys]) => [name, [...keys].filter(([key]) => !key.includes("."))]);

it.each(["config", "credentials"] as const)("a profile read on its own is as in the %s file read whole", (kind) => {
  fc.assert(
    fc.property(text, (content) => {
      const expected = plain(readWhole(content, kind));
      expect(plain(parseSharedConfig(content, "f", kind).profiles)).toEqual(expected);
      const { profiles } = parseSharedConfig(content, "f", kind);
      expect(expected.toReversed().map(([name]) => name)).toEqual([...profiles.keys()].toReversed());
      for (const [name] of [...profiles.keys()].toReversed().map((name) => [name] as const))
        expect(plain(new Map([[name, profiles.get(name) ?? new Map()]]))).toEqual(
          expected.filter(([other]) => other === name),
        );
    }),
    { numRuns: 300 },
  );
});
