import type { SpiffeSource } from "../../identity/material-source.js";
import { parseSvidRequest } from "../../identity/spiffe/request.js";
import type { Sourced } from "../../origin.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import type { VendContext } from "../vend.js";
import { readFolderSecret, sealPathOf } from "./device-session.js";
import { cacheKey } from "./key.js";
import { describeFault } from "./private-file.js";
import { createSlot } from "./session-slot.js";
import type { SessionSlot } from "./session-slot.js";

/** The cache slot of a session, and the file with the secret that seals it. */
export interface AgentSlot {
  readonly slot: SessionSlot;
  readonly sealPath: string;
}

/**
 * Opens the cache slot for an SVID. Its key contains the agent's address and the requested SVID; the secret of the
 * folder seals it. The SVID's own key cannot: it changes with each rotation, and a cache hit must not fetch it.
 *
 * @param folder Undefined without a cache.
 * @throws UsageError `ERR_SETTING`
 */
export function openAgentSlot(
  settings: VendSettings,
  certificate: Sourced<SpiffeSource>,
  folder: string | undefined,
  { variables, debug }: VendContext,
): AgentSlot | undefined {
  const { address, spiffeId, hint } = parseSvidRequest(certificate, variables);
  if (folder === undefined) return undefined;
  const asked = Buffer.from(JSON.stringify(["spiffe", address, spiffeId ?? null, hint ?? null]));
  try {
    const secret = readFolderSecret(folder);
    return { slot: createSlot(folder, cacheKey(settings, asked), secret, debug), sealPath: sealPathOf(folder) };
  } catch (error) {
    debug(`cache: not used: ${describeFault(error)}`);
    return undefined;
  }
}
