// Numbers only, so that a cache hit loads nothing else for them.

export const sessionDurationSeconds = { minimum: 900, maximum: 43_200, default: 3_600 } as const;

/** Role chaining limits sessions to one hour. */
export const chainedDurationSeconds = { minimum: 900, maximum: 3_600 } as const;

/** A session is refreshed when this much of it is left, a short one later. */
export const renewalWindowSeconds = { minimum: 0, maximum: sessionDurationSeconds.maximum, default: 1200 } as const;

/** Formats `900-43200`. */
export function formatRange({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }): string {
  return `${minimum}-${maximum}`;
}
