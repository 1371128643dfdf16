import type { HttpResponse } from "./exchange.js";
import { parseServiceFault, serviceWords } from "./service-fault.js";
import type { ServiceFault } from "./service-fault.js";
import { requestIdOf } from "../issued-values.js";
import { xmlMember } from "./xml-members.js";

/** Parses an error response of a query service: its own XML, or what a proxy or gateway sent instead. */
export function parseQueryFault(response: HttpResponse): ServiceFault {
  const { body } = response;
  const code = xmlMember(body, "Code");
  const fault = parseServiceFault(response);
  if (code === undefined) return fault;
  return {
    ...fault,
    serviceCode: serviceWords(code),
    message: serviceWords(xmlMember(body, "Message") ?? ""),
    requestId: requestIdOf(xmlMember(body, "RequestId")) ?? fault.requestId,
  };
}
