import { serialHex, sessionTagsOf, sourceIdentityOf, subjectIdOf } from "./certificate/session.js";
import type { ParsedCertificate } from "./certificate/reader.js";
import { checkChain, checkLeaf } from "./certificate/trust.js";
import { decodePairs } from "./signature/received-request.js";
import type { ReceivedRequest } from "./signature/received-request.js";
import { accessDenied, constraintMessage, invalid, Refusal } from "./refusal.js";
import { issueCredentials } from "./signature/session-token.js";
import { rolesAnywherePrincipal } from "./state/memory.js";
import type { EmulatorState, OriginIdentity, Profile, Role, TrustAnchor } from "./state/memory.js";
import { formatTimestamp } from "./signature/timestamp.js";
import { verifySignedRequest } from "./signature/x509.js";
import { describeOriginMismatch, originIdentityOf } from "./origin-identity.js";
import { isReferredToBy } from "./state/aliases.js";
import { checkRevocation } from "./certificate/revocation.js";
import type { WebIdentityKeys } from "./web-identity/keys.js";

interface CreateSessionInput {
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly roleArn: string;
  readonly durationSeconds: number | undefined;
  readonly roleSessionName: string | undefined;
}

/** The data for responding to one request. */
export interface Setting {
  readonly state: EmulatorState;
  readonly now: Date;
  readonly sealingKey: Buffer;
  /** URL of the emulator, which issues web identity tokens. */
  readonly issuer: string;
  readonly webIdentity: WebIdentityKeys;
}

/**
 * Answers `POST /sessions`.
 *
 * @returns The response's JSON members.
 * @throws Refusal
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 */
export async function createSession(request: ReceivedRequest, setting: Setting): Promise<object> {
  const { state, now } = setting;
  const signed = await verifySignedRequest(request, now);
  const input = parseInput(request);
  const anchor = findAnchor(state, input, signed.region);
  const profile = findProfile(state, input);
  checkLeaf(signed.leaf, now);
  const issuer = await checkChain(signed.leaf, signed.chain, anchor.certificates, now);
  if (!anchor.enabled) throw accessDenied("Trust anchor is disabled");
  if (!profile.enabled) throw accessDenied("Profile is disabled");
  if (anchor.crlDpRevocationEnabled === true) await checkRevocation(signed.leaf, issuer, now);
  if (input.roleSessionName !== undefined && !profile.acceptRoleSessionName) {
    throw accessDenied(
      "Not authorized to set roleSessionName",
      `roleSessionName was given and profile ${profile.name} has acceptRoleSessionName false`,
    );
  }
  const tags = sessionTagsOf(signed.leaf);
  const originIdentity = originIdentityOf(signed.leaf, profile, anchor);
  const role = findRole(state, input, { anchor, profile, tags, originIdentity });
  const seconds = Math.min(profile.durationSeconds, input.durationSeconds ?? profile.durationSeconds);
  if (seconds > role.maxSessionDurationSeconds) {
    throw accessDenied(
      `Unable to assume role for ${role.arn}: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.`,
      `the session would last ${seconds} s and the role allows ${role.maxSessionDurationSeconds}`,
    );
  }
  return describeSession(input, signed.leaf, { anchor, role, tags, originIdentity, seconds }, setting);
}

interface Granted {
  readonly anchor: TrustAnchor;
  readonly role: Role;
  readonly tags: Readonly<Record<string, string>>;
  readonly originIdentity: OriginIdentity | undefined;
  readonly seconds: number;
}

function describeSession(
  input: CreateSessionInput,
  leaf: ParsedCertificate,
  { anchor, role, tags, originIdentity, seconds }: Granted,
  setting: Setting,
): object {
  const { state, now } = setting;
  const sessionName = input.roleSessionName ?? serialHex(leaf);
  const [, partition = "aws"] = role.arn.split(":");
  const assumedRole = role.arn.slice(role.arn.lastIndexOf("/") + 1);
  const session = {
    assumedRoleArn: `arn:${partition}:sts::${state.accountId}:assumed-role/${assumedRole}/${sessionName}`,
    assumedRoleId: `${role.roleId}:${sessionName}`,
    roleArn: role.arn,
    sourceIdentity: sourceIdentityOf(leaf),
    ...(originIdentity === undefined ? {} : { originIdentity }),
    tags,
    transitiveTagKeys: [],
    expiresAtMs: Math.floor(now.getTime() / 1000) * 1000 + seconds * 1000,
  };
  const credentials = issueCredentials(session, setting);
  return {
    credentialSet: [
      {
        assumedRoleUser: { arn: session.assumedRoleArn, assumedRoleId: session.assumedRoleId },
        credentials: { ...credentials, expiration: formatTimestamp(credentials.expiration) },
        packedPolicySize: Math.min(99, Math.ceil(JSON.stringify(tags).length / 40)),
        roleArn: role.arn,
        sourceIdentity: session.sourceIdentity,
      },
    ],
    subjectArn: `${anchor.arn.replace(/:trust-anchor.*/, ":subject")}/${subjectIdOf(leaf)}`,
  };
}

