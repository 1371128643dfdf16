import { UsageError } from "../../errors.js";
import { message, renderText, setting, variable } from "../../message.js";
import type { Text } from "../../message.js";
import { describeOrigin, type Sourced } from "../../origin.js";
import { type Password, resolvePassword } from "../password.js";
import { withoutCause } from "../pem/pkcs8.js";
import type { Signer } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";
import type { TpmSource } from "../material-source.js";
import { createTpmSigner, type TpmKey } from "./signer.js";
import { openTpm } from "./transport.js";
import { parseTss2Key } from "./tss2-key.js";

/**
 * Creates a signer for a key in the TPM, `handle:0x81…`.
 *
 * @throws UsageError `ERR_SETTING`; IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export async function createTpmHandleSigner(
  { value }: Sourced<TpmSource>,
  source: IdentitySource,
  context: IdentityContext,
): Promise<Signer> {
  return openKey({ handle: value.handle }, `TPM key ${value.label}`, source, context);
}

/**
 * Creates a signer for a `TSS2 PRIVATE KEY` file.
 *
 * @throws UsageError `ERR_CONFLICT` for a password of a key that has none; IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export async function createTss2Signer(
  der: Uint8Array,
  name: Text,
  source: IdentitySource,
  context: IdentityContext,
): Promise<Signer> {
  const subject = message`TPM key ${name}`;
  return openKey(
    withoutCause(subject, () => parseTss2Key(der)),
    subject,
    source,
    context,
  );
}

async function openKey(key: TpmKey, subject: Text, source: IdentitySource, context: IdentityContext): Promise<Signer> {
  const password = await passwordFor(key, subject, source, context);
  const { refused } = context.secrets ?? {};
  return createTpmSigner(await openTpm(context.variables["TPM_DEVICE"]), key, { password, refused }, subject);
}

async function passwordFor(
  key: TpmKey,
  subject: Text,
  { tpmKeyPassword, noTpmKeyPassword }: IdentitySource,
  context: IdentityContext,
): Promise<Password> {
  const emptyAuth = "emptyAuth" in key && key.emptyAuth;
  if (emptyAuth && tpmKeyPassword !== undefined) {
    throw new UsageError(
      "ERR_CONFLICT",
      message`${describeOrigin(tpmKeyPassword.origin)} gives a password, but ${subject} says that it needs none`,
      { hints: [message`leave out ${describeOrigin(tpmKeyPassword.origin)}`] },
    );
  }
  if (emptyAuth || noTpmKeyPassword.value) return { text: "", forget: () => undefined };
  return resolvePassword(
    {
      given: tpmKeyPassword,
      file: undefined,
      key: renderText(subject),
      question: `Password of ${renderText(subject)}: `,
      missing: message`${subject} may need a password and none is given`,
      hint: message`set ${variable("tpm-key-password")}, or give ${setting("no-tpm-key-password")} when it has none`,
    },
    context,
  );
}
