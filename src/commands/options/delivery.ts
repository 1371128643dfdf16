import { credentialFormatNames } from "../../delivery/formats/formats.js";
import type { OptionTable } from "../line/arguments.js";

/** How credentials are written out. */
export const deliveryOptions = {
  format: {
    kind: "string",
    placeholder: "FORMAT",
    choices: credentialFormatNames,
    default: "text",
    group: "Output",
    describe: "form of the output: for people, programs, shells or env files",
  },
  "save-to-file": {
    kind: "string",
    placeholder: "FILE",
    group: "Output",
    describe: "also write this file (0600, whole or not at all, never through a link); text is written as env",
  },
} as const satisfies OptionTable;
