import { fail, pass, warn } from "../finding.js";
import type { Finding } from "../finding.js";
import type { FollowedProfile, ProfileSource } from "./source.js";

const code = "PROFILE_SOURCE";

/** Where the profile's credentials come from, and by which roles. */
export function describeProfileSource(
  name: string,
  { source, roles }: FollowedProfile,
  isOwn: boolean,
  known: readonly string[],
): Finding {
  const subject = `profile "${name}"`;
  const path = roles.map(({ keys }) => `${keys.get("role_arn") ?? ""} by `).join("");
  const found = path === "" ? "" : `${path}the credentials of profile "${source.profile}": `;
  if (isOwn) {
    const how = source.kind === "settings" ? "rolesanywhere_* keys" : "credential_process runs this program";
    return pass(code, subject, `${found}${how}`);
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
      return fault(subject, source, name, known);
  }
}

function fault(subject: string, { kind, profile }: ProfileSource, name: string, known: readonly string[]): Finding {
  const others = known.length === 0 ? "there are no profiles" : `profiles there: ${known.slice(0, 10).join(", ")}`;
  if (kind === "missing") {
    const what = profile === name ? "" : `its source_profile "${profile}" `;
    return fail(code, subject, `${what}is not in the config file or the credentials file`, others);
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
