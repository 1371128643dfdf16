import type { TransportOptions } from "../aws/http/transport.js";
import type { Region } from "../aws/region.js";
import type { Text } from "../message.js";

/** How STS is reached. */
export interface StsConnection extends TransportOptions {
  readonly region: Region;
  readonly endpoint: string | undefined;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  /** Milliseconds for the whole call, retries included. */
  readonly overallMs: number;
  readonly debug: (line: Text) => void;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
}
