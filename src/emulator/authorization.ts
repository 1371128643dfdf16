import { header } from "./signature/received-request.js";
import type { ReceivedRequest } from "./signature/received-request.js";

/** The parts of an Authorization header. */
export interface Authorization {
  readonly algorithm: string;
  /** Access key id, or the certificate's serial in decimal. */
  readonly keyId: string;
  /** `20260102/us-east-1/sts/aws4_request` */
  readonly scope: string;
  readonly scopeDate: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** Lower-case hex. */
  readonly signature: string;
}

/** @returns undefined if the header is absent; a description of the fault if it cannot be parsed. */
export function parseAuthorization(request: ReceivedRequest): Authorization | string | undefined {
  const text = header(request, "authorization");
  if (text === undefined) return undefined;
  if (request.headers.filter(([name]) => name === "authorization").length > 1) return "two Authorization headers";
  const space = text.indexOf(" ");
  if (space === -1) return "Authorization header names no algorithm";
  const members = new Map(
    text
      .slice(space + 1)
      .split(",")
      .map((member): [string, string] => {
        const equals = member.indexOf("=");
        return [member.slice(0, equals).trim(), member.slice(equals + 1).trim()];
      }),
  );
  const credential = members.get("Credential")?.split("/");
  const signedHeaders = members.get("SignedHeaders");
  const signature = members.get("Signature");
  for (const name of ["Credential", "Signature", "SignedHeaders"]) {
    if (!members.has(name)) return `Authorization header requires '${name}' parameter`;
  }
  if (credential?.length !== 5) return "Credential must have five parts: keyid/date/region/service/term";
  const [keyId = "", scopeDate = "", region = "", service = "", term = ""] = credential;
  if (term !== "aws4_request") return "Credential should be scoped with a valid terminator: 'aws4_request'";
  return {
    algorithm: text.slice(0, space),
    keyId,
    scope: credential.slice(1).join("/"),
    scopeDate,
    region,
    service,
    signedHeaders: (signedHeaders ?? "").split(";"),
    signature: signature ?? "",
  };
}

/** @returns undefined unless the text is `YYYYMMDDTHHMMSSZ`. */
export function parseAmzDate(text: string | undefined): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "");
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function formatAmzDate(date: Date): string {
  return date.toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** Returns the service's message for a date outside its window; undefined for one inside. */
export function describeSkew(signed: Date, now: Date, toleranceMinutes: number): string | undefined {
  const toleranceMs = toleranceMinutes * 60_000;
  const [signedText, nowText] = [formatAmzDate(signed), formatAmzDate(now)];
  if (signed.getTime() < now.getTime() - toleranceMs) {
    const limit = formatAmzDate(new Date(now.getTime() - toleranceMs));
    return `Signature expired: ${signedText} is now earlier than ${limit} (${nowText} - ${toleranceMinutes} min.)`;
  }
  if (signed.getTime() > now.getTime() + toleranceMs) {
    const limit = formatAmzDate(new Date(now.getTime() + toleranceMs));
    return `Signature not yet current: ${signedText} is still later than ${limit} (${nowText} + ${toleranceMinutes} min.)`;
  }
  return undefined;
}
