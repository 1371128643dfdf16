// `node:path` for the lean edition, which runs on POSIX systems only.
// oxlint-disable-next-line unicorn/prefer-node-protocol -- LLRT's own module, not this file
import { basename, delimiter, dirname, isAbsolute, join, resolve } from "path";

export { basename, delimiter, dirname, isAbsolute, join, resolve };
export const posix = { basename, delimiter, dirname, isAbsolute, join, resolve };
export const win32 = { ...posix };
