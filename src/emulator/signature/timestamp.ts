/** Formats `2026-01-02T03:04:05Z`, without a fraction, which some readers reject. */
export function formatTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
