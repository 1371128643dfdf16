import type { SessionCredentials } from "../aws/credentials.js";
import { keepFresh } from "../vending/keep-fresh.js";
import type { Clock, FreshSession, HeldSession, RenewalFailure } from "../vending/keep-fresh.js";

export interface KeepUpdatedOptions {
  readonly vend: () => Promise<SessionCredentials>;
  /** Puts the session where its readers find it; a failure counts as one of the renewal, and is tried again. */
  readonly write: (credentials: SessionCredentials) => Promise<void>;
  readonly onWritten: (held: HeldSession) => void;
  readonly onFailed: (failure: RenewalFailure) => void;
  readonly clock: Clock;
  readonly random?: () => number;
}

/** A session that is written out at each renewal: ahead of its end, with jitter, backing off on failure. */
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
