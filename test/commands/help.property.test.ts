import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { breakCommand } from "../../scripts/break-command.js";
import { entry } from "../../src/commands/line/help.js";

const plain = fc.stringMatching(/^[a-z0-9:/.=-]{1,30}$/);
const quoted = fc.stringMatching(/^[a-z0-9 "{}:]{0,12}$/).map((text) => `'${text}'`);
const line = fc
  .array(fc.oneof({ weight: 3, arbitrary: plain }, quoted), { minLength: 1, maxLength: 20 })
  .map((words) => words.join(" "));

describe("an example of the manual page that is broken over lines", () => {
  it("is the same command line to a shell", () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 20, max: 100 }), (command, columns) => {
        expect(
          breakCommand(command, columns)
            .join("\n")
            .replaceAll(/ \\\n {2}/g, " "),
        ).toBe(command);
      }),
    );
  });

  it("fits its columns, except for words that are longer", () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 40, max: 100 }), (command, columns) => {
        for (const broken of breakCommand(command, columns)) expect(broken.length).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("a term with its description", () => {
  it("keeps every word, within 80 columns", () => {
    fc.assert(
      fc.property(plain, fc.array(plain, { minLength: 1, maxLength: 40 }), (word, meaning) => {
        const text = entry(word, meaning.join(" "));
        expect(text.split(/\s+/).filter((part) => part !== "")).toEqual([word, ...meaning]);
        for (const shown of text.split("\n")) expect(shown.length).toBeLessThanOrEqual(80);
      }),
    );
  });
});
