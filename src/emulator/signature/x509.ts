import { X509Certificate, verify } from "node:crypto";
import { describeSkew, parseAmzDate, parseAuthorization } from "../authorization.js";
import type { Authorization } from "../authorization.js";
import { rebuildCanonicalRequest, rebuildStringToSign } from "./canonical-request.js";
import { parseCertificate } from "../certificate/reader.js";
import type { ParsedCertificate } from "../certificate/reader.js";
import { isMldsaKey, verifyMldsa } from "../certificate/mldsa.js";
import { header } from "./received-request.js";
import type { ReceivedRequest } from "./received-request.js";
import { accessDenied, invalid, Refusal } from "../refusal.js";

export const skewToleranceMinutes = 5;
const maxChainLength = 5;
const rsaKey = "1.2.840.113549.1.1.1";
const ecKey = "1.2.840.10045.2.1";

/** A CreateSession request whose signature matches its certificate. Trust is checked later. */
export interface SignedRequest {
  readonly leaf: ParsedCertificate;
  readonly chain: readonly ParsedCertificate[];
  readonly region: string;
}

/**
 * Checks the signature of a request that was signed with a certificate's key.
 *
 * @throws Refusal
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html
 */
export async function verifySignedRequest(request: ReceivedRequest, now: Date): Promise<SignedRequest> {
  const authorization = requireAuthorization(request);
  const date = header(request, "x-amz-date");
  checkDate(date, authorization, now);
  if (authorization.service !== "rolesanywhere") {
    throw signatureFault(`Credential should be scoped to correct service: 'rolesanywhere'.`);
  }
  const [leaf, ...others] = parseCertificates(request, "x-amz-x509");
  if (leaf === undefined || others.length > 0) throw invalid("X-Amz-X509 header must hold one certificate");
  const chain = parseCertificates(request, "x-amz-x509-chain");
  if (chain.length > maxChainLength) {
    throw invalid(
      "Certificate chain is too long",
      `X-Amz-X509-Chain holds ${chain.length} certificates, at most ${maxChainLength} are taken`,
    );
  }
  checkSignedHeaders(request, authorization);
  if (authorization.keyId !== leaf.serial.toString()) {
    throw accessDenied(
      "Invalid signature",
      `Credential names serial ${authorization.keyId}, the certificate has ${leaf.serial} (decimal)`,
    );
  }
  await checkSignature(request, authorization, date ?? "", leaf);
  return { leaf, chain, region: authorization.region };
}

