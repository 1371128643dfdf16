/** `2026-01-02T03:04:05Z`, without the fraction that some readers do not take. */
export function formatTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
