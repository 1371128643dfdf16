import type { Validity } from "./fields.js";

const dayMs = 86_400_000;
/** Days before expiry to warn. `check` is run now and then, so it looks further ahead than what runs all the time. */
export const noticeDays = { renewal: 7, check: 30 } as const;
/** Automatic renewal starts when a third of the life is left; a person should look at a certificate that has less. */
const noticedShare = 1 / 3;

/**
 * Tells whether a certificate should have been renewed by now: fewer days are left, and less than a third of its life.
 * Days alone do not fit certificates that live for hours or days, as of SPIFFE agents: programs renew those.
 */
export function endsSoon({ notBefore, notAfter }: Validity, now: Date, days: number): boolean {
  const leftMs = notAfter.getTime() - now.getTime();
  const lifeMs = notAfter.getTime() - notBefore.getTime();
  return leftMs < days * dayMs && leftMs <= lifeMs * noticedShare;
}

/** Formats a duration in its largest unit of which there are at least two: `2 days`, `47 hours`. */
export function formatSpan(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [count, unit] =
    seconds >= 172_800
      ? [seconds / 86_400, "days"]
      : seconds >= 7_200
        ? [seconds / 3_600, "hours"]
        : seconds >= 120
          ? [seconds / 60, "minutes"]
          : [seconds, "seconds"];
  return `${Math.floor(count)} ${unit}`;
}
