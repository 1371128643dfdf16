import { renderHints, renderText } from "./message.js";
import type { Text } from "./message.js";

/** Who can fix an error. It decides the exit status. */
export type Blame = "usage" | "identity" | "service" | "network" | "internal";

/** Every code a caller may branch on, with who can fix it. Codes are stable API. */
export const errorCodes = {
  ERR_ARGUMENT: "usage",
  ERR_ARN: "usage",
  ERR_ARN_MISMATCH: "usage",
  ERR_COMMAND: "usage",
  ERR_CONFIG_FILE: "usage",
  ERR_CONFLICT: "usage",
  ERR_CREDENTIALS: "usage",
  ERR_INPUT: "usage",
  ERR_LISTEN: "usage",
  ERR_NOT_AVAILABLE: "usage",
  ERR_OUTPUT: "usage",
  ERR_SETTING: "usage",
  ERR_UNKNOWN_COMMAND: "usage",
  ERR_UNKNOWN_OPTION: "usage",

  ERR_CERTIFICATE: "identity",
  ERR_CERTIFICATE_EXPIRED: "identity",
  ERR_CERTIFICATE_NOT_YET_VALID: "identity",
  ERR_CERTIFICATE_UNSUITABLE: "identity",
  ERR_CHAIN: "identity",
  ERR_KEY: "identity",
  ERR_KEY_MISMATCH: "identity",
  ERR_PASSWORD: "identity",
  ERR_SPIFFE_IDENTITY: "identity",
  ERR_SPIFFE_PERMISSION: "identity",
  ERR_SPIFFE_PROTOCOL: "identity",

  ERR_ACCESS_DENIED: "service",
  ERR_SERVICE: "service",
  ERR_SERVICE_RESPONSE: "service",
  ERR_THROTTLED: "service",

  ERR_CONNECTION: "network",
  ERR_SPIFFE_AGENT: "network",
  ERR_SPIFFE_TIMEOUT: "network",
  ERR_TIMEOUT: "network",
  ERR_TLS: "network",

  ERR_INTERNAL: "internal",
} as const satisfies Record<string, Blame>;

/** A code of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;
type CodeOf<B extends Blame> = {
  [C in ErrorCode]: (typeof errorCodes)[C] extends B ? C : never;
}[ErrorCode];

/** Exit status by who can fix the error, as in the table in README. */
export const exitStatuses = {
  service: 1,
  usage: 2,
  identity: 3,
  network: 4,
  internal: 70,
} as const satisfies Record<Blame, number>;

export interface ErrorDetails {
  /** Next steps, each a sentence without a final period. */
  readonly hints?: readonly Text[];
  readonly cause?: unknown;
}

interface ErrorTexts {
  readonly message: Text;
  readonly hints: readonly Text[];
}

let readTexts: (error: RolesAnywhereError) => ErrorTexts;

/**
 * Base class of all errors that this package throws. `message` says what was found, what was expected and where it came
 * from. `hints` are next steps. `name` is the class, such as `IdentityError`.
 */
export abstract class RolesAnywhereError extends Error {
  readonly code: ErrorCode;
  readonly hints: readonly string[];
  readonly #texts: ErrorTexts;

  constructor(code: ErrorCode, message: Text, details: ErrorDetails = {}) {
    const { hints = [], cause } = details;
    super(renderText(message), cause === undefined ? undefined : { cause });
    // The class name, set here because a minifier may change the class's own name.
    this.name = errorCodes[code].replace(/^./, (letter) => letter.toUpperCase()) + "Error";
    this.code = code;
    this.hints = renderHints(hints);
    this.#texts = { message, hints };
  }

  static {
    readTexts = (error) => error.#texts;
  }
}

/** An error's texts in parts, to render them for another surface or in another text. */
export function textsOf(error: RolesAnywhereError): ErrorTexts {
  return readTexts(error);
}

/** The command line, environment, profile, an option or input data is invalid. */
export class UsageError extends RolesAnywhereError {
  declare readonly code: CodeOf<"usage">;
  constructor(code: CodeOf<"usage">, message: Text, details?: ErrorDetails) {
    super(code, message, details);
  }
}

/** The certificate, its chain or the private key is invalid. */
export class IdentityError extends RolesAnywhereError {
  declare readonly code: CodeOf<"identity">;
  constructor(code: CodeOf<"identity">, message: Text, details?: ErrorDetails) {
    super(code, message, details);
  }
}

export interface ServiceErrorDetails extends ErrorDetails {
  readonly service: string;
  readonly operation: string;
  readonly statusCode: number;
  /** The service's own code, such as `AccessDeniedException`. */
  readonly serviceCode: string;
  readonly requestId?: string | undefined;
}

/** AWS rejected the request or sent an invalid response. */
export class ServiceError extends RolesAnywhereError {
  declare readonly code: CodeOf<"service">;
  readonly service: string;
  readonly operation: string;
  readonly statusCode: number;
  readonly serviceCode: string;
  readonly requestId: string | undefined;
  constructor(code: CodeOf<"service">, message: Text, details: ServiceErrorDetails) {
    super(code, message, details);
    this.service = details.service;
    this.operation = details.operation;
    this.statusCode = details.statusCode;
    this.serviceCode = details.serviceCode;
    this.requestId = details.requestId;
  }
}

/** AWS or a SPIFFE agent could not be reached, or the request timed out. */
export class NetworkError extends RolesAnywhereError {
  declare readonly code: CodeOf<"network">;
  constructor(code: CodeOf<"network">, message: Text, details?: ErrorDetails) {
    super(code, message, details);
  }
}

/** An internal error. */
export class InternalError extends RolesAnywhereError {
  declare readonly code: CodeOf<"internal">;
  constructor(message: Text, details?: ErrorDetails) {
    super("ERR_INTERNAL", message, details);
  }
}

/**
 * The exit status of the executable for this error.
 *
 * @example
 * ```ts
 * process.exitCode = error instanceof RolesAnywhereError ? exitStatusOf(error) : 1;
 * ```
 */
export function exitStatusOf(error: RolesAnywhereError): number {
  return exitStatuses[errorCodes[error.code]];
}

/** The operating system's code of a fault, such as `ENOENT`. */
export function systemCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown fault";
}
