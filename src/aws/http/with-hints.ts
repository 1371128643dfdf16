import { ServiceError, textsOf } from "../../errors.js";
import type { Text } from "../../message.js";

/** Returns the same error with other hints. */
export function withHints(error: ServiceError, hints: readonly Text[]): ServiceError {
  const { code, service, operation, statusCode, serviceCode, requestId } = error;
  const details = { service, operation, statusCode, serviceCode, requestId, hints, cause: error };
  return new ServiceError(code, textsOf(error).message, details);
}

/** Returns the same error with one more hint in front. */
export function withHint(error: ServiceError, hint: Text | undefined): ServiceError {
  return hint === undefined ? error : withHints(error, [hint, ...textsOf(error).hints]);
}
