import type { TransportOptions } from "../aws/http/transport.js";
import type { Region } from "../aws/region.js";
import type { Text } from "../message.js";

/** The connection to STS. */
export interface StsConnection extends TransportOptions {
  readonly region: Region;
  readonly endpoint: string | undefined;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  /** Milliseconds for the whole call, including retries. */
  readonly overallMs: number;
  readonly debug: (line: Text) => void;
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
}
