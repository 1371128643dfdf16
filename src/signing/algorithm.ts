/**
 * Names of the X.509 request signing algorithms, by the kind of key.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html
 */
export const x509Algorithms = {
  rsa: "AWS4-X509-RSA-SHA256",
  ec: "AWS4-X509-ECDSA-SHA256",
  mldsa: "AWS4-X509-MLDSA",
} as const;

export type X509Algorithm = (typeof x509Algorithms)[keyof typeof x509Algorithms];
