import { quoteValue } from "../aws/inline-value.js";
import { allCodes, isCode } from "../diagnosis/explanations/explanations.js";
import type { Code } from "../diagnosis/explanations/explanations.js";
import { formatExplanation } from "../diagnosis/explanations/plain-text.js";
import { UsageError } from "../errors.js";
import type { Command } from "./command.js";
import { nearest } from "../settings/nearest.js";

const options = {} as const;
const maxWidth = 100;

export const explainCommand: Command<typeof options, Code> = {
  name: "explain",
  description: [
    "Prints what a code of an error or of a finding of check means and how to fix it. Needs no network; the same text stands",
    "in docs/troubleshooting.md.",
  ].join("\n"),
  positionals: {
    usage: "CODE",
    describe: "the code in brackets behind error, or a code of check",
    minimum: 1,
    maximum: 1,
    choices: allCodes,
  },
  options,
  examples: [{ command: "rolesanywhere-ts explain ERR_KEY_MISMATCH", describe: "What the error means" }],
  toInput: ({ positionals: [word = ""] }) => parseCode(word),
  run: async (code, { stdout }) => ({
    stdout: formatExplanation(code, Math.max(40, Math.min(stdout.columns ?? maxWidth, maxWidth))),
    exitStatus: 0,
  }),
};

/** Parses a code in any case, also as `error[ERR_ARN]`. */
function parseCode(word: string): Code {
  const code = word
    .replace(/^error\[(.*?)\]:?$/i, "$1")
    .replaceAll("-", "_")
    .toUpperCase();
  if (isCode(code)) return code;
  const near = nearest(code, allCodes);
  throw new UsageError("ERR_ARGUMENT", `unknown code ${quoteValue(word)}`, {
    hints: [near === undefined ? "give the code that stands in brackets behind error" : `did you mean "${near}"?`],
  });
}
