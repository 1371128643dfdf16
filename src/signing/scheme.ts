import type { HeaderFields } from "../aws/http/header-fields.js";

/** What closes a canonical request: an algorithm, its scope and its way to sign. */
export interface SignatureScheme {
  /** As `Authorization` names it, such as `AWS4-HMAC-SHA256`. */
  readonly algorithm: string;
  /** Who signs: an access key id, or a certificate's serial number in decimal. */
  readonly credential: string;
  /** Fields that this scheme sends and signs besides `x-amz-date`. */
  readonly fields: HeaderFields;
  /** Travels with the signature, in a header or in the query. */
  readonly sessionToken: string | undefined;
  /** Regions in which an asymmetric signature is valid. */
  readonly regionSet: string | undefined;
  /** The scope without the credential, such as `20150830/us-east-1/service/aws4_request`. */
  scopeOn(shortDate: string): string;
  /** Hex signature of the string to sign. */
  sign(stringToSign: string, shortDate: string): Promise<string>;
}

/** `YYYYMMDD/region/service/aws4_request`. */
export function regionalScope(shortDate: string, region: string, service: string): string {
  return `${shortDate}/${region}/${service}/aws4_request`;
}
