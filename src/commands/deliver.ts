import { resolve } from "node:path";
import { expandHome } from "../aws/shared-config.js";
import { formatRemoval, readerShellOf } from "../aws/reader-shell.js";
import type { ReaderShell } from "../aws/reader-shell.js";
import { writeFileWhole } from "../aws/files/write-file.js";
import { readSharedFiles } from "../aws/shared-config.js";
import { competingVariables } from "../delivery/child-environment.js";
import type { DeliveredCredentials } from "../delivery/formats/delivered-credentials.js";
import { formatText } from "../delivery/formats/text.js";
import { credentialFormats } from "../delivery/formats/formats.js";
import type { CredentialFormat } from "../delivery/formats/formats.js";
import type { OptionValues } from "./line/arguments.js";
import { valueOf } from "./line/defaults.js";
import type { CommandOutput } from "./command.js";
import { hasDefaultCredentials } from "./exec/hidden-default-profile.js";
import type { Invocation } from "./invocation.js";
import { deliveryOptions } from "./options/delivery.js";

export interface Delivery {
  readonly format: CredentialFormat;
  readonly showsSecrets: boolean;
  /** An absolute path. */
  readonly saveToFile: string | undefined;
}

const shellFormats: ReadonlySet<CredentialFormat> = new Set([
  "env",
  "env-file",
  "env-no-export",
  "export",
  "powershell",
  "fish",
  "cmd",
  "windows-cmd",
  "dotenv",
]);

/** Formats that only one shell reads. */
const shellsOfFormats: Readonly<Partial<Record<CredentialFormat, ReaderShell>>> = {
  powershell: "powershell",
  cmd: "cmd",
  "windows-cmd": "cmd",
};

export function toDelivery(options: OptionValues<typeof deliveryOptions>, invocation: Invocation): Delivery {
  const file = options["save-to-file"];
  return {
    format: valueOf(options, deliveryOptions, "format"),
    showsSecrets: options["show-secrets"] === true,
    saveToFile:
      file === undefined ? undefined : resolve(invocation.workingDirectory, expandHome(file, invocation.homeDirectory)),
  };
}

/** Formats the credentials for stdout and saves them if requested. Messages for people go to stderr. */
export function deliver(
  credentials: DeliveredCredentials,
  { format, showsSecrets, saveToFile }: Delivery,
  invocation: Invocation,
): CommandOutput {
  const { stderr, variables } = invocation;
  const stdout = credentialFormats[format](credentials);
  if (saveToFile !== undefined) {
    writeFileWhole(saveToFile, format === "text" ? credentialFormats["env-file"](credentials) : stdout, {
      secret: true,
    });
    stderr.write(`rolesanywhere-ts: credentials saved to ${saveToFile}\n`);
  }
  const competing = shellFormats.has(format) ? competingVariables(variables) : [];
  if (competing.length > 0) {
    const verb = competing.length === 1 ? "is" : "are";
    const removal = formatRemoval(competing, shellsOfFormats[format] ?? readerShellOf(invocation));
    stderr.write(`rolesanywhere-ts: note: ${competing.join(", ")} ${verb} set, which some tools prefer: ${removal}\n`);
  }
  if (shellFormats.has(format) && hasDefaultCredentials(readSharedFiles(invocation))) {
    stderr.write(
      "rolesanywhere-ts: note: the default profile has credentials of its own, which the AWS SDK for .NET 3.7 prefers to these variables; exec hides them\n",
    );
  }
  const hidesSecrets = format === "text" && !showsSecrets && invocation.stdout.isTTY === true;
  return {
    stdout: hidesSecrets ? formatText(credentials, "(hidden; --show-secrets shows it)") : stdout,
    exitStatus: 0,
  };
}
