import { callWorkloadApi } from "./call.js";
import { explainFault } from "./faults.js";
import { answerMs } from "./fetch-svid.js";
import { allOf, lastOf, readFields, textOf, writeText } from "./protobuf.js";
import type { SvidRequest } from "./request.js";
import { chooseSvid } from "./svid.js";

/** A JWT-SVID: a token by which one audience knows this process for some minutes. */
export interface JwtSvid {
  readonly spiffeId: string;
  readonly hint: string;
  /** The token itself, a secret. */
  readonly token: string;
}

const requestFields = { audience: 1, spiffeId: 2 } as const;
const responseFields = { svids: 1 } as const;
const svidFields = { spiffeId: 1, token: 2, hint: 3 } as const;

/**
 * Asks the agent for a token.
 *
 * @throws IdentityError, NetworkError, as for an X.509 SVID
 * @see https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Workload_API.md
 */
export async function fetchJwtSvid(request: SvidRequest, audience: string): Promise<JwtSvid> {
  let svids: readonly JwtSvid[] = [];
  try {
    await callWorkloadApi({
      endpoint: request.endpoint,
      method: "FetchJWTSVID",
      request: encodeRequest(request, audience),
      firstMessageMs: answerMs,
      keepsProcessAlive: true,
      onMessage(message) {
        svids = decodeTokens(message);
        return false;
      },
    });
  } catch (fault) {
    throw explainFault(fault, request);
  }
  return chooseSvid(svids, request);
}

function encodeRequest({ spiffeId }: SvidRequest, audience: string): Uint8Array {
  const fields = [writeText(requestFields.audience, audience)];
  if (spiffeId !== undefined) fields.push(writeText(requestFields.spiffeId, spiffeId));
  return Buffer.concat(fields);
}

function decodeTokens(response: Uint8Array): readonly JwtSvid[] {
  return allOf(readFields(response), responseFields.svids).map((bytes) => {
    const fields = readFields(bytes);
    return {
      spiffeId: textOf(lastOf(fields, svidFields.spiffeId)),
      token: textOf(lastOf(fields, svidFields.token)),
      hint: textOf(lastOf(fields, svidFields.hint)),
    };
  });
}
