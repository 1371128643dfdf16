import { formatRemoval } from "../../aws/reader-shell.js";
import type { ReaderShell } from "../../aws/reader-shell.js";
import type { ProfileOffer } from "./sdk-sources.js";
import { pickSources } from "./sdk-sources.js";
import type { Finding } from "../finding.js";
import { pass, warn } from "../finding.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** What the environment and the shared files contain that may take precedence over a profile. */
export interface SdkContext {
  readonly variables: Variables;
  /** The profile of `--profile`, else of `AWS_PROFILE`, else `default`; undefined if it does not exist. */
  readonly profile: ProfileOffer | undefined;
  /** Whether the default profile gives credentials, but another source is intended. */
  readonly strayDefault: boolean;
  /** Sections that occur more than once in a file, as `[SECTION] in FILE`. */
  readonly duplicates: readonly string[];
  /** Profiles with credentials in both the config file and the credentials file. */
  readonly inBothFiles: readonly string[];
  /** The shell that runs the commands of hints. */
  readonly shell: ReaderShell;
}

const code = "COMPETING_SOURCES";

/** Reports sources that some or all SDKs use before the profile. */
export function checkCompetingSources(context: SdkContext): readonly Finding[] {
  const findings = [...checkVariables(context), ...checkFiles(context)];
  return findings.length === 0 ? [pass(code, "environment", "nothing that would win over a profile")] : findings;
}

function checkVariables({ variables, shell }: SdkContext): readonly Finding[] {
  const findings: Finding[] = [];
  const set = (name: string) => (variables[name] ?? "") !== "";
  const remove = (...names: readonly string[]) => formatRemoval(names, shell);
  const add = (subject: string, message: string, hint: string) =>
    void findings.push(warn(code, subject, message, hint));
  if (set("AWS_ACCESS_KEY_ID"))
    add(
      "AWS_ACCESS_KEY_ID",
      "is set: every SDK but .NET 3.7 takes it before a profile",
      remove("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    );
  if (set("AWS_WEB_IDENTITY_TOKEN_FILE"))
    add(
      "AWS_WEB_IDENTITY_TOKEN_FILE",
      "is set: Go, Java, .NET and PHP take it before a profile, others after",
      `if the certificate is meant: ${remove("AWS_WEB_IDENTITY_TOKEN_FILE")}`,
    );
  for (const name of ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"].filter(set)) {
    const message = "is set: SDKs that find no usable profile take the container endpoint";
    add(name, message, `if the certificate is meant: ${remove(name)}`);
  }
  const [other, named] = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"] as const;
  if (set(other) && !set(named))
    add(
      other,
      `is set without ${named}: the SDKs for JavaScript, Java and .NET do not read it; the AWS CLI, boto3 and Go do`,
      `set ${named} in its place`,
    );
  else if (set(other) && variables[other] !== variables[named])
    add(other, `names another profile than ${named}: the C++ SDK takes this one first`, remove(other));
  return findings;
}

function checkFiles({ strayDefault, duplicates, inBothFiles }: SdkContext): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (subject: string, message: string, hint: string) =>
    void findings.push(warn(code, subject, message, hint));
  if (strayDefault)
    add(
      'profile "default"',
      "has credentials of its own: the AWS SDK for .NET 3.7 takes them before AWS_ACCESS_KEY_ID, others before a container endpoint",
      "remove them, or start the program with rolesanywhere-ts exec, which hides them from it",
    );
  for (const duplicate of duplicates)
    add(duplicate, "stands more than once: the AWS CLI and boto3 refuse the file, others merge", "make it one section");
  for (const name of inBothFiles)
    add(
      `profile "${name}"`,
      "stands in the config file and in the credentials file, whose keys win",
      "remove it from the credentials file if the certificate is meant",
    );
  return findings;
}

/**
 * Reports which source each SDK family uses.
 *
 * @param meant The key of the profile that leads to this program; undefined if none does.
 */
export function describeSdkSources({ variables, profile }: SdkContext, meant: string | undefined): Finding {
  const bySource = new Map<string, string[]>();
  for (const { family, source } of pickSources(variables, profile))
    bySource.set(source, [...(bySource.get(source) ?? []), family]);
  const subject = `profile "${profile?.name ?? variables["AWS_PROFILE"] ?? "default"}"`;
  const told = [...bySource].map(([source, families]) => `${families.join(", ")}: ${source}`).join("; ");
  const [source = "none"] = bySource.keys();
  const isMeantSource = meant === undefined || source === `${meant} of the profile`;
  if (bySource.size === 1) {
    const message = `every SDK takes ${source}`;
    if (isMeantSource) return pass("SDK_SOURCES", subject, message);
    return warn("SDK_SOURCES", subject, message, `remove it, so that ${meant} counts`);
  }
  return warn("SDK_SOURCES", subject, told, "make them agree by removing the sources that are not meant");
}
