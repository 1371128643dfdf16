import { ServiceError } from "../../errors.js";
import type { ServiceErrorDetails } from "../../errors.js";
import type { Text } from "../../message.js";

/** The answer to the last request was lost, and S3 does not tell whether the output was written. */
export class UncertainOutputError extends ServiceError {
  constructor(message: Text, details: ServiceErrorDetails) {
    super("ERR_SERVICE_RESPONSE", message, details);
  }
}
