import { partitionOf } from "../../aws/arn.js";
import type { AwsCredentials } from "../../aws/credentials.js";
import { chainedDurationSeconds } from "../../aws/duration-limits.js";
import { parseChainedDuration } from "../../aws/duration.js";
import type { Region } from "../../aws/region.js";
import { UsageError } from "../../errors.js";
import type { IdentityContext } from "../../identity/source.js";
import type { ScopeSettings } from "../../settings/scope-settings.js";
import { readSettingSources } from "../../settings/sources.js";
import type { StsConnection } from "../../vending/sts-connection.js";
import type { Arguments } from "../line/arguments.js";
import { parseTokenCode, toAssumeRoleRequest } from "./request.js";
import type { AssumeRoleRequest, RequestSources } from "./request.js";
import { assumeWithJwtSvid, foreignToTokens } from "./with-token.js";
import { withRemedies } from "./remedies.js";
import type { Command } from "../command.js";
import { createCredentialSource } from "../sources/credential-source.js";
import { deliver, toDelivery } from "../deliver.js";
import type { Delivery } from "../deliver.js";
import type { Invocation } from "../invocation.js";
import { assumeRoleOptions } from "../options/assume-role.js";
import { deliveryOptions } from "../options/delivery.js";
import { identityConflicts, identityOptions } from "../options/identity.js";
import { connectionOptions, scopeOptions, sessionOptions, settingsOptions } from "../options/session.js";
import { requireRegion, resolveStsConnection } from "../sources/sts-connection.js";
import type { StsSources } from "../sources/sts-connection.js";
import { createVendContext } from "../sources/vend-context.js";

const options = {
  ...assumeRoleOptions,
  ...scopeOptions,
  ...deliveryOptions,
  profile: {
    kind: "string",
    placeholder: "PROFILE",
    group: "Base credentials",
    describe: "assume the role with the credentials of this AWS profile",
  },
  "source-profile": {
    kind: "string",
    placeholder: "PROFILE",
    group: "Base credentials",
    hidden: true,
    describe: "the same as --profile",
  },
  "jwt-svid": {
    kind: "string",
    placeholder: "AUDIENCE",
    group: "Base credentials",
    describe: "assume the role with a JWT-SVID for this audience, from the SPIFFE agent of --certificate spiffe:",
  },
  ...identityOptions,
  ...sessionOptions,
  ...connectionOptions,
  ...settingsOptions,
} as const;

type Options = Arguments<typeof options>["options"];

interface Input {
  readonly options: Options;
  readonly request: AssumeRoleRequest;
  readonly delivery: Delivery;
}

export const assumeRoleCommand: Command<typeof options, Input, RequestSources> = {
  name: "assume-role",
  description: [
    "Assumes an IAM role and prints its credentials. The base credentials are those of the certificate flags, else of",
    "--profile, else of the AWS SDK's default chain; stderr says which. Every form carries the expiry and the",
    "region; every shell form is quoted for its shell, whatever the values are.",
  ].join("\n"),
  positionals: { usage: "<role-arn>", describe: "ARN of the role to assume", minimum: 1, maximum: 1 },
  options,
  conflicts: [
    ...identityConflicts,
    ["profile", "source-profile"],
    ["profile", "certificate"],
    ["profile", "settings-profile"],
    ["source-profile", "certificate"],
    ["source-profile", "settings-profile"],
    ...foreignToTokens.map((name) => ["jwt-svid", name] as const),
  ],
  examples: [
    {
      command: "rolesanywhere-ts assume-role arn:aws:iam::111122223333:role/Reader --format json",
      describe: "With the credentials that AWS tools would use, for a program",
    },
    {
      command:
        'eval "$(rolesanywhere-ts assume-role arn:aws:iam::111122223333:role/Reader --profile prod --format export)"',
      powershell:
        "rolesanywhere-ts assume-role arn:aws:iam::111122223333:role/Reader --profile prod --format powershell | Invoke-Expression",
      cmd: `for /f "delims=" %i in ('rolesanywhere-ts assume-role arn:aws:iam::111122223333:role/Reader --profile prod --format cmd') do @%i`,
      describe: "Become the role in this shell",
    },
    {
      command:
        "rolesanywhere-ts assume-role arn:aws:iam::111122223333:role/Admin --mfa-serial arn:aws:iam::111122223333:mfa/me --mfa-token 123456",
      describe: "With a code of the MFA device; a terminal is asked for it when it is left out",
    },
    {
      command:
        "rolesanywhere-ts assume-role arn:aws:iam::111122223333:role/Reader --jwt-svid sts.amazonaws.com --certificate spiffe:unix:///run/spire/agent.sock",
      describe: "With a JWT-SVID from a SPIFFE agent, through an OIDC provider in IAM",
    },
  ],
  read: (_, invocation) => ({
    readText: readSettingSources({}, {}, invocation).readText,
    now: new Date(),
    random: Math.random(),
  }),
  toInput({ options: given, positionals }, invocation, sources) {
    const [roleArn = ""] = positionals;
    return {
      options: given,
      request: toAssumeRoleRequest(roleArn, given, sources),
      delivery: toDelivery(given, invocation),
    };
  },
  run,
};

