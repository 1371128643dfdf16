import type { ScanRequest } from "../../readers/scan/request.js";
import type { ScanEstimate } from "../../readers/scan/run.js";
import type { ScanCounts } from "../../readers/scan/read-segments.js";
import type { ReadingReport } from "./options.js";

/** Counts of a scan for progress and summary. */
export function createScanReport(request: ScanRequest, counts: ScanCounts, estimate: ScanEstimate): ReadingReport {
  const { checkpoint, limit } = request;
  const [left, right] = request.expressions.comparedAttributes ?? [];
  return {
    snapshot: () => ({
      // With a filter, the estimate counts the items read, not the items returned.
      done: limit === undefined ? counts.scanned : counts.items,
      total: limit ?? (estimate.resumed ? undefined : estimate.items),
      unit: "items",
      detail: request.key === undefined ? `segments ${counts.segmentsDone} of ${estimate.segments} done` : undefined,
    }),
    summary: () => ({
      items: counts.items,
      bytes: counts.bytesWritten,
      bytesReceived: counts.bytesReceived,
      requests: counts.requests,
      retries: counts.retries,
      consumedCapacity: counts.consumedCapacity,
      notes: [
        ...(left !== undefined && counts.items === 0 && counts.scanned > 0
          ? [`--filter compares the attributes ${left} and ${right}; for a text write --where "${left} = ${right}"`]
          : []),
        ...(counts.scanned === counts.items ? [] : [`${counts.scanned} scanned`]),
        ...(counts.throttles === 0 ? [] : [`${counts.throttles} of the retries throttled`]),
        ...(estimate.resumed && !estimate.alreadyComplete ? ["resumed from the checkpoint"] : []),
        ...(estimate.alreadyComplete
          ? [`nothing to do: checkpoint ${checkpoint} is of a scan that completed, remove it to scan again`]
          : []),
        ...(checkpoint !== undefined && counts.segmentsDone < estimate.segments
          ? [`run again with the same flags to go on from ${checkpoint}`]
          : []),
      ],
    }),
  };
}
