import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitCommandLine, splitWords } from "../../src/aws/command-line.js";
import { requireTools } from "../support/tools.js";

const line = fc
  .array(fc.constantFrom("a", "b c", " ", "  ", '"', "'", "\\", "\\\\", '\\"', "/x", "-f=", "é", "\t"), {
    maxLength: 14,
  })
  .map((parts) => parts.join(""));

describe.skipIf(!requireTools("the splitting of command lines against Python's shlex", "python3"))(
  "lines are split as Python's shlex does",
  () => {
    test("word for word, refusals included", () => {
      const lines = fc.sample(line, { numRuns: 3_000, seed: 7 });
      const program = [
        "import json, shlex, sys",
        "def split(line):",
        "    try: return shlex.split(line)",
        "    except ValueError: return None",
        "print(json.dumps([split(line) for line in json.load(sys.stdin)]))",
      ].join("\n");
      const { stdout } = spawnSync("python3", ["-c", program], { input: JSON.stringify(lines), encoding: "utf8" });
      const theirs = JSON.parse(stdout) as (string[] | null)[];
      lines.forEach((text, index) =>
        expect([text, splitCommandLine(text).words ?? null]).toEqual([text, theirs[index]]),
      );
    });
  },
);

test.skipIf(!requireTools("the splitting of command lines against botocore's on Windows", "boto3"))(
  "lines are split on Windows as botocore does, refusals included",
  () => {
    const lines = fc.sample(line, { numRuns: 3_000, seed: 8 });
    const program = [
      "import json, sys",
      "from botocore.compat import compat_shell_split",
      "def split(line):",
      "    try: return compat_shell_split(line, 'win32')",
      "    except ValueError: return None",
      "print(json.dumps([split(line) for line in json.load(sys.stdin)]))",
    ].join("\n");
    const { stdout } = spawnSync("python3", ["-c", program], { input: JSON.stringify(lines), encoding: "utf8" });
    const theirs = JSON.parse(stdout) as (string[] | null)[];
    lines.forEach((text, index) => expect([text, splitWords(text, "win32") ?? null]).toEqual([text, theirs[index]]));
  },
);

test("words without quotes, blanks or a shell's characters come back as they are", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[\w/.:=@%+,-]+$/), { maxLength: 8 }), (words) => {
      expect(splitCommandLine(words.join(" "))).toEqual({ words, shellOnly: [] });
    }),
  );
});

test.each([
  ["~/bin/tool x", ["~"]],
  ['tool "$HOME/x"', ["$"]],
  ["tool 'a$b'", []],
  ["tool a|b", ["|"]],
])("a shell would read %s otherwise by %j", (text, characters) => {
  expect(splitCommandLine(text).shellOnly).toEqual(characters);
});
