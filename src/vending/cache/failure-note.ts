import { unlinkSync } from "node:fs";
import { NetworkError, ServiceError } from "../../errors.js";
import type { RolesAnywhereError } from "../../errors.js";
import { readPrivateFile, writePrivateFile } from "./private-file.js";

/** A failed flight, told to those who waited for it; without it each of them would ask AWS the same in turn. */
export interface FailureNote {
  /** Tells one failure from another. */
  readonly token: string;
  readonly error: ServiceError | NetworkError;
}

/** Writes the note; failures that do not come from AWS or the way there are each process's own. */
export function writeFailureNote(path: string, token: string, error: unknown, unique: string): void {
  if (!(error instanceof ServiceError || error instanceof NetworkError)) return;
  const { code, message, hints } = error;
  const details =
    error instanceof ServiceError
      ? {
          service: error.service,
          operation: error.operation,
          statusCode: error.statusCode,
          serviceCode: error.serviceCode,
          requestId: error.requestId,
        }
      : undefined;
  writePrivateFile(path, JSON.stringify({ token, code, message, hints, details }), unique);
}

/** @returns undefined when there is no note, or none to trust. */
export function readFailureNote(path: string): FailureNote | undefined {
  try {
    const { token, code, message, hints, details } = JSON.parse(readPrivateFile(path).toString("utf8")) as {
      token: string;
      code: ServiceError["code"] & NetworkError["code"];
      message: string;
      hints: readonly string[];
      details?: ConstructorParameters<typeof ServiceError>[2];
    };
    const error =
      details === undefined
        ? new NetworkError(code, message, { hints })
        : new ServiceError(code, message, { ...details, hints });
    return { token, error };
  } catch {
    return undefined;
  }
}

export function removeFailureNote(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // There is none as a rule.
  }
}

/** Whether AWS could not be asked, as against an answer that is no. */
export function isOutage(error: unknown): error is RolesAnywhereError {
  if (error instanceof NetworkError) return true;
  return error instanceof ServiceError && (error.code === "ERR_THROTTLED" || error.statusCode >= 500);
}
