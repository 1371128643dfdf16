// `node:tty` for the lean edition.
import { host } from "../host.js";

export const isatty = (fd: number) => host.isTerminal(fd);
