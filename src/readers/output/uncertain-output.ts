import { ServiceError } from "../../errors.js";
import type { ServiceErrorDetails } from "../../errors.js";
import type { Text } from "../../message.js";

/** Nobody can tell whether the output was written: the answer to the last request was lost. */
export class UncertainOutputError extends ServiceError {
  constructor(message: Text, details: ServiceErrorDetails) {
    super("ERR_SERVICE_RESPONSE", message, details);
  }
}
