import type { FindingCode } from "../finding-codes.js";
import type { Explanation } from "./explanation.js";

/** Findings about the certificate, its key and its chain. */
export const certificateFindings = {
  CERTIFICATE: {
    text: "The file holds no certificate that decodes.",
    fix: "`openssl x509 -in FILE -noout -text` shows what is in it; convert DER with `-inform der`.",
  },
  CERTIFICATE_VERSION: {
    text: "The service takes X.509 version 3 only.",
    fix: "have the certificate issued with extensions.",
  },
  CERTIFICATE_VALIDITY: {
    text: "Expired or not yet valid. A warning in the last 30 days, or in the last third of a life shorter than 90 days: an SVID of an hour is fine with half an hour left.",
    fix: "renew it; check the clock of this machine.",
  },
  CERTIFICATE_AUTHORITY: {
    text: "The certificate is an authority (CA:TRUE). The service takes end-entity certificates.",
    fix: "give the leaf to `--certificate` and the authority to `--intermediates`.",
  },
  KEY_USAGE: {
    text: 'keyUsage is absent or lacks digitalSignature. The service answers "Untrusted certificate. Insufficient certificate".',
    fix: "have it issued with `keyUsage = critical, digitalSignature`.",
  },
  EXTENDED_KEY_USAGE: {
    text: "There is an extendedKeyUsage without clientAuth, which is a warning: the documentation of the service does not ask for clientAuth, but a certificate for servers alone is seldom the one that was meant.",
    fix: "have it issued with `extendedKeyUsage = clientAuth`, or without the extension.",
  },
  CERTIFICATE_SUBJECT: {
    text: "The subject is empty, which the service refuses even beside a subject alternative name.",
    fix: "have it issued with a CN.",
  },
  CERTIFICATE_EXTENSIONS: {
    text: "The certificate has a critical extension that is not one of RFC 5280: a reader that does not know it has to refuse it.",
    fix: "have it issued anew without that extension, or with it marked as not critical.",
  },
  CERTIFICATE_SIGNATURE: {
    text: "The authority signed with MD5, SHA-1 or SHA-224, or with RSASSA-PSS and one of these; the service takes SHA-256 or stronger.",
    fix: "have it issued anew, with `-sha256`.",
  },
  KEY_TYPE: {
    text: "The service takes RSA, EC on P-256, P-384 or P-521, and ML-DSA. RSA below 2048 bits is a warning.",
    fix: "have a certificate issued for a key of one of these types.",
  },
  CERTIFICATE_SERIAL: {
    text: "The serial number in decimal, as requests carry it, and in hexadecimal, as session names do. It has to be positive.",
    fix: "have the certificate issued anew with a positive serial number (RFC 5280, section 4.1.2.2).",
  },
  KEY: {
    text: "The private key does not open: damaged, of an unknown type, or under another password.",
    fix: "`openssl pkey -in FILE -noout`.",
  },
  KEY_MATCH: {
    text: 'The private key belongs to another certificate. The service would answer "Invalid signature".',
    fix: "compare `openssl pkey -in KEY -pubout` with `openssl x509 -in CERTIFICATE -noout -pubkey`.",
  },
  CHAIN: {
    text: "What is sent as the chain, what was left out and why. A failure means that `--intermediates` holds something else, a warning that certificates were given which issued nothing here.",
    fix: "when one of those should link the leaf to the trust anchor, add the certificate between.",
  },
  CHAIN_LENGTH: {
    text: "At most five intermediates are taken.",
    fix: "use a trust anchor nearer to the leaf.",
  },
  CHAIN_VALIDITY: {
    text: 'An intermediate has expired, and no other certificate takes its place. It is not sent, so the service answers "Untrusted signing certificate".',
    fix: "replace it in the certificate file or in `--intermediates` by the renewed one.",
  },
  TRUST_ANCHOR: {
    text: 'The chain ends at an authority that the trust anchor does not hold. The service answers "Untrusted signing certificate".',
    fix: "add the missing intermediate, or use the right trust anchor: `aws rolesanywhere get-trust-anchor`.",
  },
  CHAIN_AUTHORITY: {
    text: "A certificate above the leaf is not a certificate authority: version 1, no basicConstraints, CA:FALSE, or keyUsage without keyCertSign. The finding names the certificate.",
    fix: "have that authority's certificate issued anew with `basicConstraints = critical, CA:TRUE` and `keyUsage = critical, keyCertSign`.",
  },
  CHAIN_PATH_LENGTH: {
    text: "An authority limits how many authorities may stand below it (`pathlen` in basicConstraints), and there are more.",
    fix: "have the leaf issued by an authority nearer to that one, or that one issued with a larger pathlen.",
  },
  CHAIN_NAMES: {
    text: "An authority may not issue for a name below it (nameConstraints), or its subject and the issuer name of the certificate below are encoded differently, such as PrintableString and UTF8String. What AWS says of such an encoding is not known; the emulator refuses it.",
    fix: "have the certificate issued for a name within the constraints, and by an authority that copies its own subject.",
  },
  CHAIN_EXTENSIONS: {
    text: "A certificate above the leaf has a critical extension that is not one of RFC 5280.",
    fix: "have that authority's certificate issued anew without it, or with it marked as not critical.",
  },
  CHAIN_SIGNATURE: {
    text: "A certificate above the leaf is signed with MD5, SHA-1 or SHA-224, or has a key on a curve that the service does not take.",
    fix: "replace that authority's certificate by one with SHA-256 and a key of RSA, P-256, P-384 or P-521.",
  },
  SESSION_TAGS: {
    text: "The session tags that AWS derives from the certificate, for conditions such as `aws:PrincipalTag/x509Subject/CN`. A warning names the values that AWS drops, since session tags take letters, digits, spaces and `_ . : / = + - @` only.",
    fix: "let no trust policy depend on a value that is dropped; `rolesanywhere-ts trust-policy` writes conditions that fit.",
  },
  ORIGIN_IDENTITY: {
    text: "What trusted identity propagation adds to the session: `aws:OriginIdentity/Subject` from the certificate, `/SubjectType` if the profile has one, and `/Issuer`. AWS signs them, so no caller can set them; session tags can be set by each principal that may tag sessions of the role (`sts:TagSession`). Profiles made in the console have it by default, and only AWS knows whether yours has. A warning: the certificate has no CN, which such a profile needs by default.",
    fix: "issue a certificate that has the field, or change the profile: `aws rolesanywhere update-profile --profile-id ID --tip-configuration status=ENABLED,subjectSource=x509SAN/URI`. `rolesanywhere-ts trust-policy` writes the condition with `--origin-identity`.",
  },
  REVOCATION_POINT: {
    text: "The URL of the revocation list in the certificate (CRL distribution point). AWS asks it only if the trust anchor has crlDpRevocationEnabled. What AWS does then with a certificate that names none is not documented; the emulator accepts it.",
    fix: "to revoke by distribution points, have certificates issued with one; otherwise import lists: `aws rolesanywhere import-crl`.",
  },
  REVOCATION_LIST: {
    text: "The list that the certificate names, which `check --fetch-crl` gets: how many certificates are on it, whether this one is, and when the list itself ends. A list that cannot be read or has ended is a warning: what AWS does then is not documented; the emulator denies the session.",
    fix: "have the authority publish a new list before the old one ends, at an http URL that the internet reaches.",
  },
} as const satisfies Partial<Record<FindingCode, Explanation>>;
