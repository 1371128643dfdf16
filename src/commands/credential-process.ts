import { formatProcessDocument } from "../delivery/process-document.js";
import type { ReadSources } from "../settings/sources.js";
import { resolveVendSettings } from "../settings/vend-settings.js";
import { vendThroughCache } from "../vending/cache/vend-through-cache.js";
import type { Arguments } from "./line/arguments.js";
import { indexedRun, resolveCacheUse } from "./sources/cache-use.js";
import type { Command } from "./command.js";
import type { Invocation } from "./invocation.js";
import { cacheConflicts } from "./options/cache.js";
import { credentialProcessOptions } from "./options/credential-process.js";
import { identityConflicts } from "./options/identity.js";
import { readSources } from "./sources/resolve-settings.js";
import { createVendContext } from "./sources/vend-context.js";

type CommandLine = Arguments<typeof credentialProcessOptions>;
type Input = ReturnType<typeof toInput>;

function read({ options: { profile, ...flags } }: CommandLine, invocation: Invocation): ReadSources {
  return readSources(profile === undefined ? flags : { "settings-profile": profile, ...flags }, invocation);
}

function toInput(_: CommandLine, invocation: Invocation, sources: ReadSources) {
  const settings = resolveVendSettings(sources);
  return {
    settings,
    cache: {
      ...resolveCacheUse(sources.lookup, invocation),
      run: indexedRun(settings, sources.files, invocation),
    },
  };
}

export const credentialProcess: Command<typeof credentialProcessOptions, Input, ReadSources> = {
  name: "credential-process",
  description: [
    "Trades the certificate for temporary credentials and prints them as AWS tools read them from a credential_process.",
    "Each flag may also stand in the environment (ROLESANYWHERE_TS_ROLE_ARN for --role-arn) or in the profile that",
    "--settings-profile names (rolesanywhere_role_arn); a flag beats the environment, which beats the profile.",
    "Sessions are kept between runs, sealed with the private key; --no-cache turns that off.",
  ].join("\n"),
  options: credentialProcessOptions,
  conflicts: [...identityConflicts, ...cacheConflicts, ["settings-profile", "profile"]],
  examples: [
    {
      command:
        "rolesanywhere-ts credential-process --certificate client.pem --private-key client.key --trust-anchor-arn arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID --profile-arn arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID --role-arn arn:aws:iam::111122223333:role/Deploy",
      describe: "Print the document",
    },
    {
      command: "rolesanywhere-ts credential-process --settings-profile prod",
      describe: "With the settings of a profile; after credential_process = in ~/.aws/config",
    },
  ],
  read,
  toInput,
  async run({ settings, cache }, invocation) {
    const credentials = await vendThroughCache(settings, cache, createVendContext(settings.debug, invocation));
    const document = formatProcessDocument(credentials);
    return { stdout: invocation.stdout.isTTY === true ? `${document}\n` : document, exitStatus: 0 };
  },
};