async function run({ options: given, request, delivery }: Input, invocation: Invocation) {
  const { "jwt-svid": audience } = given;
  if (audience !== undefined) {
    return deliver(await assumeWithJwtSvid(audience, request, sourceFlags(given), invocation), delivery, invocation);
  }
  const { debug, prompt } = createVendContext(given.debug ?? false, invocation);
  const { "source-profile": sourceProfile, ...flags } = sourceFlags(given);
  const profile = flags.profile ?? sourceProfile;
  const source = await createCredentialSource(
    { options: profile === undefined ? flags : { ...flags, profile }, unscoped: true },
    invocation,
  );
  const byCertificate = source.kind === "certificate";
  if (byCertificate) parseChainedDuration(request.DurationSeconds, "--duration");
  const { profileRegion, ...connection } = resolveStsConnection({ flags: given, profile }, invocation, debug);
  const region = requireRegion(partitionOf(request.RoleArn), source.region, profileRegion);
  const applyScope = await planScope(source.scope, { flags: given, profile, region, request }, invocation);
  const base = await source.provider();
  const { describeLink } = await import("../../vending/credential-link.js");
  const link = byCertificate ? undefined : describeLink(base);
  invocation.stderr.write(
    `rolesanywhere-ts: base credentials: ${source.description}${link === undefined ? "" : ` (${link})`}\n`,
  );
  await refuseLongChain(request, base, { ...connection, region });
  const parameters = await completeMfa(request, prompt);
  const { assumeRole } = await import("../../vending/assume-role.js");
  try {
    const session = await assumeRole(
      { credentials: base, parameters, name: `role ${request.RoleArn}` },
      { ...connection, region },
    );
    return deliver(applyScope === undefined ? session : await applyScope(session), delivery, invocation);
  } catch (error) {
    throw withRemedies(error, request, source.description);
  }
}

interface ScopeTarget extends StsSources {
  readonly region: Region;
  readonly request: AssumeRoleRequest;
}

async function planScope(
  scope: ScopeSettings | undefined,
  { request: { RoleArn }, ...target }: ScopeTarget,
  invocation: Invocation,
) {
  if (scope === undefined) return undefined;
  const { createScoper } = await import("../sources/scope-credentials.js");
  return createScoper({ ...target, scope: () => scope, roleArn: RoleArn, description: `role ${RoleArn}` }, invocation);
}

/** Flags of the source. Flags of the role have the same names as those for role chaining, so they are left out. */
function sourceFlags(given: Options) {
  const names = new Set([...Object.keys(assumeRoleOptions), ...Object.keys(deliveryOptions)]);
  return Object.fromEntries(Object.entries(given).filter(([name]) => !names.has(name))) as Omit<
    Options,
    keyof typeof assumeRoleOptions | keyof typeof deliveryOptions
  >;
}

/** Role chaining is limited to one hour. Only STS knows whether temporary credentials belong to a role. */
async function refuseLongChain(
  request: AssumeRoleRequest,
  base: AwsCredentials,
  connection: StsConnection,
): Promise<void> {
  if (request.DurationSeconds <= chainedDurationSeconds.maximum || base.sessionToken === undefined) return;
  const { getCallerArn } = await import("../../vending/caller-identity.js");
  const arn = await getCallerArn(base, connection).catch(() => undefined);
  if (arn?.includes(":assumed-role/") === true) parseChainedDuration(request.DurationSeconds, "--duration");
}

async function completeMfa(request: AssumeRoleRequest, prompt: IdentityContext["prompt"]): Promise<AssumeRoleRequest> {
  if (request.SerialNumber === undefined || request.TokenCode !== undefined) return request;
  const answer = await prompt?.(`MFA code for ${request.SerialNumber}: `);
  if (answer === undefined) {
    throw new UsageError("ERR_INPUT", "--mfa-serial is given without --mfa-token, and there is no terminal to ask on", {
      hints: ["give the six digits with --mfa-token"],
    });
  }
  return { ...request, TokenCode: parseTokenCode(answer, "the MFA code") };
}
