import type { Finding } from "./finding.js";
import { skip } from "./finding.js";
import type { FindingCode } from "./finding-codes.js";

/** What a step leaves behind: its findings, and what it learnt for those after it. */
export interface StepResult<Facts> {
  readonly findings: readonly Finding[];
  readonly facts?: Partial<Facts>;
}

/** One step of the walk. `Facts` is what the steps have learnt so far. */
export interface Step<Facts> {
  readonly code: FindingCode;
  /** What is said to be looked at when the step is skipped. */
  readonly subject: string;
  /** Steps that must not have failed or been skipped; the step is skipped otherwise. */
  readonly needs: readonly FindingCode[];
  run(facts: Readonly<Facts>): Promise<StepResult<Facts>> | StepResult<Facts>;
}

/**
 * Walks the steps in order. A step whose need failed, or was skipped itself, is skipped and names the failure that
 * stands at the root of it.
 */
export async function walkSteps<Facts>(
  steps: readonly Step<Facts>[],
  initial: Facts,
  onFinding: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const blockedBy = new Map<FindingCode, FindingCode>();
  let facts = initial;
  for (const step of steps) {
    const { code, subject, needs } = step;
    const blocker = needs.map((need) => blockedBy.get(need)).find((found) => found !== undefined);
    const result: StepResult<Facts> =
      blocker === undefined
        ? await step.run(facts)
        : { findings: [skip(code, subject, `not looked at, since ${blocker} failed`)] };
    for (const finding of result.findings) {
      findings.push(finding);
      onFinding(finding);
      if (finding.level === "fail") blockedBy.set(finding.code, finding.code);
    }
    if (blocker !== undefined) blockedBy.set(code, blocker);
    facts = { ...facts, ...result.facts };
  }
  return findings;
}
