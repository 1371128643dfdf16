export interface AuthorizationParts {
  readonly algorithm: string;
  /** The certificate's serial number in decimal, or an access key id. */
  readonly credential: string;
  readonly scope: string;
  readonly signedHeaders: string;
  readonly signature: Uint8Array;
}

/** The Authorization header; the signature in lower-case hex. */
export function formatAuthorization({
  algorithm,
  credential,
  scope,
  signedHeaders,
  signature,
}: AuthorizationParts): string {
  const hex = Buffer.from(signature).toString("hex");
  return `${algorithm} Credential=${credential}/${scope}, SignedHeaders=${signedHeaders}, Signature=${hex}`;
}
