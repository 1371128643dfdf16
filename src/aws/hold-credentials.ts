import { UsageError } from "../errors.js";
import type { AwsCredentials, CredentialProvider } from "./credentials.js";
import { malformedMember } from "./issued-values.js";

const maxLeadMs = 300_000;

/** Where a member of credentials came from, in words. */
export type SourceOf = (member: string, credentials: AwsCredentials) => string;

/**
 * Keeps a provider's answer until five minutes before it ends; a failure is kept for nobody.
 *
 * @param isMade Whether each answer is a new one: then a short one is kept for two thirds of its life.
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
 * Credentials of any origin, once they are known to be such: a container or instance endpoint, a process or a caller's
 * function may answer anything.
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
