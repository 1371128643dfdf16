import { statSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Interface } from "node:readline/promises";
import { parseProfileArn, parseRoleArn, parseTrustAnchorArn } from "../../aws/arn.js";
import { RolesAnywhereError, UsageError } from "../../errors.js";
import { quoteValue } from "../../aws/inline-value.js";
import { expandHome } from "../../aws/shared-config.js";
import { oneLine } from "../../printable.js";
import { parseMaterialSource } from "../../settings/material-source.js";
import type { Invocation } from "../invocation.js";
import { interruptJob } from "./interruption.js";
import { parseWritableName } from "./writable-name.js";

export interface Question {
  /** The flag for the same value. */
  readonly name: string;
  readonly text: string;
  readonly fallback?: string;
  /** Throws a RolesAnywhereError for an invalid answer. */
  readonly check?: (answer: string, invocation: Invocation) => unknown;
}

/** Questions of `configure` for missing flags. */
export const questions: readonly Question[] = [
  {
    name: "profile",
    text: "Name of the profile to write",
    fallback: "default",
    check: (answer) => parseWritableName(answer, "the name"),
  },
  { name: "certificate", text: "Certificate file (PEM or PKCS#12)", check: requireMaterial },
  {
    name: "private-key",
    text: "Private key file (empty: in the certificate file)",
    fallback: "",
    check: (answer, invocation) => answer === "" || requireMaterial(answer, invocation),
  },
  { name: "trust-anchor-arn", text: "Trust anchor ARN", check: (answer) => parseTrustAnchorArn(answer, "the answer") },
  { name: "profile-arn", text: "Roles Anywhere profile ARN", check: (answer) => parseProfileArn(answer, "the answer") },
  { name: "role-arn", text: "Role ARN", check: (answer) => parseRoleArn(answer, "the answer") },
];

/**
 * Asks each question until the answer is valid.
 *
 * @param known Existing answers by name, offered in brackets.
 * @throws UsageError `ERR_INPUT` if the terminal closes.
 */
export async function askQuestions(
  asked: readonly Question[],
  known: ReadonlyMap<string, string>,
  invocation: Invocation,
): Promise<ReadonlyMap<string, string>> {
  const terminal = openTerminal(invocation);
  const answers = new Map<string, string>();
  try {
    for (const { name, text, fallback, check } of asked) {
      const standing = known.get(name) ?? fallback;
      const offer = standing === undefined || standing === "" ? "" : ` [${standing}]`;
      for (;;) {
        const typed = await ask(`${text}${oneLine(offer)}: `, terminal, invocation);
        if (typed === undefined)
          throw new UsageError("ERR_INPUT", "the input ended before all questions were answered");
        const answer = typed === "" ? (standing ?? "") : typed;
        const complaint = findFault(answer, check, invocation);
        if (complaint === undefined) {
          answers.set(name, answer);
          break;
        }
        invocation.stderr.write(`rolesanywhere-ts: ${complaint}\n`);
      }
    }
  } finally {
    terminal.close();
  }
  return answers;
}

/** Ctrl-C ends the program; without this listener it would close the terminal, as Ctrl-D does. */
function openTerminal(invocation: Invocation): Interface {
  const { stdin, stderr } = invocation;
  const terminal = createInterface({ input: stdin, output: stderr.terminal });
  return terminal.once("SIGINT", () => {
    // Restores the mode of the terminal.
    terminal.close();
    interruptJob(invocation);
  });
}

function findFault(answer: string, check: Question["check"], invocation: Invocation): string | undefined {
  try {
    check?.(answer, invocation);
    return undefined;
  } catch (error) {
    if (error instanceof RolesAnywhereError) return [error.message, ...error.hints].join("\nrolesanywhere-ts: hint: ");
    throw error;
  }
}

/** Checks that a file exists. The trial of the profile checks other sources. */
function requireMaterial(answer: string, { workingDirectory, homeDirectory }: Invocation): void {
  if (answer === "") throw new UsageError("ERR_INPUT", "an answer is required");
  const source = parseMaterialSource({ value: answer, origin: { kind: "flag", setting: "certificate" } });
  if (source.kind !== "file") return;
  const path = resolve(workingDirectory, expandHome(source.path, homeDirectory));
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return;
  throw new UsageError("ERR_INPUT", `there is no file ${quoteValue(path)}`, { hints: ["check the path"] });
}

/** @returns Whether the answer is yes; false if the terminal closes. */
export async function confirm(question: string, invocation: Invocation): Promise<boolean> {
  const terminal = openTerminal(invocation);
  const answer = await invocation.timeLimit.hold(ask(`${oneLine(question)} [y/N] `, terminal, invocation));
  terminal.close();
  return answer !== undefined && /^y(es)?$/i.test(answer);
}

/** @returns undefined if the terminal closes. */
function ask(question: string, terminal: Interface, { stderr }: Invocation): Promise<string | undefined> {
  return new Promise((resolve) => {
    let isOpen = true;
    const end = () => {
      // What follows gets a line of its own.
      if (isOpen) stderr.terminal.write("\n");
      isOpen = false;
      resolve(undefined);
    };
    terminal.once("close", end);
    terminal.question(question).then((answer) => {
      terminal.off("close", end);
      resolve(answer.trim());
    }, end);
  });
}
