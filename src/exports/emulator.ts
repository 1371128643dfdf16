// `rolesanywhere-ts/emulator`
export { startEmulator } from "../library/start-emulator.js";
export type {
  Emulator,
  EmulatorIdentity,
  EmulatorProviderOptions,
  IssueIdentityOptions,
  StartEmulatorOptions,
} from "../library/emulator-options.js";
export type { Fault } from "../emulator/faults/inject.js";
export type { RequestRecord } from "../emulator/request-record.js";
export type { EmulatorState } from "../emulator/state/memory.js";
