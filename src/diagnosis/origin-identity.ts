import type { Certificate } from "../identity/certificate/parsed.js";
import type { Finding } from "./finding.js";
import { pass, warn } from "./finding.js";
import { deriveSessionTags } from "./session-tags.js";
import { originIdentitySources } from "./trust-policy.js";
import type { OriginIdentitySource } from "./trust-policy.js";

const code = "ORIGIN_IDENTITY";

/** Returns the possible subject fields that the certificate lacks, the default one first. */
export function missingOriginSources(leaf: Pick<Certificate, "der">): readonly OriginIdentitySource[] {
  return originIdentitySources.filter((source) => originSubject(leaf, source) === undefined);
}

/**
 * Reports what trusted identity propagation would add to the session. Only AWS knows whether the profile enables it,
 * and for which field.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trusted-identity-propagation.html
 */
export function checkOriginIdentity(leaf: Certificate, name: string): readonly Finding[] {
  const subjects = originIdentitySources.flatMap((source) => {
    const subject = originSubject(leaf, source);
    return subject === undefined ? [] : [`Subject=${subject} (${source})`];
  });
  const [first, ...others] = missingOriginSources(leaf);
  if (subjects.length === 0 || first === "x509Subject/CN") {
    return [
      warn(
        code,
        name,
        `the certificate has no ${[first, ...others].join(" and no ")}: AWS denies each session if the profile has ` +
          "trusted identity propagation, which takes the subject from x509Subject/CN by default",
        subjects.length === 0
          ? "issue a certificate that has a CN, or turn trusted identity propagation off in the profile"
          : "issue a certificate that has a CN, or set subjectSource of the profile to x509SAN/URI",
      ),
    ];
  }
  return [
    pass(code, name, `with identity propagation ${subjects.join(" or ")}, SubjectType and Issuer`),
    pass(code, name, "set by AWS alone; callers may set session tags (sts:TagSession)"),
  ];
}

function originSubject(leaf: Pick<Certificate, "der">, source: OriginIdentitySource): string | undefined {
  const value = deriveSessionTags(leaf).find(({ key }) => key === source)?.value;
  return value === "" ? undefined : value;
}
