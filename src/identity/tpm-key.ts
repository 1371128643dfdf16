import { UsageError } from "../errors.js";
import { describeOrigin, type Sourced } from "../origin.js";
import { type Password, resolvePassword } from "./password.js";
import { withoutCause } from "./pkcs8.js";
import type { Signer } from "./signer.js";
import type { IdentityContext, IdentitySource } from "./source.js";
import type { TpmSource } from "./material-source.js";
import { createTpmSigner, type TpmKey } from "./tpm.js";
import { openTpm } from "./tpm-transport.js";
import { parseTss2Key } from "./tss2-key.js";

/**
 * A signer over a key that the TPM keeps, `handle:0x81…`.
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
 * A signer over a `TSS2 PRIVATE KEY` file.
 *
 * @throws UsageError `ERR_CONFLICT` for a password to a key that has none; IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export async function createTss2Signer(
  der: Uint8Array,
  name: string,
  source: IdentitySource,
  context: IdentityContext,
): Promise<Signer> {
  const subject = `TPM key ${name}`;
  return openKey(
    withoutCause(subject, () => parseTss2Key(der)),
    subject,
    source,
    context,
  );
}

async function openKey(
  key: TpmKey,
  subject: string,
  source: IdentitySource,
  context: IdentityContext,
): Promise<Signer> {
  const password = await passwordFor(key, subject, source, context);
  const { refused } = context.secrets ?? {};
  return createTpmSigner(await openTpm(context.variables["TPM_DEVICE"]), key, { password, refused }, subject);
}

async function passwordFor(
  key: TpmKey,
  subject: string,
  { tpmKeyPassword, noTpmKeyPassword }: IdentitySource,
  context: IdentityContext,
): Promise<Password> {
  const emptyAuth = "emptyAuth" in key && key.emptyAuth;
  if (emptyAuth && tpmKeyPassword !== undefined) {
    throw new UsageError(
      "ERR_CONFLICT",
      `${describeOrigin(tpmKeyPassword.origin)} gives a password, but ${subject} says that it needs none`,
      { hints: [`leave out ${describeOrigin(tpmKeyPassword.origin)}`] },
    );
  }
  if (emptyAuth || noTpmKeyPassword.value) return { text: "", forget: () => undefined };
  return resolvePassword(
    {
      given: tpmKeyPassword,
      file: undefined,
      key: subject,
      question: `Password of ${subject}: `,
      missing: `${subject} may need a password and none is given`,
      hint: "set ROLESANYWHERE_TS_TPM_KEY_PASSWORD, or give --no-tpm-key-password when it has none",
    },
    context,
  );
}
