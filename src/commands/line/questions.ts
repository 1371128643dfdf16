import { createInterface } from "node:readline/promises";
import { parseProfileArn, parseRoleArn, parseTrustAnchorArn } from "../../aws/arn.js";
import { parseProfileName } from "../../delivery/credentials-file.js";
import { RolesAnywhereError, UsageError } from "../../errors.js";
import { oneLine } from "../../printable.js";
import type { Invocation } from "../invocation.js";

export interface Question {
  /** The flag for the same value. */
  readonly name: string;
  readonly text: string;
  readonly fallback?: string;
  /** Throws a RolesAnywhereError for an invalid answer. */
  readonly check?: (answer: string) => unknown;
}

/** What `configure` asks for if no flag gives it. */
export const questions: readonly Question[] = [
  {
    name: "profile",
    text: "Name of the profile to write",
    fallback: "default",
    check: (answer) => parseProfileName(answer, "the name"),
  },
  { name: "certificate", text: "Certificate file (PEM or PKCS#12)", check: required },
  { name: "private-key", text: "Private key file (empty: in the certificate file)", fallback: "" },
  { name: "trust-anchor-arn", text: "Trust anchor ARN", check: (answer) => parseTrustAnchorArn(answer, "the answer") },
  { name: "profile-arn", text: "Roles Anywhere profile ARN", check: (answer) => parseProfileArn(answer, "the answer") },
  { name: "role-arn", text: "Role ARN", check: (answer) => parseRoleArn(answer, "the answer") },
];

/**
 * Asks each question until the answer is valid.
 *
 * @param known Existing answers by name, offered in brackets.
 * @throws UsageError `ERR_INPUT` when the terminal ends.
 */
export async function askQuestions(
  asked: readonly Question[],
  known: ReadonlyMap<string, string>,
  { stdin, stderr }: Invocation,
): Promise<ReadonlyMap<string, string>> {
  const terminal = createInterface({ input: stdin, output: stderr.terminal, terminal: true });
  const closed = new Promise<never>((_resolve, reject) => {
    terminal.once("close", () =>
      reject(new UsageError("ERR_INPUT", "the input ended before all questions were answered")),
    );
  });
  closed.catch(() => undefined);
  const answers = new Map<string, string>();
  try {
    for (const { name, text, fallback, check } of asked) {
      const standing = known.get(name) ?? fallback;
      const offer = standing === undefined || standing === "" ? "" : ` [${standing}]`;
      for (;;) {
        const typed = (await Promise.race([terminal.question(`${text}${oneLine(offer)}: `), closed])).trim();
        const answer = typed === "" ? (standing ?? "") : typed;
        const complaint = findFault(answer, check);
        if (complaint === undefined) {
          answers.set(name, answer);
          break;
        }
        stderr.write(`rolesanywhere-ts: ${complaint}\n`);
      }
    }
  } finally {
    terminal.close();
  }
  return answers;
}

function findFault(answer: string, check: Question["check"]): string | undefined {
  try {
    check?.(answer);
    return undefined;
  } catch (error) {
    if (error instanceof RolesAnywhereError) return [error.message, ...error.hints].join("\nrolesanywhere-ts: hint: ");
    throw error;
  }
}

function required(answer: string): void {
  if (answer === "") throw new UsageError("ERR_INPUT", "an answer is required");
}
