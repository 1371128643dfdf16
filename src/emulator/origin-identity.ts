import type { ParsedCertificate } from "./certificate/reader.js";
import { attribute } from "./certificate/distinguished-name.js";
import { accessDenied } from "./refusal.js";
import type { OriginIdentity, Profile, TrustAnchor, TrustPolicy } from "./state/memory.js";

/**
 * The identity that trusted identity propagation adds to a session; undefined if the profile has it off. Which issuer AWS
 * names is not documented: here it is the trust anchor.
 *
 * @throws Refusal if the certificate has no value for the subject.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trusted-identity-propagation.html
 */
export function originIdentityOf(
  leaf: ParsedCertificate,
  { name, tipConfiguration }: Profile,
  anchor: TrustAnchor,
): OriginIdentity | undefined {
  if (tipConfiguration?.status !== "ENABLED") return undefined;
  const { subjectType, subjectSource = "x509Subject/CN" } = tipConfiguration;
  const subject =
    subjectSource === "x509Subject/CN"
      ? attribute(leaf.subject, "CN")
      : leaf.alternativeNames.find(([kind]) => kind === "uri")?.[1];
  if (subject === undefined || subject === "") {
    throw accessDenied(
      `Unable to determine the subject for trusted identity propagation from ${subjectSource}`,
      `the tipConfiguration of profile ${name} takes the subject from ${subjectSource}, which the certificate lacks`,
    );
  }
  return { Subject: subject, ...(subjectType === undefined ? {} : { SubjectType: subjectType }), Issuer: anchor.arn };
}

/** Describes the first `aws:OriginIdentity` condition of a trust policy that is not met. */
export function describeOriginMismatch(
  { originIdentity: wanted = {} }: TrustPolicy,
  found: OriginIdentity = {},
): string | undefined {
  const keys = ["Subject", "SubjectType", "Issuer"] as const;
  const key = keys.find((name) => wanted[name] !== undefined && wanted[name] !== found[name]);
  if (key === undefined) return undefined;
  return `the role's trust policy requires aws:OriginIdentity/${key} "${wanted[key]}", found "${found[key] ?? ""}"`;
}
