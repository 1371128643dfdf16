import { formatExpiration } from "../../delivery/process-document.js";
import { RolesAnywhereError } from "../../errors.js";
import { oneLine } from "../../printable.js";
import type { RenewalFault } from "../../renewal/keep-renewed.js";
import type { RenewalPlan, RenewalResult } from "../../renewal/renew.js";

export function describeResult({ source }: RenewalPlan, result: RenewalResult): string {
  const name = `certificate "${source.certificate.value.label}"`;
  const [end, next] = [result.endMs, result.nextMs].map((ms) => formatExpiration(new Date(ms)));
  if (result.kind === "fresh") return line(`${name} is valid until ${end}; renewal at ${next}`);
  if (result.kind === "pending")
    return line(`${name}: the authority has not decided yet; next attempt at ${next}; valid until ${end}`);
  const kept = result.previous.length === 0 ? "" : `; the one before is kept in ${result.previous.join(" and ")}`;
  return line(`${name} is renewed: valid until ${end}, next renewal at ${next}${kept}`);
}

export function describeFault({ source }: RenewalPlan, { error, retryAtMs, attempts, endMs }: RenewalFault): string {
  const known = error instanceof RolesAnywhereError;
  const until = endMs === undefined ? "" : `; the present one is valid until ${formatExpiration(new Date(endMs))}`;
  const hints = known && attempts === 1 ? error.hints.map((hint) => line(`hint: ${hint}`)) : [];
  const reason = known ? `${error.message} [${error.code}]` : "unexpected fault";
  return [
    line(
      `warning: certificate "${source.certificate.value.label}" is not renewed: ${reason}; next attempt at ${formatExpiration(new Date(retryAtMs))}${until}`,
    ),
    ...hints,
  ].join("");
}

function line(text: string): string {
  return `rolesanywhere-ts: ${oneLine(text)}\n`;
}
