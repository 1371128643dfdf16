import type { Emulator } from "../../src/emulator/start-emulator.js";

/** AWS states no maximum, and readers were built for a few hundred; the smallest known limit of a reader is 8 KiB. */
export const longTokenCharacters = 6000;

/** Makes new session tokens this long. */
export function giveLongTokens(emulator: Pick<Emulator, "updateState">): void {
  emulator.updateState((state) => ({ ...state, minimumSessionTokenSize: longTokenCharacters }));
}
