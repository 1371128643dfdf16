import { UsageError } from "../errors.js";
import type { AwsCredentials, CredentialProvider } from "./credentials.js";
import { malformedMember } from "./issued-values.js";

const maxLeadMs = 300_000;

/** Describes the origin of a member of credentials. */
export type SourceOf = (member: string, credentials: AwsCredentials) => string;

/**
 * Caches credentials of a provider until five minutes before they expire. Failures are not cached.
 *
 * @param isMade Whether each call creates new credentials: then short-lived ones are cached for two thirds of their
 *   life.
 */
export function holdCredentials(provider: CredentialProvider, source?: SourceOf, isMade = false): CredentialProvider {
  let current: Promise<AwsCredentials> | undefined;
  let renewAtMs = 0;
  return () => {
    if (current === undefined || Date.now() >= renewAtMs) {
      current = provider().then((credentials) => requireForm(credentials, source));
      renewAtMs = Number.POSITIVE_INFINITY;
      current.then(
        ({ expiration }) => {
          if (expiration === undefined) return;
          const endMs = expiration.getTime();
          renewAtMs = endMs - (isMade ? Math.min(maxLeadMs, (endMs - Date.now()) / 3) : maxLeadMs);
        },
        () => {
          current = undefined;
        },
      );
    }
    return current;
  };
}

/**
 * Validates credentials of any origin, because a container or instance endpoint, a process or a caller's function may
 * return anything.
 *
 * @throws UsageError `ERR_CREDENTIALS`
 */
export function requireForm(credentials: AwsCredentials, source?: SourceOf): AwsCredentials {
  const malformed = malformedMember(credentials);
  if (malformed === undefined) return credentials;
  const end = lineEndIn(credentials[malformed as keyof AwsCredentials]);
  if (end !== undefined) {
    const from = source === undefined ? "" : ` (${source(malformed, credentials)})`;
    throw new UsageError(
      "ERR_CREDENTIALS",
      `a line end (${end}) stands in the ${malformed} of the credentials${from}`,
      {
        hints: ["remove it: it may have been copied with the value, or come from a file with Windows line ends"],
      },
    );
  }
  throw new UsageError("ERR_CREDENTIALS", `the credentials have a malformed ${malformed}, expected one line of text`, {
    hints: ["check the source of the credentials: a line end may have been copied with the value"],
  });
}

function lineEndIn(value: unknown): string | undefined {
  const [end] = typeof value === "string" ? (/[\r\n]+/.exec(value) ?? []) : [];
  return end?.replaceAll("\r", "CR").replaceAll("\n", "LF");
}
