/** An error response: the part for the client, and the part for the log. */
export class Refusal extends Error {
  readonly statusCode: number;
  /** The service's code, such as `AccessDeniedException`. */
  readonly code: string;
  /** The full reason, for the log. The service is deliberately vague. */
  readonly reason: string;

  constructor(statusCode: number, code: string, message: string, reason: string = message) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.reason = reason;
  }
}

export function accessDenied(message: string, reason?: string): Refusal {
  return new Refusal(403, "AccessDeniedException", message, reason);
}

export function invalid(message: string, reason?: string): Refusal {
  return new Refusal(400, "ValidationException", message, reason);
}

/** The text of AWS services for a member outside its limits. */
export function constraintMessage(member: string, value: unknown, constraint: string): string {
  return `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: Member must ${constraint}`;
}
