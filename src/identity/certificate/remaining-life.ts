import type { Validity } from "./fields.js";

const dayMs = 86_400_000;
/** When to notice: `check` is run now and then, and looks further ahead than what runs all the time. */
export const noticeDays = { renewal: 7, check: 30 } as const;
/** Automatic renewal begins when a third of the life is left; what is left after that is for a person to see. */
const noticedShare = 1 / 3;

/**
 * Whether a certificate should be renewed by now: both fewer days are left and less than a third of its life. Certificates
 * of hours or days, as of SPIFFE agents, are renewed by programs, and days say nothing of them.
 */
export function endsSoon({ notBefore, notAfter }: Validity, now: Date, days: number): boolean {
  const leftMs = notAfter.getTime() - now.getTime();
  const lifeMs = notAfter.getTime() - notBefore.getTime();
  return leftMs < days * dayMs && leftMs <= lifeMs * noticedShare;
}

/** A length of time in its largest unit of which there are two: `2 days`, `47 hours`. */
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
