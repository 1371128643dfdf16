import type { Finding } from "./finding.js";
import { skip } from "./finding.js";
import type { FindingCode } from "./finding-codes.js";

/** Result of a step: its findings, and facts for later steps. */
export interface StepResult<Facts> {
  readonly findings: readonly Finding[];
  readonly facts?: Partial<Facts>;
}

/** One step of the walk. `Facts` are the facts that earlier steps found. */
export interface Step<Facts> {
  readonly code: FindingCode;
  /** Subject of the finding if the step is skipped. */
  readonly subject: string;
  /** Steps that must not have failed, or been skipped for a failure. Otherwise this step is skipped. */
  readonly needs: readonly FindingCode[];
  run(facts: Readonly<Facts>): Promise<StepResult<Facts>> | StepResult<Facts>;
}

/**
 * Runs the steps in order. A step is skipped if a step that it needs failed, or was skipped for a failure. Its finding
 * names that first failure.
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
