import { ServiceError, textsOf } from "../errors.js";
import type { Text } from "../message.js";

/** Returns the same error with one more hint in front. */
export function withHint(error: ServiceError, hint: Text | undefined): ServiceError {
  if (hint === undefined) return error;
  const { code, service, operation, statusCode, serviceCode, requestId } = error;
  const { message, hints } = textsOf(error);
  const details = { service, operation, statusCode, serviceCode, requestId, cause: error };
  return new ServiceError(code, message, { ...details, hints: [hint, ...hints] });
}
