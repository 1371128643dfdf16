import { join } from "node:path";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { fileNames } from "../../src/emulator/folder.js";
import type { FromRolesAnywhereOptions } from "../../src/index.js";
import { sessionArns } from "./emulator-flags.js";
import { createScratch } from "./scratch.js";

/** Keeps tests that turn on the cache away from the user's own. */
const cacheHome = createScratch("library-cache");

/** Returns library options for the emulator's EC client with its chain, in a separate environment. */
export function libraryOptions(
  emulator: Emulator,
  changes: Partial<FromRolesAnywhereOptions> = {},
): FromRolesAnywhereOptions {
  return {
    ...sessionArns(emulator),
    certificate: join(emulator.folder, fileNames.ecChain),
    privateKey: join(emulator.folder, fileNames.ecKey),
    endpoint: emulator.url,
    stsEndpoint: emulator.url,
    environment: { XDG_CACHE_HOME: cacheHome },
    ...changes,
  };
}
