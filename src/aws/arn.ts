import { UsageError } from "../errors.js";
import { printable } from "../printable.js";
import { message, perSurface, setting } from "../message.js";
import type { Text } from "../message.js";
import type { Region } from "./region.js";

/** The parts of `arn:partition:service:region:account-id:resource`. */
export interface Arn {
  readonly text: string;
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** The part after the first `/` or `:` of the resource. */
  readonly resourceId: string;
  readonly resourceType: string;
}

declare const brand: unique symbol;
export type TrustAnchorArn = Arn & { readonly [brand]: "trust-anchor"; readonly region: Region };
export type ProfileArn = Arn & { readonly [brand]: "profile"; readonly region: Region };
export type RoleArn = Arn & { readonly [brand]: "role"; readonly text: RoleArnText };
/** The text of a parsed role ARN, as AssumeRole takes it. */
export type RoleArnText = string & { readonly [brand]: "role" };

interface ArnKind {
  readonly service: string;
  readonly resourceType: string;
  readonly noun: string;
  readonly flag: Text;
  readonly regional: boolean;
  /** Whether an alias ARN can refer to this kind. */
  readonly aliased: boolean;
  readonly example: string;
  readonly where: string;
}

const kinds = {
  trustAnchor: {
    service: "rolesanywhere",
    resourceType: "trust-anchor",
    noun: "a trust anchor ARN",
    flag: setting("trust-anchor-arn"),
    regional: true,
    aliased: true,
    example: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID",
    where: 'list them with "aws rolesanywhere list-trust-anchors"',
  },
  profile: {
    service: "rolesanywhere",
    resourceType: "profile",
    noun: "a Roles Anywhere profile ARN",
    flag: setting("profile-arn"),
    regional: true,
    aliased: true,
    example: "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID",
    where: 'list them with "aws rolesanywhere list-profiles"',
  },
  role: {
    service: "iam",
    resourceType: "role",
    noun: "an IAM role ARN",
    flag: setting("role-arn"),
    regional: false,
    aliased: false,
    example: "arn:aws:iam::111122223333:role/ROLE_NAME",
    where: 'list them with "aws iam list-roles"',
  },
} as const satisfies Record<string, ArnKind>;

const maxLength = 1011;

/**
 * Returns the alias name if the ARN of a trust anchor or profile is an alias ARN.
 *
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/resource-aliases.html
 */
export function aliasOf({ resourceType, resourceId }: Arn): string | undefined {
  return resourceType === "alias" ? resourceId.slice(resourceId.indexOf("/") + 1) : undefined;
}

/** @param subject The value's origin in messages, such as `--trust-anchor-arn`. */
export function parseTrustAnchorArn(text: string, subject: Text): TrustAnchorArn {
  return parseKind(text, subject, kinds.trustAnchor) as TrustAnchorArn;
}

/** @param subject The value's origin in messages, such as `--profile-arn`. */
export function parseProfileArn(text: string, subject: Text): ProfileArn {
  return parseKind(text, subject, kinds.profile) as ProfileArn;
}

/** @param subject The value's origin in messages, such as `--role-arn`. */
export function parseRoleArn(text: string, subject: Text): RoleArn {
  return parseKind(text, subject, kinds.role) as RoleArn;
}

/** Returns the account of a role's sessions. */
export function accountOf(role: RoleArnText): string {
  return role.split(":")[4] ?? "";
}

export function partitionOf(role: RoleArnText): string {
  return role.split(":")[1] ?? "";
}

/** Returns the role's name without its path, the last `/` segment. */
export function roleName(arn: RoleArn): string {
  return arn.resourceId.slice(arn.resourceId.lastIndexOf("/") + 1);
}

function parseKind(text: string, subject: Text, kind: ArnKind): Arn {
  const arn = parseSections(text, subject, kind);
  const found = Object.values(kinds).find((other) => isOfKind(arn, other));
  if (found !== kind) {
    throw arnError(subject, text, kind, describeMismatch(arn, found), [
      ...(found === undefined ? [] : [message`give this ARN to ${found.flag} instead`]),
      ...assumedRoleHint(arn),
    ]);
  }
  if (!/^\d{12}$/.test(arn.accountId)) {
    throw arnError(subject, text, kind, `has account "${arn.accountId}", expected 12 digits`);
  }
  if (kind.regional && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(arn.region)) {
    throw arnError(subject, text, kind, `has region "${arn.region}", expected one such as us-east-1`);
  }
  if (!kind.regional && arn.region !== "") {
    throw arnError(subject, text, kind, `has region "${arn.region}", expected none: IAM is global`);
  }
  if (arn.resourceId === "") {
    throw arnError(subject, text, kind, `ends before the ${kind.resourceType}'s name`);
  }
  const alias = aliasOf(arn);
  if (alias !== undefined && !/^[A-Za-z](?:[\w-]|\/(?=[\w-])){0,255}$/.test(alias)) {
    throw arnError(
      subject,
      text,
      kind,
      `has alias "${printable(alias)}", expected 1-256 characters of A-Z a-z 0-9 _ - and single slashes between them, a letter first`,
    );
  }
  return arn;
}

