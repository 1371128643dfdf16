import type { SessionCredentials } from "../aws/credentials.js";
import { keepFresh } from "../vending/keep-fresh.js";
import type { Clock, FreshSession, HeldSession, RenewalFailure } from "../vending/keep-fresh.js";

export interface KeepUpdatedOptions {
  readonly vend: () => Promise<SessionCredentials>;
  /** Writes the session for its readers. A failure counts as a failed refresh and is retried. */
  readonly write: (credentials: SessionCredentials) => Promise<void>;
  readonly onWritten: (held: HeldSession) => void;
  readonly onFailed: (failure: RenewalFailure) => void;
  readonly clock: Clock;
  readonly random?: () => number;
}

/** Writes a session at each refresh: before it expires, with jitter, and with backoff after failures. */
export function keepUpdated({ vend, write, onWritten, ...rest }: KeepUpdatedOptions): FreshSession {
  return keepFresh({
    ...rest,
    vend: async () => {
      const credentials = await vend();
      await write(credentials);
      return credentials;
    },
    onRenewed: onWritten,
  });
}
