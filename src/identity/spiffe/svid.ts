import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import { allOf, lastOf, readFields, textOf } from "./protobuf.js";
import type { SvidRequest } from "./request.js";

/** X.509 SVID as an agent sends it. */
export interface Svid {
  readonly spiffeId: string;
  /** Concatenated certificates in DER, the leaf first. */
  readonly certificates: Uint8Array;
  /** PKCS#8 in DER. */
  readonly privateKey: Uint8Array;
  /** Operator's hint for choosing this SVID; empty if there is none. */
  readonly hint: string;
}

type Named = Pick<Svid, "spiffeId" | "hint">;

const responseFields = { svids: 1 } as const;
const svidFields = { spiffeId: 1, certificates: 2, privateKey: 3, hint: 5 } as const;

/**
 * Decodes the SVIDs of an `X509SVIDResponse`, the default one first.
 *
 * @throws ProtobufError
 * @see https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Workload_API.md
 */
export function decodeSvids(response: Uint8Array): readonly Svid[] {
  return allOf(readFields(response), responseFields.svids).map((bytes) => {
    const fields = readFields(bytes);
    return {
      spiffeId: textOf(lastOf(fields, svidFields.spiffeId)),
      certificates: lastOf(fields, svidFields.certificates),
      privateKey: lastOf(fields, svidFields.privateKey),
      hint: textOf(lastOf(fields, svidFields.hint)),
    };
  });
}

export function findSvid<Item extends Named>(
  offered: readonly Item[],
  { spiffeId, hint }: SvidRequest,
): Item | undefined {
  return offered.find((svid) => (spiffeId ?? svid.spiffeId) === svid.spiffeId && (hint ?? svid.hint) === svid.hint);
}

/**
 * Returns the requested SVID, else the agent's default.
 *
 * @throws IdentityError `ERR_SPIFFE_IDENTITY`
 */
export function chooseSvid<Item extends Named>(offered: readonly Item[], request: SvidRequest): Item {
  const { spiffeId, hint, name } = request;
  const found = findSvid(offered, request);
  if (found !== undefined) return found;
  if (offered.length === 0) {
    throw new IdentityError("ERR_SPIFFE_IDENTITY", message`the SPIFFE agent of ${name} gave no identity`, {
      hints: [entryHint],
    });
  }
  const list = offered.map((svid) => (svid.hint === "" ? svid.spiffeId : `${svid.spiffeId} (hint ${svid.hint})`));
  const wanted = [spiffeId, hint === undefined ? undefined : `hint ${hint}`].filter((text) => text !== undefined);
  throw new IdentityError(
    "ERR_SPIFFE_IDENTITY",
    message`the SPIFFE agent of ${name} gives ${list.join(", ")}, expected ${wanted.join(" with ")}`,
    { hints: ["correct what stands after the ?, or register this identity for this process"] },
  );
}

export const entryHint =
  'register this process: "spire-server entry create -parentID … -spiffeID … -selector unix:uid:UID"; an agent learns of a new entry within some seconds';
