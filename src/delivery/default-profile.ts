import { parseIni, readSections } from "../aws/ini/document.js";
import { editIniSection } from "../aws/ini/edit.js";
import { profileCredentialKeys } from "../aws/shared-profiles.js";

/**
 * Removes the credentials of the default profile from a shared config or credentials file; undefined if it has none.
 * Most SDKs prefer these to a container endpoint, and some to access keys in the environment.
 */
export function withoutDefaultCredentials(text: string): string | undefined {
  const found = readSections(parseIni(text)).some(
    ({ header, options }) => isDefault(header) && options.some(({ key }) => isCredentialKey(key)),
  );
  if (!found) return undefined;
  const changes = Object.fromEntries(profileCredentialKeys.map((key) => [key, undefined]));
  return editIniSection(text, { matches: isDefault, header: "default", changes });
}

function isDefault(header: string): boolean {
  return /^(profile\s+)?["']?default["']?$/.test(header);
}

function isCredentialKey(key: string): boolean {
  return (profileCredentialKeys as readonly string[]).includes(key);
}
