import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import type { PathSigning } from "../../signing/canonical-request.js";

/** A request to sign. */
export interface SignableRequest {
  /** Default `GET`. */
  readonly method?: string;
  /** A string is signed as written: dot segments, repeated slashes and escapes stay. */
  readonly url: string | URL;
  /** All are signed, except those that a proxy may change, such as `user-agent` and `connection`. */
  readonly headers?: Readonly<Record<string, string>> | Iterable<readonly [string, string]>;
  /** A stream requires `unsignedPayload`, because its hash is not known before it is read; a form is never accepted. */
  readonly body?: string | ArrayBuffer | ArrayBufferView | URLSearchParams | Blob | ReadableStream;
}

/** The credentials to sign with, and the scope of the signature. */
export interface SignRequestOptions {
  /** Credentials, or a provider of them such as `fromRolesAnywhere`. */
  readonly credentials: AwsCredentials | CredentialProvider;
  /** The service's signing name, such as `execute-api`; default: from the host. */
  readonly service?: string;
  /** Default: from the host. */
  readonly region?: string;
  /** Comma-separated regions, or `*`: signs with SigV4A instead of SigV4. */
  readonly regionSet?: string;
  /** Time of the signature; default: now, or the request's own `x-amz-date` or `date` header. */
  readonly date?: Date;
  /** Leaves the body out of the signature, where the service allows it; default false. */
  readonly unsignedPayload?: boolean;
  /** How the path is signed; default: as the service requires it. */
  readonly pathSigning?: PathSigning;
  /** Signs in the query, for a URL that is valid this many seconds, 1-604800; default: signs in the headers. */
  readonly presignSeconds?: number;
}

/** A signed request, ready to be sent. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  /** Includes `host`, `x-amz-date`, the session token and `authorization`; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The signed body: text or bytes; a stream as given. */
  readonly body: string | Uint8Array | ReadableStream | undefined;
  /** What was hashed, to compare with the service's version. Contains the session token. */
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

export type Fetch = typeof globalThis.fetch;

/** Settings of {@link createSignedFetch}. */
export type SignedFetchOptions = Pick<
  SignRequestOptions,
  "service" | "region" | "regionSet" | "unsignedPayload" | "pathSigning"
> & {
  /** Sends the signed request; default: the runtime's own `fetch`. */
  readonly fetch?: Fetch;
};
