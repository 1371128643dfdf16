// `node:os` for the lean edition.
import { host } from "../host.js";

export const hostname = () => host.hostName();
export const tmpdir = () => host.variables["TMPDIR"] || "/tmp";
/** A shell shows 128 and the number of the signal. */
export const constants = { signals: { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 } } as const;
