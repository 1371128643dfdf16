import { quoteValue } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Validity } from "../identity/certificate/fields.js";
import type { Text } from "../message.js";

/** Time before the certificate's end when it is renewed: a share of its life, or a duration. */
export type Margin =
  | { readonly kind: "share"; readonly share: number }
  | { readonly kind: "time"; readonly ms: number };

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };
/** With a longer time, a new certificate would be due immediately. */
const maxShare = 2 / 3;
/** Maximum jitter, as a share of the margin. */
const jitterShare = 0.1;

/**
 * Parses `1/3`, `30%` or `7d`.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseMargin(text: string, subject: Text): Margin {
  const [, part, whole, percent] = /^(\d{1,4})\/(\d{1,4})$|^(\d{1,3})%$/.exec(text) ?? [];
  const share = percent === undefined ? Number(part) / Number(whole) : Number(percent) / 100;
  if (share > 0 && share <= 1) return { kind: "share", share };
  const [, count, unit = ""] = /^(\d{1,6})([dhms])$/.exec(text) ?? [];
  if (count !== undefined && Number(count) > 0) return { kind: "time", ms: Number(count) * (unitMs[unit] ?? 0) };
  throw new UsageError(
    "ERR_ARGUMENT",
    message`${subject} is ${quoteValue(text)}, expected a share of the certificate's life or a time before its end`,
    { hints: ["write 1/3, 30%, 7d, 12h or 90m"] },
  );
}

/** Returns when to check a new certificate again: whatever the margin is, it is not due immediately. */
export function planNext(validity: Validity, margin: Margin, jitter: number): number {
  const { notBefore, notAfter } = validity;
  const lifeMs = notAfter.getTime() - notBefore.getTime();
  return Math.max(planDue(validity, margin, jitter), notAfter.getTime() - lifeMs * maxShare);
}

/**
 * Returns when the certificate is due, in milliseconds since 1970.
 *
 * @param jitter In [0, 1): renews earlier by up to a tenth of the margin, so that machines do not renew together.
 */
export function planDue({ notBefore, notAfter }: Validity, margin: Margin, jitter: number): number {
  const lifeMs = notAfter.getTime() - notBefore.getTime();
  const marginMs = margin.kind === "share" ? lifeMs * margin.share : Math.min(margin.ms, lifeMs * maxShare);
  return notAfter.getTime() - marginMs - marginMs * jitterShare * jitter;
}
