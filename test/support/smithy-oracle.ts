import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { SignatureV4a } from "@smithy/signature-v4a";
import type { AwsCredentials } from "../../src/aws/credentials.js";

export interface OracleRequest {
  readonly method: string;
  readonly hostname: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly service: string;
  readonly region: string;
  readonly date: Date;
  readonly credentials: AwsCredentials;
}

export interface OracleSignature {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
}

class Sha256 {
  readonly #digest;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#digest = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }
  update(data: Uint8Array): void {
    this.#digest.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#digest.digest();
  }
  reset(): void {}
}

interface Recorded {
  canonicalRequest: string;
  stringToSign: string;
}

/** Makes a signer record its intermediate values. */
function record<S extends object>(signer: S): { signer: S; recorded: Recorded } {
  const recorded: Recorded = { canonicalRequest: "", stringToSign: "" };
  const inner = signer as unknown as Record<
    "createCanonicalRequest" | "createStringToSign",
    (...words: unknown[]) => unknown
  >;
  const canonical = inner.createCanonicalRequest.bind(signer);
  const toSign = inner.createStringToSign.bind(signer);
  inner.createCanonicalRequest = (...words) => (recorded.canonicalRequest = canonical(...words) as string);
  inner.createStringToSign = async (...words) => (recorded.stringToSign = (await toSign(...words)) as string);
  return { signer, recorded };
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => decodeURIComponent(run));
  }
}

function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Passes the request as the SDK's own clients do: query decoded, a path for S3 encoded once. */
function toSmithy({ method, hostname, target, headers, body, service }: OracleRequest) {
  const [path = "", ...rest] = target.split("?");
  const query: Record<string, string | string[]> = {};
  for (const pair of rest
    .join("?")
    .split("&")
    .filter((each) => each !== "")) {
    const [key = "", ...value] = pair.split("=");
    const name = unescape(key);
    const before = query[name];
    const values = [...(before === undefined ? [] : [before].flat()), unescape(value.join("="))];
    query[name] = values.length === 1 ? (values[0] as string) : values;
  }
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    joined[lower] = joined[lower] === undefined ? value : `${joined[lower]},${value}`;
  }
  return {
    method,
    protocol: "https:",
    hostname,
    path:
      service === "s3"
        ? path
            .split("/")
            .map((segment) => escape(unescape(segment)))
            .join("/")
        : path,
    query,
    headers: { host: hostname, ...joined } as Record<string, string>,
    body,
  };
}

const signedByTheCaller = ["cache-control", "from", "pragma", "referer", "max-forwards"];

export async function signWithSmithy(
  request: OracleRequest,
  form: "header" | "query",
  expiresIn: number,
): Promise<OracleSignature> {
  const s3 = request.service === "s3";
  const { signer, recorded } = record(
    new SignatureV4({
      service: request.service,
      region: request.region,
      credentials: request.credentials,
      sha256: Sha256,
      uriEscapePath: !s3,
      applyChecksum: s3,
    }),
  );
  const unhoistableHeaders = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const options = { signingDate: request.date, signableHeaders: new Set(signedByTheCaller) };
  const input = toSmithy(request);
  if (form === "header") {
    const signed: unknown = await signer.sign(input, options);
    const authorization = (signed as { headers: Record<string, string> }).headers["authorization"] ?? "";
    return { ...recorded, signature: authorization.split("Signature=")[1] ?? "" };
  }
  if (s3) input.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
  const unsignableHeaders = new Set(["x-amz-content-sha256"]);
  unhoistableHeaders.add("x-amz-content-sha256");
  const signed = await signer.presign(input, { ...options, expiresIn, unhoistableHeaders, unsignableHeaders });
  return { ...recorded, signature: String((signed.query ?? {})["X-Amz-Signature"]) };
}

export async function signWithSmithyV4a(request: OracleRequest): Promise<OracleSignature> {
  const s3 = request.service === "s3";
  const { signer, recorded } = record(
    new SignatureV4a({
      service: request.service,
      region: request.region,
      credentials: request.credentials,
      sha256: Sha256,
      uriEscapePath: !s3,
      applyChecksum: s3,
    }),
  );
  const signed: unknown = await signer.sign(toSmithy(request), {
    signingDate: request.date,
    signableHeaders: new Set(signedByTheCaller),
  });
  const authorization = (signed as { headers: Record<string, string> }).headers["authorization"] ?? "";
  return { ...recorded, signature: authorization.split("Signature=")[1] ?? "" };
}
