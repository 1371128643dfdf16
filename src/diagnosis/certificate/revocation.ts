import { RolesAnywhereError } from "../../errors.js";
import { readStructure } from "../../identity/certificate/structure.js";
import { derOf, looksLikeDer, parsePem } from "../../identity/pem/blocks.js";
import type { Finding } from "../finding.js";
import { pass, skip, warn } from "../finding.js";
import { parseRevocationList } from "./revocation-list.js";
import type { RevocationList } from "./revocation-list.js";
import { readRevocationPoints } from "./revocation-points.js";
import type { Leaf } from "./rules.js";

/** Downloads a list from the URL in a certificate. */
export type FetchList = (url: string) => Promise<Buffer>;

const noList = "is not a revocation list";
const asked = "AWS asks it if the trust anchor has crlDpRevocationEnabled";

/** Reports where the authority publishes its revocation lists. */
export function checkRevocationPoint({ certificate, name }: Leaf): Finding {
  const points = readRevocationPoints(certificate.der);
  if (points.length === 0) {
    return pass("REVOCATION_POINT", name, "none: crlDpRevocationEnabled has no list to ask; imported lists count");
  }
  return pass("REVOCATION_POINT", name, `${points.join(", ")}: ${asked}`);
}

/** Checks the content and expiry of the lists. */
export async function checkRevocationLists(
  leaf: Leaf,
  fetchList: FetchList | undefined,
  now: Date,
): Promise<readonly Finding[]> {
  const points = readRevocationPoints(leaf.certificate.der);
  if (points.length === 0) return [skip("REVOCATION_LIST", leaf.name, "the certificate names none")];
  if (fetchList === undefined)
    return [skip("REVOCATION_LIST", leaf.name, "--fetch-crl gets the list that the certificate names")];
  return Promise.all(points.map((url) => checkList(url, leaf, fetchList, now)));
}

async function checkList(url: string, leaf: Leaf, fetchList: FetchList, now: Date): Promise<Finding> {
  const list = await readList(url, leaf, fetchList);
  if (typeof list === "string") return unusable(url, list, "publish a list there, or leave crlDpRevocationEnabled off");
  const { issuer, nextUpdate, count, isRevoked } = list;
  const listed = `${count} revoked ${count === 1 ? "certificate" : "certificates"}`;
  if (!Buffer.from(issuer).equals(readStructure(leaf.certificate.der).issuer?.raw ?? Buffer.alloc(0)))
    return unusable(url, "is the list of another authority", "have the authority name its own list");
  if (isRevoked)
    return warn(
      "REVOCATION_LIST",
      url,
      "has this certificate: AWS denies the session if the trust anchor has crlDpRevocationEnabled",
      "have a new certificate issued",
    );
  if (nextUpdate === undefined) return pass("REVOCATION_LIST", url, `${listed}, not this one; the list names no end`);
  if (nextUpdate < now)
    return unusable(url, `expired on ${nextUpdate.toISOString()}`, "have the authority publish a new list");
  return pass("REVOCATION_LIST", url, `${listed}, not this one; until ${nextUpdate.toISOString()}`);
}

/** Builds a warning, since AWS does not document what it does in this case. */
function unusable(url: string, reason: string, next: string): Finding {
  return warn(
    "REVOCATION_LIST",
    url,
    `${reason}; if the trust anchor has crlDpRevocationEnabled, AWS may deny the session`,
    next,
  );
}

/** @returns The list, or the reason why it cannot be used. */
async function readList(url: string, { certificate }: Leaf, fetchList: FetchList): Promise<RevocationList | string> {
  if (!/^https?:\/\//i.test(url)) return "is not an http URL, so it is not fetched";
  try {
    const bytes = await fetchList(url);
    const [block] = looksLikeDer(bytes) ? [] : parsePem(bytes.toString("latin1"));
    return parseRevocationList(block === undefined ? bytes : derOf(block), certificate.serialNumber) ?? noList;
  } catch (error) {
    return error instanceof RolesAnywhereError ? `cannot be read: ${error.message}` : noList;
  }
}
