import type { HeaderFields } from "../aws/http/header-fields.js";

/** How to sign a canonical request: the algorithm, its scope and its key. */
export interface SignatureScheme {
  /** As in `Authorization`, such as `AWS4-HMAC-SHA256`. */
  readonly algorithm: string;
  /** The signer: an access key ID, or a certificate's serial number in decimal. */
  readonly credential: string;
  /** Headers that this scheme sends and signs besides `x-amz-date`. */
  readonly fields: HeaderFields;
  /** Sent with the signature, in a header or in the query. */
  readonly sessionToken: string | undefined;
  /** Regions in which an asymmetric signature is valid. */
  readonly regionSet: string | undefined;
  /** The scope without the credential, such as `20150830/us-east-1/service/aws4_request`. */
  scopeOn(shortDate: string): string;
  /** Returns the signature of the string to sign, in hex. */
  sign(stringToSign: string, shortDate: string): Promise<string>;
}

/** Returns `YYYYMMDD/region/service/aws4_request`. */
export function regionalScope(shortDate: string, region: string, service: string): string {
  return `${shortDate}/${region}/${service}/aws4_request`;
}
