import { describe, expect, it, vi } from "vitest";
import { formatProgress, startProgress } from "../../../src/readers/output/progress.js";
import { formatSummary } from "../../../src/readers/output/summary.js";

describe("formatProgress", () => {
  it("shows share, amounts, rate and time left when the total is known", () => {
    const snapshot = { done: 50_000_000, total: 200_600_000, unit: "bytes", detail: "member 3 of 12" } as const;
    expect(formatProgress("read-s3", snapshot, 2, 8)).toBe(
      "read-s3: [=>      ] 24 % 50.0 MB of 200.6 MB, 25.0 MB/s, 6.0 s left, member 3 of 12",
    );
  });

  it("shows amount and rate alone when it is not", () => {
    expect(formatProgress("scan", { done: 12_345, unit: "items" }, 5, 0)).toBe("scan: 12,345 items, 2,469 items/s");
  });
});

describe("startProgress", () => {
  it("logs a line every ten seconds where no terminal is", () => {
    vi.useFakeTimers();
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    const progress = startProgress({
      mode: "auto",
      stream,
      label: "scan",
      snapshot: () => ({ done: 1, unit: "items" }),
    });
    vi.advanceTimersByTime(25_000);
    progress.stop();
    vi.useRealTimers();
    expect(written).toEqual(["scan: 1 items, 0 items/s\n", "scan: 1 items, 0 items/s\n"]);
  });

  it("draws a bar over itself on a terminal and removes it", () => {
    vi.useFakeTimers();
    const written: string[] = [];
    const stream = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
    const progress = startProgress({
      mode: "auto",
      stream,
      label: "read-s3",
      snapshot: () => ({ done: 1, total: 2, unit: "bytes" }),
    });
    vi.advanceTimersByTime(130);
    progress.stop();
    vi.useRealTimers();
    expect(written[0]?.startsWith("\r\u001b[Kread-s3: [====")).toBe(true);
    expect(written[0]?.length).toBeLessThanOrEqual(40 + 4);
    expect(written.at(-1)).toBe("\r\u001b[K");
  });
});

describe("formatSummary", () => {
  it("tells only what was counted", () => {
    expect(
      formatSummary("read-s3", {
        seconds: 1.71,
        rows: 1_465_000,
        bytes: 200.6e6,
        bytesReceived: 65.7e6,
        requests: 9,
        retries: 1,
      }),
    ).toBe("read-s3: 1,465,000 rows, 200.6 MB (65.7 MB received) in 1.7 s, 9 requests, 1 retry\n");
    expect(formatSummary("scan", { seconds: 61, items: 1, consumedCapacity: 1250, notes: ["interrupted"] })).toBe(
      "scan: 1 item in 1 min 1 s, 1,250 RCU, interrupted\n",
    );
  });
});
