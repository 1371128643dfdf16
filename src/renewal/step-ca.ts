import { parseMembers } from "../aws/http/service-fault.js";
import { certificateFromDer } from "../identity/certificate/parsed.js";
import type { Certificate } from "../identity/certificate/parsed.js";
import { derOf, parsePem } from "../identity/pem/blocks.js";
import type { CallAuthority, RenewalAnswer, RenewalRequest } from "./authority.js";
import { armor } from "./armor.js";
import { createCertificateRequest } from "./certificate-request.js";
import { refusalOf, unreadableAnswer } from "./refusal.js";

/**
 * Renews with the API of step-ca, which renews the client certificate of the TLS connection.
 *
 * @throws ServiceError, NetworkError
 * @see https://github.com/smallstep/certificates/blob/master/api/renew.go
 */
export async function renewByStepCa(request: RenewalRequest, call: CallAuthority): Promise<RenewalAnswer> {
  const operation = request.rekey ? "rekey" : "renew";
  const { present, publicKey, privateKey } = request;
  const body = request.rekey
    ? JSON.stringify({ csr: armor("CERTIFICATE REQUEST", createCertificateRequest(present, publicKey, privateKey)) })
    : "";
  const response = await call({
    method: "POST",
    path: `/1.0/${operation}`,
    headers: request.rekey ? [["content-type", "application/json"]] : [],
    body,
  });
  if (response.statusCode !== 200 && response.statusCode !== 201) throw refusalOf("step-ca", operation, response);
  const members = parseMembers(response.body);
  const texts = [members["crt"], members["ca"], ...listOf(members["certChain"])];
  const [leaf, ...others] = texts.flatMap((text) => (typeof text === "string" ? certificatesIn(text) : []));
  if (leaf !== undefined) return { kind: "issued", leaf, others };
  throw /^\s*</.test(response.body)
    ? refusalOf("step-ca", operation, response)
    : unreadableAnswer("step-ca", operation, response, "JSON without a certificate");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function certificatesIn(text: string): readonly Certificate[] {
  try {
    return parsePem(text)
      .filter(({ label }) => label === "CERTIFICATE")
      .map((block) => certificateFromDer(derOf(block)));
  } catch {
    return [];
  }
}
