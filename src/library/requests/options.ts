import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import type { PathSigning } from "../../signing/canonical-request.js";

/** A request to sign. */
export interface SignableRequest {
  /** Default `GET`. */
  readonly method?: string;
  /** Signed as written when it is a string: dot segments, repeated slashes and escapes stay. */
  readonly url: string | URL;
  /** All are signed, except those that a proxy may change, such as `user-agent` and `connection`. */
  readonly headers?: Readonly<Record<string, string>> | Iterable<readonly [string, string]>;
  /** A stream is taken with `unsignedPayload` alone, since its hash is not known before it is read; a form never. */
  readonly body?: string | ArrayBuffer | ArrayBufferView | URLSearchParams | Blob | ReadableStream;
}

/** What to sign with, and for what. */
export interface SignRequestOptions {
  /** Credentials, or a provider of them such as `fromRolesAnywhere` gives. */
  readonly credentials: AwsCredentials | CredentialProvider;
  /** Name that the service signs under, such as `execute-api`; default: read from the host. */
  readonly service?: string;
  /** Default: read from the host. */
  readonly region?: string;
  /** Comma-separated regions, or `*`: signs with SigV4A in place of SigV4. */
  readonly regionSet?: string;
  /** Time of the signature; default: now, or the request's own `x-amz-date` or `date` header. */
  readonly date?: Date;
  /** Leaves the body out of the signature, where the service allows it; default false. */
  readonly unsignedPayload?: boolean;
  /** How the path enters the signature; default: as the service is known to read it. */
  readonly pathSigning?: PathSigning;
  /** Signs in the query, for a URL that is valid this many seconds, 1-604800; default: signs in the headers. */
  readonly presignSeconds?: number;
}

/** A request that can be sent as it is. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  /** With `host`, `x-amz-date`, the session token and `authorization`; a repeated header joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** What was signed: text and octets; a stream as it was given. */
  readonly body: string | Uint8Array | ReadableStream | undefined;
  /** What was hashed, to compare with what a service says it computed. Holds the session token. */
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

export type Fetch = typeof globalThis.fetch;

/** Settings of {@link createSignedFetch}. */
export type SignedFetchOptions = Pick<
  SignRequestOptions,
  "service" | "region" | "regionSet" | "unsignedPayload" | "pathSigning"
> & {
  /** What sends the signed request; default: the runtime's own `fetch`. */
  readonly fetch?: Fetch;
};
