import type { AwsCredentials } from "../aws/credentials.js";
import { findHeader } from "../aws/http/header-fields.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import { UsageError } from "../errors.js";
import { message, onCommandLine, setting } from "../message.js";
import { createEcdsaScheme } from "../signing/ecdsa-scheme.js";
import { createHmacScheme } from "../signing/hmac-scheme.js";
import type { SignatureScheme } from "../signing/scheme.js";
import { guessService } from "./service-guess.js";
import type { ServiceGuess } from "./service-guess.js";
import type { RequestTarget } from "./target.js";

/** The scope of a signature. */
export interface SigningScope {
  readonly service: string;
  /** Unused if `regionSet` is set. */
  readonly region: string;
  /** Comma-separated regions or `*` for all; selects the asymmetric algorithm. */
  readonly regionSet: string | undefined;
}

export interface ScopeChoice {
  readonly service: string | undefined;
  readonly region: string | undefined;
  readonly regionSet: string | undefined;
  /** Used if neither the caller nor the host names a region. */
  readonly fallbackRegion: string | undefined;
}

/**
 * Determines service and region: the caller's choice, then the `Host` header, then the URL.
 *
 * @throws UsageError `ERR_ARGUMENT` when service or region is unknown.
 */
export function resolveSigningScope(
  target: RequestTarget,
  choice: ScopeChoice,
  headers: HeaderFields = [],
): SigningScope {
  const guess = guessByHost(target, headers);
  const service = choice.service ?? guess?.service;
  if (service === undefined || service === "") {
    throw new UsageError("ERR_ARGUMENT", `the service cannot be told from the host ${target.authority}`, {
      hints: [
        message`name the one that the signature is for: ${setting("service", "execute-api")} for a custom domain of API Gateway`,
      ],
    });
  }
  // An explicit region asks for a single-region signature, even if the host accepts more.
  const regionSet = choice.regionSet ?? (choice.region === undefined ? guess?.regionSet : undefined);
  const region = choice.region ?? guess?.region ?? choice.fallbackRegion;
  if (regionSet === undefined && (region === undefined || region === "")) {
    throw new UsageError("ERR_ARGUMENT", `the region cannot be told from the host ${target.authority}`, {
      hints: [message`write ${setting("region", "us-east-1")}, for example${onCommandLine(", or set AWS_REGION")}`],
    });
  }
  return { service, region: region ?? "", regionSet };
}

/** A VPC endpoint or load balancer has its own host name; the `Host` header names the service behind it. */
function guessByHost({ hostname, target }: RequestTarget, headers: HeaderFields): ServiceGuess | undefined {
  const named = findHeader(headers, "host")?.replace(/:\d+$/, "");
  return (named === undefined ? undefined : guessService(named, target)) ?? guessService(hostname, target);
}

export function createScheme(credentials: AwsCredentials, scope: SigningScope): SignatureScheme {
  return scope.regionSet === undefined
    ? createHmacScheme(credentials, scope.service, scope.region)
    : createEcdsaScheme(credentials, scope.service, scope.regionSet);
}
