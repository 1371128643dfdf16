import { join } from "node:path";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { fileNames } from "../../src/emulator/folder.js";
import type { FromRolesAnywhereOptions } from "../../src/index.js";
import { sessionArns } from "./emulator-flags.js";
import { createScratch } from "./scratch.js";

/** A cache that an option turns on is no business of the user who runs the tests. */
const cacheHome = createScratch("library-cache");

/** Options of the library for the emulator's EC client with its chain, in an environment of its own. */
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
