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

/** Where a session is kept, and what opens it. */
export interface AgentSlot {
  readonly slot: SessionSlot;
  readonly sealPath: string;
}

/**
 * Where the session of an SVID is kept: under the address of the agent and the SVID that is asked for, sealed with the secret
 * of the folder. The key of the SVID seals nothing, since it changes with each rotation, and a hit is not to ask for it.
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