function isOfKind({ service, resourceType, resourceId }: Arn, kind: ArnKind): boolean {
  if (service !== kind.service) return false;
  return (
    resourceType === kind.resourceType || (kind.aliased && isAliasFor(resourceType, resourceId, kind.resourceType))
  );
}

function isAliasFor(resourceType: string, resourceId: string, aliased: string): boolean {
  return resourceType === "alias" && resourceId.startsWith(`${aliased}/`);
}

function parseSections(text: string, subject: Text, kind: ArnKind): Arn {
  const quoted = /^\s*["'“”‘’]|["'“”‘’]\s*$/.test(text);
  if (text === "") throw arnError(subject, text, kind, "is empty");
  if (quoted) {
    throw arnError(subject, text, kind, "has a quotation mark in it", [
      "the shell or the file's reader kept the quotes: write the ARN without them",
    ]);
  }
  if (/[\s\u0000-\u001f]/.test(text) && !/^arn:[^:]*:iam:/.test(text)) {
    throw arnError(subject, text, kind, "has white space in it", [
      "remove the space or line end (check for a Windows line end)",
    ]);
  }
  if (text !== text.trim() || /[\u0000-\u001f\u007f]/.test(text)) {
    throw arnError(subject, text, kind, "has white space or a line end around it", [
      "remove it (check for a Windows line end)",
    ]);
  }
  if (text.length > maxLength) {
    throw arnError(subject, text, kind, `has ${text.length} characters, expected at most ${maxLength}`);
  }
  const [prefix, partition = "", service = "", region = "", accountId = "", ...rest] = text.split(":");
  if (prefix !== "arn") throw arnError(subject, text, kind, 'does not begin with "arn:"', pathHint(text));
  if (rest.length === 0) throw arnError(subject, text, kind, "has fewer than six colon-separated sections");
  if (!/^aws(-[a-z]+)*$/.test(partition)) {
    throw arnError(subject, text, kind, `has partition "${partition}", expected aws, aws-cn, aws-us-gov, …`);
  }
  const resource = rest.join(":");
  const separator = resource.search(/[/:]/);
  return {
    text,
    partition,
    service,
    region,
    accountId,
    resourceType: separator === -1 ? "" : resource.slice(0, separator),
    resourceId: separator === -1 ? resource : resource.slice(separator + 1),
  };
}

function describeMismatch(arn: Arn, found: ArnKind | undefined): string {
  if (found !== undefined) return `is ${found.noun}${arn.resourceType === "alias" ? ", by an alias" : ""}`;
  const type = arn.resourceType === "" ? "no resource type" : `resource type "${arn.resourceType}"`;
  return `is of service "${arn.service}" with ${type}`;
}

function assumedRoleHint(arn: Arn): string[] {
  if (arn.service !== "sts" || arn.resourceType !== "assumed-role") return [];
  const [name = "ROLE_NAME"] = arn.resourceId.split("/");
  return [`this names a session; the role behind it is arn:${arn.partition}:iam::${arn.accountId}:role/${name}`];
}

function pathHint(text: string): readonly Text[] {
  const hint = perSurface({
    commandLine: "this looks like a file path: check the order of the flags",
    library: "this looks like a file path: check which option it was given to",
  });
  return /[/\\]|\.(pem|crt|cer|key)$/.test(text) ? [hint] : [];
}

function arnError(subject: Text, text: string, kind: ArnKind, fault: string, hints: readonly Text[] = []): UsageError {
  const shown = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return new UsageError("ERR_ARN", message`${subject} ${fault}: "${printable(shown)}"; expected ${kind.noun}`, {
    hints: [...hints, `it looks like ${kind.example}; ${kind.where}`],
  });
}