function parseInput(request: ReceivedRequest): CreateSessionInput {
  const body = parseBody(request);
  const query = new Map(decodePairs(request.query, false));
  const text = (name: string): string | undefined => {
    const value = query.get(name) ?? body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw new Refusal(400, "SerializationException", `${name} is not a string`);
    return value;
  };
  const arn = (name: string, pattern: RegExp): string => {
    const value = text(name);
    if (value === undefined) throw invalid(constraintMessage(name, null, "not be null"));
    if (value.length > 1011 || !pattern.test(value)) {
      throw invalid(constraintMessage(name, value, `satisfy regular expression pattern: ${pattern.source}`));
    }
    return value;
  };
  return {
    trustAnchorArn: arn("trustAnchorArn", /^arn:aws(-[^:]+)?:rolesanywhere(:.*){2}:(alias\/)?trust-anchor.*$/),
    profileArn: arn("profileArn", /^arn:aws(-[^:]+)?:rolesanywhere(:.*){2}:(alias\/)?profile.*$/),
    roleArn: arn("roleArn", /^arn:aws(-[^:]+)?:iam(:.*){2}:role.*$/),
    durationSeconds: parseDuration(body["durationSeconds"]),
    roleSessionName: parseSessionName(text("roleSessionName")),
  };
}

function parseBody({ body }: ReceivedRequest): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Invalid JSON is refused like JSON of another shape.
  }
  throw new Refusal(400, "SerializationException", "The request body is not a JSON object");
}

function parseDuration(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new Refusal(400, "SerializationException", "durationSeconds is not an integer");
  }
  if (value < 900)
    throw invalid(constraintMessage("durationSeconds", value, "have value greater than or equal to 900"));
  if (value > 43_200)
    throw invalid(constraintMessage("durationSeconds", value, "have value less than or equal to 43200"));
  return value;
}

function parseSessionName(value: string | undefined): string | undefined {
  if (value === undefined || /^[\w+=,.@-]{2,64}$/.test(value)) return value;
  throw invalid(constraintMessage("roleSessionName", value, "satisfy regular expression pattern: [\\w+=,.@-]{2,64}"));
}

function findAnchor(state: EmulatorState, input: CreateSessionInput, region: string): TrustAnchor {
  const accounts = new Set([input.trustAnchorArn, input.profileArn, input.roleArn].map((arn) => arn.split(":")[4]));
  if (accounts.size > 1) {
    throw invalid("Resources belong to different account IDs", `the ARNs name accounts ${[...accounts].join(", ")}`);
  }
  const [, , , anchorRegion = ""] = input.trustAnchorArn.split(":");
  const [, , , profileRegion = ""] = input.profileArn.split(":");
  if (region !== anchorRegion) {
    throw new Refusal(
      403,
      "InvalidSignatureException",
      `Credential should be scoped to a valid region, not '${region}'.`,
      `the request is signed for ${region}, the trust anchor is in ${anchorRegion}`,
    );
  }
  const anchor = state.trustAnchors.find((entry) => isReferredToBy(input.trustAnchorArn, entry));
  if (anchor === undefined || anchorRegion !== profileRegion) {
    throw new Refusal(
      404,
      "ResourceNotFoundException",
      "Trust anchor not found",
      `no trust anchor ${input.trustAnchorArn} in ${profileRegion}`,
    );
  }
  return anchor;
}

function findProfile(state: EmulatorState, input: CreateSessionInput): Profile {
  const profile = state.profiles.find((entry) => isReferredToBy(input.profileArn, entry));
  if (profile !== undefined) return profile;
  throw new Refusal(404, "ResourceNotFoundException", "Profile not found", `no profile ${input.profileArn}`);
}

/** Responds in the same way to every cause, as the service does. */
function findRole(
  state: EmulatorState,
  input: CreateSessionInput,
  { anchor, profile, tags, originIdentity }: Omit<Granted, "role" | "seconds"> & { readonly profile: Profile },
): Role {
  const refuse = (reason: string) => accessDenied(`Unable to assume role for ${input.roleArn}`, reason);
  const role = state.roles.find(({ arn }) => arn === input.roleArn);
  if (role === undefined) throw refuse("there is no such role");
  if (!profile.roleArns.includes(role.arn)) throw refuse(`the role is not in profile ${profile.name}`);
  const { principals, actions, sourceArn, principalTags = {} } = role.trust;
  if (!principals.includes(rolesAnywherePrincipal)) {
    throw refuse(`the role's trust policy does not name ${rolesAnywherePrincipal}`);
  }
  const lacking = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"].filter(
    (name) => !actions.includes(name),
  );
  if (lacking.length > 0) throw refuse(`the role's trust policy lacks ${lacking.join(" and ")}`);
  // A policy that names an alias does not apply.
  if (sourceArn !== undefined && sourceArn !== anchor.arn) {
    throw refuse(`the role's trust policy requires aws:SourceArn ${sourceArn}, found ${anchor.arn}`);
  }
  for (const [key, value] of Object.entries(principalTags)) {
    if (tags[key] !== value) {
      throw refuse(`the role's trust policy requires aws:PrincipalTag/${key} "${value}", found "${tags[key] ?? ""}"`);
    }
  }
  const mismatch = describeOriginMismatch(role.trust, originIdentity);
  if (mismatch !== undefined) throw refuse(mismatch);
  return role;
}
