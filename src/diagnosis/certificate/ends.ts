import type { Certificate } from "../../identity/certificate/parsed.js";
import { nameOf } from "../../identity/certificate/parsed.js";
import { readValidity } from "../../identity/certificate/fields.js";
import { endsSoon, formatSpan, noticeDays } from "../../identity/certificate/remaining-life.js";
import { oneLine } from "../../printable.js";

/** A certificate in use on this machine, or the reason why it cannot be read. */
export interface FoundCertificate {
  /** Path or URI, `certificate store`, or `-` if unknown. */
  readonly place: string;
  readonly profiles: readonly string[];
  readonly found: Certificate | { readonly code: string; readonly message: string };
}

type State = "unreadable" | "expired" | "not yet valid" | "ends soon" | "ok";

/** A certificate and its expiry, in the form of the JSON output. */
export interface CertificateEnd {
  readonly state: State;
  readonly certificate: string;
  readonly profiles: readonly string[];
  readonly subject?: string;
  /** Hexadecimal. */
  readonly serialNumber?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** Negative if expired. */
  readonly secondsLeft?: number;
  /** Remaining share of the lifetime, from 0 to 1. */
  readonly shareLeft?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Orders certificates by expiry, after those that cannot be read. */
export function orderByEnd(found: readonly FoundCertificate[], now: Date): readonly CertificateEnd[] {
  return found
    .map((one) => describeEnd(one, now))
    .sort((one, other) => (one.secondsLeft ?? -Infinity) - (other.secondsLeft ?? -Infinity));
}

function describeEnd({ place, profiles, found }: FoundCertificate, now: Date): CertificateEnd {
  const named = { certificate: place, profiles };
  if (!("der" in found)) return { state: "unreadable", ...named, error: found };
  const validity = readValidity(found.der);
  const { notBefore, notAfter } = validity;
  const leftMs = notAfter.getTime() - now.getTime();
  const lifeMs = Math.max(1, notAfter.getTime() - notBefore.getTime());
  return {
    state: stateOf(validity, now),
    ...named,
    subject: nameOf(found),
    serialNumber: found.serialNumber.toString(16),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    secondsLeft: Math.floor(leftMs / 1000),
    shareLeft: Number(Math.min(1, Math.max(0, leftMs / lifeMs)).toFixed(3)),
  };
}

function stateOf(validity: ReturnType<typeof readValidity>, now: Date): State {
  if (now > validity.notAfter) return "expired";
  if (now < validity.notBefore) return "not yet valid";
  return endsSoon(validity, now, noticeDays.check) ? "ends soon" : "ok";
}

const headings = ["STATE", "LEFT", "ENDS", "CERTIFICATE", "SUBJECT", "PROFILES"] as const;

/** Formats a table with headings and one line per certificate. */
export function formatEnds(ends: readonly CertificateEnd[]): string {
  const rows = [headings, ...ends.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function cellsOf({ state, secondsLeft = 0, notAfter = "-", certificate, subject, profiles, error }: CertificateEnd) {
  const span = formatSpan(Math.abs(secondsLeft) * 1000);
  const left = error !== undefined ? "-" : secondsLeft < 0 ? `${span} ago` : span;
  const cells = [state, left, notAfter, certificate, error?.message ?? subject ?? "", profiles.join(", ")];
  return cells.map(oneLine);
}