function requireAuthorization(request: ReceivedRequest): Authorization {
  const authorization = parseAuthorization(request);
  if (authorization === undefined) {
    throw new Refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  if (typeof authorization === "string") throw new Refusal(403, "IncompleteSignatureException", authorization);
  if (!algorithms.has(authorization.algorithm)) {
    throw new Refusal(
      403,
      "IncompleteSignatureException",
      `Unsupported algorithm '${authorization.algorithm}'`,
      `algorithm ${authorization.algorithm} is not one of ${[...algorithms.keys()].join(", ")}`,
    );
  }
  return authorization;
}

function checkDate(text: string | undefined, { scopeDate }: Authorization, now: Date): void {
  const date = parseAmzDate(text);
  if (text === undefined || date === undefined) {
    throw new Refusal(
      403,
      "IncompleteSignatureException",
      "Authorization header requires existence of an 'X-Amz-Date' header in the form YYYYMMDDTHHMMSSZ",
    );
  }
  if (!text.startsWith(scopeDate)) {
    throw signatureFault(
      `Date in Credential scope does not match YYYYMMDD from X-Amz-Date: '${scopeDate}' != '${text.slice(0, 8)}'`,
    );
  }
  const skew = describeSkew(date, now, skewToleranceMinutes);
  if (skew !== undefined) throw signatureFault(skew);
}

function parseCertificates(request: ReceivedRequest, name: string): readonly ParsedCertificate[] {
  const text = header(request, name);
  if (text === undefined) {
    if (name === "x-amz-x509")
      throw new Refusal(403, "MissingAuthenticationTokenException", "Missing X-Amz-X509 header");
    return [];
  }
  return text.split(",").map((item, index) => {
    const trimmed = item.trim();
    const bytes = Buffer.from(trimmed, "base64");
    const subject = `certificate ${index + 1} of ${name}`;
    if (bytes.toString("base64") !== trimmed || trimmed === "") {
      throw invalid("Could not parse certificate", `${subject} is not standard base64 on one line`);
    }
    try {
      const parsed = parseCertificate(bytes);
      // Node.js must be able to read the key, to verify the signature later.
      if (!isMldsaKey(parsed.keyAlgorithm)) void new X509Certificate(bytes).publicKey;
      return parsed;
    } catch (error) {
      throw invalid("Could not parse certificate", `${subject} is not X.509 in DER: ${String(error)}`);
    }
  });
}

function checkSignedHeaders(request: ReceivedRequest, { signedHeaders }: Authorization): void {
  const whenPresent = ["content-type", "x-amz-x509-chain"].filter((name) => header(request, name) !== undefined);
  const unsigned = ["host", "x-amz-date", "x-amz-x509", ...whenPresent].filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) {
    throw accessDenied("Invalid signature", `these headers have to be signed and are not: ${unsigned.join(", ")}`);
  }
  const sorted = [...signedHeaders].sort();
  if (sorted.join(";") !== signedHeaders.join(";")) {
    throw accessDenied("Invalid signature", `SignedHeaders are not sorted: ${signedHeaders.join(";")}`);
  }
  const absent = signedHeaders.filter((name) => header(request, name) === undefined);
  if (absent.length > 0) {
    throw accessDenied(
      "Invalid signature",
      `these headers are said to be signed but were not sent: ${absent.join(", ")}`,
    );
  }
}

type Verifier = (leaf: ParsedCertificate, text: Buffer, signature: Buffer) => Promise<boolean>;

const verifyWithNode: Verifier = async (leaf, text, signature) =>
  verify("sha256", text, new X509Certificate(leaf.der).publicKey, signature);

const algorithms: ReadonlyMap<string, { readonly accepts: (key: string) => boolean; readonly verifier: Verifier }> =
  new Map([
    ["AWS4-X509-RSA-SHA256", { accepts: (key) => key === rsaKey, verifier: verifyWithNode }],
    ["AWS4-X509-ECDSA-SHA256", { accepts: (key) => key === ecKey, verifier: verifyWithNode }],
    [
      "AWS4-X509-MLDSA",
      { accepts: isMldsaKey, verifier: (leaf, text, signature) => verifyMldsa(leaf.publicKeyInfo, text, signature) },
    ],
  ]);

async function checkSignature(
  request: ReceivedRequest,
  { algorithm, scope, signedHeaders, signature }: Authorization,
  date: string,
  leaf: ParsedCertificate,
): Promise<void> {
  const rule = algorithms.get(algorithm);
  if (rule === undefined || !rule.accepts(leaf.keyAlgorithm)) {
    throw accessDenied("Invalid signature", `${algorithm} does not go with a key of type ${leaf.keyAlgorithm}`);
  }
  if (!/^([0-9a-f]{2})+$/.test(signature)) {
    throw accessDenied("Invalid signature", "the signature is not lower-case hex");
  }
  const canonicalRequest = rebuildCanonicalRequest(request, signedHeaders, "as sent");
  const text = Buffer.from(rebuildStringToSign(algorithm, date, scope, canonicalRequest));
  if (!(await rule.verifier(leaf, text, Buffer.from(signature, "hex")))) {
    throw accessDenied(
      "Invalid signature",
      `the signature does not match; the canonical request as received was ${JSON.stringify(canonicalRequest)}`,
    );
  }
}

function signatureFault(message: string): Refusal {
  return new Refusal(403, "InvalidSignatureException", message);
}
