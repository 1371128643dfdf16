import type { Emulator, StartEmulatorOptions } from "./emulator-options.js";

/**
 * Starts a local IAM Roles Anywhere and STS for tests. It verifies certificates and signatures as AWS does, with code
 * of its own, and needs neither an account nor a network. Its credentials are valid only for itself.
 *
 * @throws NetworkError `ERR_CONNECTION` when the port is not available; UsageError `ERR_OUTPUT` when the folder cannot
 *   be used, `ERR_ARGUMENT` for an unknown fault.
 * @example
 * ```ts
 * import { fromRolesAnywhere, startEmulator } from "rolesanywhere-ts";
 *
 * test("renews", async () => {
 *   await using emulator = await startEmulator({ faults: ["CreateSession:throttling*1"] });
 *   const provider = fromRolesAnywhere(emulator.providerOptions);
 *   await provider();
 *   assert.equal(emulator.count("CreateSession"), 2);
 * });
 * ```
 */
export async function startEmulator(options: StartEmulatorOptions = {}): Promise<Emulator> {
  const { openEmulator } = await import("./open-emulator.js");
  return openEmulator(options);
}
