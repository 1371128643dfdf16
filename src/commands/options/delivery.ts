import { credentialFormatNames } from "../../delivery/formats/formats.js";
import type { OptionTable } from "../line/arguments.js";

/** Output of credentials. */
export const deliveryOptions = {
  format: {
    kind: "string",
    placeholder: "FORMAT",
    choices: credentialFormatNames,
    default: "text",
    group: "Output",
    describe: "output format",
  },
  "show-secrets": {
    kind: "boolean",
    group: "Output",
    describe: "show the secret key and the token on a terminal too",
  },
  "save-to-file": {
    kind: "string",
    placeholder: "FILE",
    group: "Output",
    describe: "also write the output to this file, atomically, with mode 0600; text is written as env-file",
  },
} as const satisfies OptionTable;
