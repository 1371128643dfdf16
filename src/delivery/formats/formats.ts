import { formatExportCredentials } from "./export-credentials.js";
import { formatCmd } from "./cmd.js";
import type { DeliveredCredentials } from "./delivered-credentials.js";
import { formatDotenv } from "./dotenv.js";
import { formatEnvFile } from "./env-file.js";
import { formatExport } from "./export.js";
import { formatFish } from "./fish.js";
import { formatJson } from "./json.js";
import { formatPowershell } from "./powershell.js";
import { formatProcess } from "./process.js";
import { formatText } from "./text.js";

/** The functions that write credentials, by `--format` name. */
export const credentialFormats = {
  text: formatText,
  json: formatJson,
  export: formatExport,
  powershell: formatPowershell,
  fish: formatFish,
  cmd: formatCmd,
  dotenv: formatDotenv,
  "env-file": formatEnvFile,
  process: formatProcess,
  env: formatExportCredentials("env"),
  "env-no-export": formatExportCredentials("env-no-export"),
  "windows-cmd": formatExportCredentials("windows-cmd"),
} as const satisfies Record<string, (credentials: DeliveredCredentials) => string>;

export type CredentialFormat = keyof typeof credentialFormats;

export const credentialFormatNames = Object.keys(credentialFormats) as readonly CredentialFormat[];
