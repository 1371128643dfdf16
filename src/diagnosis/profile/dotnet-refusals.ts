/**
 * Keys that the AWS SDK for .NET refuses next to `credential_process`, in one file or merged from both; tested with 4.1
 * and 3.7.
 */
const refused = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "role_arn",
  "source_profile",
  "credential_source",
  "role_session_name",
  "external_id",
  "mfa_serial",
  "web_identity_token_file",
  "sso_session",
  "sso_start_url",
  "sso_account_id",
  "sso_role_name",
  "sso_region",
] as const;
const refusedByVersion3 = [...refused, "services", "endpoint_url"] as const;

/** Explains why the AWS SDK for .NET refuses the profile's `credential_process`; undefined if it does not. */
export function dotnetRefusal(keys: ReadonlyMap<string, string>, version: "3.7" | "4"): string | undefined {
  const has = (name: string) => (keys.get(name) ?? "") !== "";
  if (!has("credential_process")) return undefined;
  const found = (version === "4" ? refused : refusedByVersion3).filter(has);
  if (found.length === 0) return undefined;
  return `${found.join(", ")} ${found.length === 1 ? "stands" : "stand"} beside credential_process`;
}
