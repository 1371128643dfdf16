import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { IdentityError, UsageError } from "../../errors.js";
import { message } from "../../message.js";
import { describeOrigin, strengthOf, type Sourced } from "../../origin.js";
import { assembleIdentity } from "../assemble-identity.js";
import { elementsOf, tags } from "../asn1/der.js";
import { type Certificate, certificateFromDer } from "../certificate/parsed.js";
import type { Identity } from "../identity.js";
import { readIntermediates } from "../intermediates.js";
import { isSameSource, type SpiffeSource } from "../material-source.js";
import { signerFromKey } from "../signer.js";
import type { IdentityContext, NamedIdentitySource } from "../source.js";
import { fetchSvid } from "./fetch-svid.js";
import { parseSvidRequest } from "./request.js";
import type { Svid } from "./svid.js";

/**
 * Loads certificate, chain and key from an agent of the SPIFFE Workload API.
 *
 * @throws UsageError, IdentityError, NetworkError
 */
export async function loadSpiffeIdentity(
  certificate: Sourced<SpiffeSource>,
  source: NamedIdentitySource,
  context: IdentityContext,
): Promise<Identity> {
  refuseKey(certificate, source);
  const request = parseSvidRequest(certificate, context.variables);
  const svid = await (context.svids?.latest(request) ?? fetchSvid(request));
  context.debug(message`spiffe: ${svid.spiffeId} from ${request.address}`);
  const name = message`the SVID ${svid.spiffeId} from ${request.address}`;
  const certificates = readCertificates(svid, request.address);
  refuseExpired(certificates[0], svid, request.address, context.now());
  const signer = signerFromKey(readKey(svid, request.address), name);
  const intermediates = await readIntermediates(source, context);
  const [leaf, ...others] = certificates;
  return assembleIdentity(
    {
      signer,
      certificates: [leaf, ...others],
      intermediates,
      certificateName: name,
      keyName: name,
    },
    context,
  );
}

/** Refuses a separate key, unless it is a leftover in a weaker place than the certificate's. */
function refuseKey(certificate: Sourced<SpiffeSource>, { privateKey }: NamedIdentitySource): void {
  if (privateKey === undefined || isSameSource(privateKey.value, certificate.value)) return;
  if (strengthOf(certificate.origin) > strengthOf(privateKey.origin)) return;
  const [here, there] = [describeOrigin(certificate.origin), describeOrigin(privateKey.origin)];
  throw new UsageError(
    "ERR_CONFLICT",
    message`a SPIFFE agent gives certificate and key (${here}), and ${there} is given too`,
    {
      hints: [message`leave out ${there}`],
    },
  );
}

/** Refuses an expired SVID: an agent renews it at half of its life, so this one cannot. */
function refuseExpired({ x509 }: Certificate, { spiffeId }: Svid, address: string, now: Date): void {
  if (Date.parse(x509.validTo) >= now.getTime()) return;
  throw new IdentityError(
    "ERR_CERTIFICATE_EXPIRED",
    `the SVID ${spiffeId} from ${address} expired at ${x509.validTo}`,
    {
      hints: [
        "the agent did not renew it: see its log, and whether it reaches its server",
        "check the clock of this machine",
      ],
    },
  );
}

export function readCertificates({ certificates, spiffeId }: Svid, address: string): [Certificate, ...Certificate[]] {
  try {
    const [first, ...rest] = elementsOf({ tag: tags.sequence, content: certificates, raw: certificates }).map(
      ({ raw }) => certificateFromDer(raw),
    );
    if (first !== undefined) return [first, ...rest];
  } catch {
    // Reported below, without the bytes that do not decode.
  }
  throw new IdentityError("ERR_CERTIFICATE", `the SVID ${spiffeId} from ${address} has no certificate that decodes`, {
    hints: ["see the log of the agent"],
  });
}

/** Drops the underlying error on purpose: it may quote the key. */
function readKey({ privateKey, spiffeId }: Svid, address: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" });
  } catch {
    throw new IdentityError("ERR_KEY", `the SVID ${spiffeId} from ${address} has no private key that decodes`, {
      hints: ["see the log of the agent"],
    });
  }
}
