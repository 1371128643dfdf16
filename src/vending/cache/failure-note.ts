import { unlinkSync } from "node:fs";
import { NetworkError, ServiceError, textsOf } from "../../errors.js";
import type { RolesAnywhereError } from "../../errors.js";
import { keepFile } from "./keep-file.js";
import { unpackText } from "./packed-text.js";
import { readPrivateFile } from "./private-file.js";

/** A failed request, for processes that waited for it. Without it, each of them would send the same request in turn. */
export interface FailureNote {
  /** Distinguishes one failure from another. */
  readonly token: string;
  readonly error: ServiceError | NetworkError;
}

/** Writes the note. Failures that do not come from AWS or the network concern only this process. */
export function writeFailureNote(path: string, token: string, error: unknown): void {
  if (!(error instanceof ServiceError || error instanceof NetworkError)) return;
  const { message, hints } = textsOf(error);
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
  keepFile(path, JSON.stringify({ token, code: error.code, message, hints, details }));
}

/** @returns undefined without a trusted note. */
export function readFailureNote(path: string): FailureNote | undefined {
  try {
    const note: unknown = JSON.parse(readPrivateFile(path).toString("utf8"));
    if (!isNote(note)) return undefined;
    const { token, code, details } = note;
    const text = unpackText(note.message);
    const texts = { hints: note.hints.map(unpackText) };
    const error =
      details === undefined
        ? new NetworkError(code, text, texts)
        : new ServiceError(code, text, { ...details, ...texts });
    return { token, error };
  } catch {
    return undefined;
  }
}

interface WrittenNote {
  readonly token: string;
  readonly code: ServiceError["code"] & NetworkError["code"];
  readonly message: unknown;
  readonly hints: readonly unknown[];
  readonly details?: ConstructorParameters<typeof ServiceError>[2];
}

/** Tells whether a note can be turned into an error. */
function isNote(note: unknown): note is WrittenNote {
  if (typeof note !== "object" || note === null) return false;
  const { token, code, hints, details } = note as Readonly<Record<string, unknown>>;
  if (![token, code].every((text) => typeof text === "string")) return false;
  if (!Array.isArray(hints)) return false;
  if (details === undefined) return true;
  if (typeof details !== "object" || details === null) return false;
  const { service, operation, statusCode, serviceCode, requestId } = details as Readonly<Record<string, unknown>>;
  const texts = [service, operation, serviceCode, requestId ?? ""];
  return Number.isInteger(statusCode) && texts.every((text) => typeof text === "string");
}

export function removeFailureNote(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Usually there is none.
  }
}

/** Tells whether AWS was not reachable or failed itself. A refusal is a valid response. */
export function isOutage(error: unknown): error is RolesAnywhereError {
  if (error instanceof NetworkError) return true;
  return error instanceof ServiceError && (error.code === "ERR_THROTTLED" || error.statusCode >= 500);
}
