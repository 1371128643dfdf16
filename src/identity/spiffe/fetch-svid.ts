import { callWorkloadApi } from "./call.js";
import type { WorkloadCall } from "./call.js";
import { explainFault } from "./faults.js";
import type { SvidRequest } from "./request.js";
import { chooseSvid, decodeSvids } from "./svid.js";
import type { Svid } from "./svid.js";

/** Milliseconds: attesting a process in a new pod takes seconds, and callers of this program wait meanwhile. */
export const answerMs = 10_000;

/**
 * Asks the agent once.
 *
 * @throws IdentityError `ERR_SPIFFE_IDENTITY`, `ERR_SPIFFE_PERMISSION`, `ERR_SPIFFE_PROTOCOL`; NetworkError
 *   `ERR_SPIFFE_AGENT`, `ERR_SPIFFE_TIMEOUT`
 */
export async function fetchSvid(request: SvidRequest): Promise<Svid> {
  return chooseSvid(await fetchSvids(request), request);
}

/** Does the same for all SVIDs that the agent returns to this process. */
export async function fetchSvids(request: SvidRequest): Promise<readonly Svid[]> {
  let svids: readonly Svid[] = [];
  try {
    await receiveSvids(request, {
      keepsProcessAlive: true,
      onSvids(received) {
        svids = received;
        return false;
      },
    });
    return svids;
  } catch (fault) {
    throw explainFault(fault, request);
  }
}

export interface SvidCall extends Pick<WorkloadCall, "keepsProcessAlive" | "signal"> {
  /** @returns false to end the call */
  readonly onSvids: (svids: readonly Svid[]) => boolean;
}

/**
 * Receives the SVIDs of this process: now, and after each rotation.
 *
 * @throws WorkloadFault
 */
export async function receiveSvids({ endpoint }: SvidRequest, { onSvids, ...call }: SvidCall): Promise<void> {
  await callWorkloadApi({
    ...call,
    endpoint,
    method: "FetchX509SVID",
    request: new Uint8Array(),
    firstMessageMs: answerMs,
    onMessage: (message) => onSvids(decodeSvids(message)),
  });
}
