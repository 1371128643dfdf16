import { formatProcessDocument } from "../delivery/process-document.js";
import { vend } from "../vending/vend.js";
import type { Arguments } from "./arguments.js";
import type { Command } from "./command.js";
import type { Invocation } from "./invocation.js";
import { identityConflicts, identityOptions } from "./options/identity.js";
import { connectionOptions, hopOptions, sessionOptions, settingsOptions } from "./options/session.js";
import { resolveSettings } from "./resolve-settings.js";
import { createVendContext } from "./vend-context.js";

const options = {
  ...identityOptions,
  ...sessionOptions,
  ...hopOptions,
  ...connectionOptions,
  ...settingsOptions,
  profile: { kind: "string", placeholder: "NAME", group: "Settings", describe: "the same as --settings-profile" },
} as const;

type Input = ReturnType<typeof toInput>;

function toInput(args: Arguments<typeof options>, invocation: Invocation) {
  const { profile, ...flags } = args.options;
  return resolveSettings(profile === undefined ? flags : { "settings-profile": profile, ...flags }, invocation);
}

export const credentialProcess: Command<typeof options, Input> = {
  name: "credential-process",
  description: [
    "Trades the certificate for temporary credentials and prints them as AWS tools read them from a credential_process.",
    "Each flag may also stand in the environment (ROLESANYWHERE_TS_ROLE_ARN for --role-arn) or in the profile that",
    "--settings-profile names (rolesanywhere_role_arn); a flag beats the environment, which beats the profile.",
  ].join("\n"),
  options,
  conflicts: [...identityConflicts, ["settings-profile", "profile"]],
  examples: [
    {
      command:
        "rolesanywhere-ts credential-process --certificate client.pem --private-key client.key --trust-anchor-arn … --profile-arn … --role-arn …",
      describe: "Print the document",
    },
    {
      command: "credential_process = rolesanywhere-ts credential-process --settings-profile prod",
      describe: "In ~/.aws/config",
    },
  ],
  toInput,
  async run(settings, invocation) {
    const session = await vend(settings, createVendContext(settings.debug, invocation));
    const document = formatProcessDocument(session);
    return { stdout: invocation.stdout.isTTY === true ? `${document}\n` : document, exitStatus: 0 };
  },
};
