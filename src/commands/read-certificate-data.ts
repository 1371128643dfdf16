import type { ListedCertificate } from "../identity/certificate/data.js";
import { isSpiffe, type SpiffeSource } from "../identity/material-source.js";
import type { IdentityContext, IdentitySource } from "../identity/source.js";
import type { Sourced } from "../origin.js";
import type { Arguments, OptionTable } from "./line/arguments.js";
import type { Command } from "./command.js";
import { resolveIdentitySource } from "../settings/identity-settings.js";
import type { ReadSources } from "../settings/sources.js";
import { readSources } from "./sources/resolve-settings.js";
import type { Invocation } from "./invocation.js";
import { identityOptions } from "./options/identity.js";
import { connectionOptions, settingsOptions } from "./options/session.js";
import { createVendContext } from "./sources/vend-context.js";

const options = {
  certificate: identityOptions.certificate,
  "cert-selector": identityOptions["cert-selector"],
  "cert-store": identityOptions["cert-store"],
  "system-store-name": identityOptions["system-store-name"],
  "pkcs12-password": identityOptions["pkcs12-password"],
  "password-file": identityOptions["password-file"],
  "pkcs11-lib": identityOptions["pkcs11-lib"],
  debug: connectionOptions.debug,
  ...settingsOptions,
} as const satisfies OptionTable;

interface Input {
  readonly identity: IdentitySource;
  readonly debug: boolean;
}

export const readCertificateData: Command<typeof options, Input, ReadSources> = {
  name: "read-certificate-data",
  description: [
    "Prints what a certificate holds: one line of JSON for a file, a list for a token, a store or a SPIFFE agent.",
    "The names in the list can be copied into --cert-selector as they are.",
  ].join("\n"),
  options,
  conflicts: [
    ["certificate", "cert-selector"],
    ["certificate", "system-store-name"],
    ["certificate", "cert-store"],
  ],
  examples: [
    { command: "rolesanywhere-ts read-certificate-data --certificate client.pem", describe: "Read a file" },
    { command: "rolesanywhere-ts read-certificate-data --cert-store certs", describe: "List what a folder offers" },
    {
      command: 'rolesanywhere-ts read-certificate-data --certificate "pkcs11:token=my%20token"',
      describe: "List the certificates of a token",
    },
  ],
  read: ({ options: flags }: Arguments<typeof options>, invocation) => readSources(flags, invocation),
  toInput: ({ options: { debug } }, _, { lookup }) => ({
    identity: resolveIdentitySource(lookup),
    debug: debug === true,
  }),
  run,
};

async function run({ identity, debug }: Input, invocation: Invocation) {
  const context = createVendContext(debug, invocation);
  const { formatCertificateData, formatCertificateList } = await import("../identity/certificate/data.js");
  const { certificate } = identity;
  if (certificate === undefined)
    return { stdout: formatCertificateList(await listStore(identity, context)), exitStatus: 0 };
  if (certificate.value.kind === "pkcs11")
    return { stdout: formatCertificateList(await listToken(identity, context)), exitStatus: 0 };
  if (isSpiffe(certificate))
    return { stdout: formatCertificateList(await listSvids(certificate, context)), exitStatus: 0 };
  const { readCertificate } = await import("../identity/certificate/read.js");
  return { stdout: formatCertificateData(await readCertificate(certificate, identity, context)), exitStatus: 0 };
}

async function listSvids(
  certificate: Sourced<SpiffeSource>,
  { variables }: IdentityContext,
): Promise<readonly ListedCertificate[]> {
  const { listAgentCertificates } = await import("../identity/spiffe/list.js");
  return listAgentCertificates(certificate, variables);
}

async function listStore(identity: IdentitySource, context: IdentityContext): Promise<readonly ListedCertificate[]> {
  const { openCertificateStore } = await import("../identity/store/open.js");
  const { readCertSelector } = await import("../identity/store/read-selector.js");
  const { matchEntries } = await import("../identity/store/matching.js");
  const selector = readCertSelector(identity, context);
  const store = await openCertificateStore(identity, context);
  return matchEntries(await store.list(), selector);
}

async function listToken(identity: IdentitySource, context: IdentityContext): Promise<readonly ListedCertificate[]> {
  const { TokenReader } = await import("../identity/pkcs11/reader.js");
  const { formatPkcs11Uri } = await import("../identity/pkcs11/uri.js");
  const reader = new TokenReader(identity, context);
  try {
    const found = await reader.listWithPin(reader.uris.certificate ?? {});
    return found.map(({ certificate, uri }) => ({ certificate, uri: formatPkcs11Uri(uri) }));
  } finally {
    reader.close();
  }
}
