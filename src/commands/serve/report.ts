import { formatAssignments } from "../../aws/reader-shell.js";
import type { ReaderShell } from "../../aws/reader-shell.js";
import { formatBaseUrl, formatListenAddress } from "../../delivery/metadata-server/listen-address.js";
import type { ListenAddress } from "../../delivery/metadata-server/listen-address.js";
import type { Dialects } from "../../delivery/metadata-server/router.js";
import { formatExpiration } from "../../delivery/process-document.js";
import { RolesAnywhereError } from "../../errors.js";
import type { Validity } from "../../identity/certificate/fields.js";
import { endsSoon, noticeDays } from "../../identity/certificate/remaining-life.js";
import { oneLine } from "../../printable.js";
import type { HeldSession, RenewalFailure } from "../../vending/keep-fresh.js";

export interface Announcement {
  readonly addresses: readonly ListenAddress[];
  readonly tls: boolean;
  readonly dialects: Dialects;
  /** Names and token files of the bindings. There are no files without container credentials. */
  readonly bindings: readonly { readonly name: string; readonly tokenFile: string | undefined }[];
}

/** Formats the lines for a ready server: the variables to export so that SDKs find it. */
export function formatAnnouncement({ addresses, tls, dialects, bindings }: Announcement, shell: ReaderShell): string {
  const lines: string[] = [];
  const assignments = (variables: Readonly<Record<string, string>>) =>
    formatAssignments(variables, shell).trimEnd().split(/\r?\n/);
  const first = addresses.find((address) => address.kind === "tcp");
  for (const address of addresses) {
    if (address.kind === "tcp") lines.push(`Local server started on port: ${address.port}`);
    lines.push(`rolesanywhere-ts: listening on ${formatListenAddress(address)}`);
  }
  const url = first === undefined ? undefined : formatBaseUrl(first, tls);
  for (const { name, tokenFile } of dialects.container ? bindings : []) {
    lines.push(`rolesanywhere-ts: for container credentials of ${name}:`);
    lines.push(
      ...assignments({
        ...(url === undefined ? {} : { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials` }),
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile ?? "",
      }),
    );
  }
  if (dialects.metadata && url !== undefined) {
    lines.push(
      "rolesanywhere-ts: for programs that support only the EC2 metadata service:",
      ...assignments({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** @param certificate Its end is shown if it is near. */
export function formatRenewal(name: string, held: HeldSession, certificate: Validity | undefined): string {
  const { credentials, renewAtMs, obtainedAtMs } = held;
  const lines = [
    `${name}: session until ${formatTime(credentials.expiration.getTime())}, renewal at ${formatTime(renewAtMs)}`,
    ...(certificate !== undefined && endsSoon(certificate, new Date(obtainedAtMs), noticeDays.renewal)
      ? [`warning: ${name}: the certificate expires at ${formatExpiration(certificate.notAfter)}: replace it`]
      : []),
  ];
  return lines.map((line) => `rolesanywhere-ts: ${oneLine(line)}\n`).join("");
}

export function formatFailure(name: string, failure: RenewalFailure, held: HeldSession | undefined): string {
  const { error, retryAtMs, failedAtMs, attempts } = failure;
  const known = error instanceof RolesAnywhereError;
  const state =
    held === undefined
      ? "no valid session"
      : `the current one expires at ${formatTime(held.credentials.expiration.getTime())}`;
  const seconds = Math.ceil((retryAtMs - failedAtMs) / 1000);
  const lines = [
    `warning: ${name}: no new session: ${known ? `${error.message} [${error.code}]` : "unexpected fault"}; ${state}; next attempt in ${seconds} s`,
    ...(known && attempts === 1 ? error.hints.map((hint) => `hint: ${hint}`) : []),
  ];
  return lines.map((line) => `rolesanywhere-ts: ${oneLine(line)}\n`).join("");
}

function formatTime(ms: number): string {
  return formatExpiration(new Date(ms));
}
