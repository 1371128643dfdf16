import { errorCodes } from "../../errors.js";
import type { ErrorCode } from "../../errors.js";
import { findingCodes } from "../finding-codes.js";
import type { FindingCode } from "../finding-codes.js";
import { certificateFindings } from "./certificate-findings.js";
import type { Explanation } from "./explanation.js";
import { localFindings } from "./local-findings.js";
import { otherErrors } from "./other-errors.js";
import { remoteFindings } from "./remote-findings.js";
import { usageErrors } from "./usage-errors.js";

export type Code = ErrorCode | FindingCode;

/** Explains every code that the program prints. `explain` and docs/troubleshooting.md are generated from this table. */
export const explanations: Readonly<Record<Code, Explanation>> = {
  ...usageErrors,
  ...otherErrors,
  ...localFindings,
  ...certificateFindings,
  ...remoteFindings,
};

/** All codes, in the order of the page. */
export const allCodes: readonly Code[] = [...keysOf(errorCodes), ...keysOf(findingCodes)];

export function isCode(text: string): text is Code {
  return Object.hasOwn(explanations, text);
}

function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(table) as Key[];
}
