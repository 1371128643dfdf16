import type { ListedCertificate } from "../certificate/data.js";
import type { SpiffeSource } from "../material-source.js";
import type { Sourced } from "../../origin.js";
import { fetchSvids } from "./fetch-svid.js";
import { readCertificates } from "./identity.js";
import { parseSvidRequest } from "./request.js";

/** Lists all certificates that an agent returns to this process, each with the setting that selects it. */
export async function listAgentCertificates(
  source: Sourced<SpiffeSource>,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<readonly ListedCertificate[]> {
  const request = parseSvidRequest(source, variables);
  return (await fetchSvids(request)).map((svid) => {
    const [certificate] = readCertificates(svid, request.address);
    const hint = svid.hint === "" ? "" : `&hint=${encodeURIComponent(svid.hint)}`;
    return { certificate, uri: `spiffe:${request.address}?spiffe-id=${svid.spiffeId}${hint}` };
  });
}
