/** One request, as shown by `--log json` and `GET /_emulator/requests`. */
export interface RequestRecord {
  readonly time: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly statusCode: number;
  /** `dropped` if a fault closed the connection. */
  readonly verdict: "accepted" | "refused" | "dropped";
  readonly code?: string;
  readonly reason?: string;
  /** The kinds of faults that applied. */
  readonly faults?: readonly string[];
  readonly userAgent?: string;
  readonly milliseconds: number;
}

export interface RequestLog {
  readonly add: (record: RequestRecord) => void;
  readonly clear: () => void;
  /** The latest requests, oldest first. */
  readonly list: () => readonly RequestRecord[];
  /** The number of requests of each operation. */
  readonly counts: () => Readonly<Record<string, number>>;
}

const keptRecords = 1_000;

export function createRequestLog(): RequestLog {
  let records: RequestRecord[] = [];
  let counts: Record<string, number> = {};
  return {
    add(record) {
      records = [...records.slice(1 - keptRecords), record];
      counts[record.operation] = (counts[record.operation] ?? 0) + 1;
    },
    clear() {
      records = [];
      counts = {};
    },
    list: () => records,
    counts: () => ({ ...counts }),
  };
}

/** One line of text: `12:00:00 CreateSession 403 AccessDeniedException: the serial …`. */
export function formatRecord(record: RequestRecord): string {
  const { time, operation, statusCode, verdict, code, reason, faults, milliseconds } = record;
  const status = verdict === "dropped" ? "dropped" : String(statusCode);
  const detail = code === undefined ? "" : ` ${code}${reason === undefined ? "" : `: ${reason}`}`;
  const disturbed = faults === undefined ? "" : ` [fault: ${faults.join(", ")}]`;
  return `${time.slice(11, 19)} ${operation} ${status}${detail}${disturbed} (${milliseconds} ms)`;
}
