import { holdsKeyText, refuseInline } from "../../aws/inline-value.js";

/** Variables that name a file, profile, region or URL. Messages quote their values. */
const names = [
  "AWS_CA_BUNDLE",
  "AWS_CONFIG_FILE",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_ROLESANYWHERE",
  "AWS_ENDPOINT_URL_STS",
  "AWS_PROFILE",
  "AWS_REGION",
  "AWS_SHARED_CREDENTIALS_FILE",
  "ROLESANYWHERE_TS_CACHE_DIR",
  "ROLESANYWHERE_TS_SETTINGS_PROFILE",
  "TPM_DEVICE",
] as const;

/**
 * Refuses a key or certificate in a variable that names a file, a profile or a region.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function refuseKeysInVariables(variables: Readonly<Record<string, string | undefined>>): void {
  for (const name of names) {
    if (holdsKeyText(variables[name] ?? "")) throw refuseInline({ kind: "environment", name });
  }
}
