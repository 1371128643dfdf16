import type { HttpResponse } from "../aws/http/exchange.js";
import { parseMembers, serviceWords } from "../aws/http/service-fault.js";
import { ServiceError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";
import type { Protocol } from "./authority.js";

const example = {
  "step-ca": message`check the URL: ${setting("step-ca")} takes the authority's root, such as https://ca.example.com:9000`,
  est: message`check the URL: ${setting("est")} takes the path before /simplereenroll, such as https://est.example.com/.well-known/est/LABEL`,
} as const satisfies Record<Protocol, Text>;

/**
 * Creates the error for a response without a certificate.
 *
 * @param operation Such as `renew` or `simplereenroll`.
 */
export function refusalOf(protocol: Protocol, operation: string, response: HttpResponse): ServiceError {
  const { statusCode, headers, body } = response;
  const details = { service: protocol, operation, statusCode, serviceCode: "" };
  const isPage = /^text\/html/i.test(headers["content-type"] ?? "") || /^\s*<(?:!doctype|html)/i.test(body);
  if (isPage || statusCode === 404 || statusCode === 405 || (statusCode >= 300 && statusCode < 400)) {
    const found = isPage ? "a web page" : `HTTP ${statusCode}`;
    return new ServiceError("ERR_SERVICE_RESPONSE", `${protocol} answers ${operation} with ${found}`, {
      ...details,
      hints: [example[protocol]],
    });
  }
  const told = serviceWords(textOf(protocol, body)).slice(0, 300);
  const text = `${protocol} refuses ${operation}: HTTP ${statusCode}${told === "" ? "" : `, ${told}`}`;
  if (statusCode === 429) return new ServiceError("ERR_THROTTLED", text, { ...details, hints: ["try again later"] });
  if (statusCode >= 500) {
    return new ServiceError("ERR_SERVICE", text, { ...details, hints: ["see the log of the authority"] });
  }
  return new ServiceError("ERR_ACCESS_DENIED", text, { ...details, hints: hintsOf(protocol, told) });
}

function textOf(protocol: Protocol, body: string): string {
  const { message: told } = parseMembers(body);
  return protocol === "step-ca" && typeof told === "string" ? told : body.trim();
}

function hintsOf(protocol: Protocol, told: string): readonly Text[] {
  if (protocol === "est") return ["ask the authority's administrator whether this certificate may be renewed"];
  if (/missing client certificate/i.test(told))
    return ["a proxy that ends TLS before step-ca hides the certificate: let it pass TLS through"];
  return [
    "the provisioner of this certificate may forbid renewal (disableRenewal), or the certificate is revoked",
    'get a new certificate with "step ca certificate"',
  ];
}

/** Creates the error for a successful response that violates the protocol. */
export function unreadableAnswer(
  protocol: Protocol,
  operation: string,
  { statusCode }: Pick<HttpResponse, "statusCode">,
  found: string,
): ServiceError {
  return new ServiceError("ERR_SERVICE_RESPONSE", `${protocol} answers ${operation} with ${found}`, {
    service: protocol,
    operation,
    statusCode,
    serviceCode: "",
    hints: [example[protocol]],
  });
}
