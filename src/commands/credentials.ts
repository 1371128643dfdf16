import type { VendSettings } from "../settings/vend-settings.js";
import type { Arguments } from "./line/arguments.js";
import type { Command } from "./command.js";
import { certificateOptions } from "./sources/credential-source.js";
import { deliver, toDelivery } from "./deliver.js";
import type { Delivery } from "./deliver.js";
import type { Invocation } from "./invocation.js";
import { deliveryOptions } from "./options/delivery.js";
import { identityConflicts } from "./options/identity.js";
import type { ReadSources } from "../settings/sources.js";
import { resolveVendSettings } from "../settings/vend-settings.js";
import { formatScope, printScopeOptions } from "./sources/print-scope.js";
import { readSources } from "./sources/resolve-settings.js";
import { createVendContext } from "./sources/vend-context.js";

const options = { ...certificateOptions, ...printScopeOptions, ...deliveryOptions } as const;

type Input =
  | { readonly kind: "session"; readonly settings: VendSettings; readonly delivery: Delivery }
  | { readonly kind: "scope"; readonly text: string };

export const credentialsCommand: Command<typeof options, Input, ReadSources> = {
  name: "credentials",
  description: [
    "Trades the certificate for temporary credentials and prints them for a person, a program, a shell or an env file.",
    "Every form carries the expiry and the region; every shell form is quoted for its shell, whatever the values are.",
  ].join("\n"),
  options,
  conflicts: identityConflicts,
  examples: [
    {
      command: 'eval "$(rolesanywhere-ts credentials --settings-profile app --format export)"',
      powershell: "rolesanywhere-ts credentials --settings-profile app --format powershell | Invoke-Expression",
      cmd: `for /f "delims=" %i in ('rolesanywhere-ts credentials --settings-profile app --format cmd') do @%i`,
      describe: "Put the credentials into this shell",
    },
    {
      command: "rolesanywhere-ts credentials --settings-profile app --format env-file --save-to-file app.env",
      describe: "Write a file for docker run --env-file",
    },
    {
      command:
        'eval "$(rolesanywhere-ts credentials --settings-profile app --scope s3-read=reports/2026 --scope-duration 900 --format export)"',
      powershell:
        "rolesanywhere-ts credentials --settings-profile app --scope s3-read=reports/2026 --scope-duration 900 --format powershell | Invoke-Expression",
      cmd: `for /f "delims=" %i in ('rolesanywhere-ts credentials --settings-profile app --scope s3-read=reports/2026 --scope-duration 900 --format cmd') do @%i`,
      describe: "Allow only this, for a quarter of an hour",
    },
  ],
  read: (
    {
      options: { format: _format, "save-to-file": _file, "show-secrets": _shows, "print-scope": _prints, ...flags },
    }: Arguments<typeof options>,
    invocation,
  ) => readSources(flags, invocation),
  toInput: ({ options: flags }, invocation, sources) =>
    flags["print-scope"] === true
      ? { kind: "scope", text: formatScope(sources) }
      : { kind: "session", settings: resolveVendSettings(sources), delivery: toDelivery(flags, invocation) },
  run,
};

async function run(input: Input, invocation: Invocation) {
  if (input.kind === "scope") return { stdout: input.text, exitStatus: 0 as const };
  const { settings, delivery } = input;
  const { vend } = await import("../vending/vend.js");
  return deliver(await vend(settings, createVendContext(settings.debug, invocation)), delivery, invocation);
}
