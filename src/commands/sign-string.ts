import { type Digest, digests } from "../identity/signer.js";
import type { IdentitySource } from "../identity/source.js";
import type { Arguments, OptionTable } from "./line/arguments.js";
import { valueOf } from "./line/defaults.js";
import type { Command } from "./command.js";
import { resolveIdentitySource } from "../settings/identity-settings.js";
import type { ReadSources } from "../settings/sources.js";
import { readSources } from "./sources/resolve-settings.js";
import type { Invocation } from "./invocation.js";
import { identityConflicts, identityOptions } from "./options/identity.js";
import { connectionOptions, settingsOptions } from "./options/session.js";
import { createVendContext } from "./sources/vend-context.js";

const formats = {
  json: (signature: Buffer) => `"${signature.toString("hex")}"`,
  text: (signature: Buffer) => signature.toString("hex"),
  bin: (signature: Buffer) => signature,
} as const;
const formatNames = Object.keys(formats) as readonly (keyof typeof formats)[];
const digestNames = Object.keys(digests) as readonly Digest[];

const { intermediates: _intermediates, ...signingOptions } = identityOptions;
const options = {
  ...signingOptions,
  format: {
    kind: "string",
    placeholder: "FORMAT",
    choices: formatNames,
    default: "json",
    group: "Output",
    describe: "json: hexadecimal in quotes; text: hexadecimal; bin: the bytes",
  },
  digest: {
    kind: "string",
    placeholder: "HASH",
    choices: digestNames,
    default: "SHA256",
    group: "Output",
    describe: "hash to sign with; ML-DSA takes none",
  },
  debug: connectionOptions.debug,
  ...settingsOptions,
} as const satisfies OptionTable;

interface Input {
  readonly identity: IdentitySource;
  readonly format: keyof typeof formats;
  readonly digest: Digest;
  readonly debug: boolean;
}

export const signString: Command<typeof options, Input, ReadSources> = {
  name: "sign-string",
  description: [
    "Signs a fixed text with the private key, to try a key without a session. A key is enough; no certificate is needed.",
    "Output and signed bytes are those of the official helper, without a line end.",
  ].join("\n"),
  options,
  conflicts: [
    ...identityConflicts.filter(
      (pair): pair is Exclude<typeof pair, readonly [string, "intermediates"]> => pair[1] !== "intermediates",
    ),
    ["no-tpm-key-password", "reuse-pin"],
  ],
  examples: [
    {
      command: "rolesanywhere-ts sign-string --private-key client.key --format text",
      describe: "Sign with a key file",
    },
    {
      command: "rolesanywhere-ts sign-string --private-key handle:0x81000101 --no-tpm-key-password",
      describe: "Sign with a key in the TPM",
    },
  ],
  read: ({ options: { format: _format, digest: _digest, ...flags } }: Arguments<typeof options>, invocation) =>
    readSources(flags, invocation),
  toInput: ({ options: values }, _, { lookup }) => ({
    identity: resolveIdentitySource(lookup),
    format: valueOf(values, options, "format"),
    digest: valueOf(values, options, "digest"),
    debug: values.debug === true,
  }),
  run,
};

async function run({ identity, format, digest, debug }: Input, invocation: Invocation) {
  const { loadSigner } = await import("../identity/load-signer.js");
  const { signingTestMessage } = await import("../identity/signing-test.js");
  const context = createVendContext(debug, invocation);
  const signer = await loadSigner(identity, context);
  try {
    context.debug(`key: ${signer.algorithm}`);
    context.debug(
      'signing the test text: "AWS Roles Anywhere Credential Helper Signing Test", its version, and the SHA-256 of "IAM RA" and the public key',
    );
    const signature = await signer.sign(signingTestMessage(signer), { digest, deterministic: true });
    return { stdout: formats[format](Buffer.from(signature)), exitStatus: 0 };
  } finally {
    await signer.close?.();
  }
}
