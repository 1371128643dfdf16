import type { SharedFiles } from "../../aws/shared-config.js";
import { describeUnknownProfile } from "../../aws/shared-profiles.js";
import { runsAwsHelper } from "./command.js";
import { fail, pass, warn } from "../finding.js";
import type { Finding } from "../finding.js";
import type { AssumedRole, FollowedProfile, ProfileSource } from "./source.js";

const code = "PROFILE_SOURCE";

/** Reports where the profile's credentials come from, and through which roles. */
export function describeProfileSource(
  name: string,
  { source, roles }: FollowedProfile,
  isOwn: boolean,
  files: SharedFiles,
  platform: NodeJS.Platform,
): Finding {
  const subject = `profile "${name}"`;
  const path = roles.map(({ keys }) => `${keys.get("role_arn") ?? ""} by `).join("");
  const found = path === "" ? "" : `${path}the credentials of profile "${source.profile}": `;
  if (isOwn) {
    return pass(code, subject, `${found}${describeOwn(source, platform)}`);
  }
  switch (source.kind) {
    case "process":
      return warn(
        code,
        subject,
        `${found}the credentials come from another program, its settings are unknown: nothing more is checked`,
        "give the flags to check, let rolesanywhere-ts configure write the profile, or try it with --methods",
      );
    case "other":
      return pass(code, subject, `${found}${source.what}, not a certificate: try it with --methods`);
    case "settings":
      return pass(code, subject, found);
    case "nothing":
    case "missing":
    case "loop":
      return fault(subject, source, name, files);
  }
}

function describeOwn(source: ProfileSource, platform: NodeJS.Platform): string {
  if (source.kind !== "process") return "rolesanywhere_* keys";
  return `credential_process runs ${runsAwsHelper(source.line, platform) ? "aws_signing_helper; its flags are checked" : "this program"}`;
}

function fault(subject: string, { kind, profile }: ProfileSource, name: string, files: SharedFiles): Finding {
  if (kind === "missing") {
    const unknown = describeUnknownProfile(profile, files);
    return fail(code, subject, `${profile === name ? "" : "its source_profile: "}${unknown.fault}`, unknown.hint);
  }
  if (kind === "loop")
    return fail(
      code,
      subject,
      `source_profile leads back to profile "${profile}"`,
      "let one of them have credentials of its own",
    );
  return fail(
    code,
    subject,
    `profile "${profile}" has no key that gives credentials`,
    `rolesanywhere-ts configure --profile ${profile} writes its credential_process`,
  );
}

/** Warns about profiles with a role that some tools refuse. */
export function checkRoles(
  { roles }: FollowedProfile,
  variables: Readonly<Record<string, string | undefined>>,
): readonly Finding[] {
  const [first] = roles;
  const has = ({ keys }: AssumedRole, key: string) => (keys.get(key) ?? "") !== "";
  const note = ({ profile }: AssumedRole, message: string, hint: string) =>
    warn(code, `profile "${profile}"`, message, hint);
  // The AWS CLI and boto3 use the region of the profile, and boto3 does not read AWS_REGION.
  const lacksRegion = first !== undefined && !has(first, "region") && (variables["AWS_DEFAULT_REGION"] ?? "") === "";
  return [
    ...(lacksRegion
      ? [
          note(
            first,
            "assumes a role and has no region: boto3, and the AWS CLI without AWS_REGION, then end with an error",
            `add "region = REGION" to it in ${first.file}`,
          ),
        ]
      : []),
    ...roles
      .filter((role) => has(role, "credential_process"))
      .map((role) =>
        note(
          role,
          "has credential_process beside source_profile: the AWS SDK for Go refuses it",
          "remove credential_process from it: the credentials come from source_profile",
        ),
      ),
  ];
}
