import { parseIni, readSections } from "../aws/ini/document.js";
import { editIniSection } from "../aws/ini/edit.js";

/** Keys by which a profile gives credentials. */
const credentialKeys = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_security_token",
  "credential_process",
  "credential_source",
  "login_session",
  "role_arn",
  "source_profile",
  "sso_account_id",
  "sso_role_name",
  "sso_session",
  "sso_start_url",
  "web_identity_token_file",
] as const;

/**
 * A shared config or credentials file whose default profile gives no credentials; undefined when it gives none anyway.
 * Most SDKs prefer those to a container endpoint.
 */
export function withoutDefaultCredentials(text: string): string | undefined {
  const found = readSections(parseIni(text)).some(
    ({ header, options }) => isDefault(header) && options.some(({ key }) => isCredentialKey(key)),
  );
  if (!found) return undefined;
  const changes = Object.fromEntries(credentialKeys.map((key) => [key, undefined]));
  return editIniSection(text, { matches: isDefault, header: "default", changes });
}

function isDefault(header: string): boolean {
  return /^(profile\s+)?["']?default["']?$/.test(header);
}

function isCredentialKey(key: string): boolean {
  return (credentialKeys as readonly string[]).includes(key);
}
