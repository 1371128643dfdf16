import { aliasOf, parseRoleArn, parseTrustAnchorArn, roleName } from "../aws/arn.js";
import type { TrustAnchorArn } from "../aws/arn.js";
import { fallbackRegion } from "../aws/region.js";
import { formatInfrastructure, infrastructureForms } from "../diagnosis/infrastructure.js";
import type { InfrastructureForm } from "../diagnosis/infrastructure.js";
import { deriveSessionTags } from "../diagnosis/session-tags.js";
import { readTrustAnchors } from "../diagnosis/certificate/trust-anchors.js";
import {
  buildHopPermissions,
  buildHopTrustPolicy,
  buildRoleTrustPolicy,
  deriveSourceIdentity,
} from "../diagnosis/trust-policy.js";
import { originIdentitySources } from "../diagnosis/trust-policy.js";
import type { ExplainedPolicy, OriginIdentitySource } from "../diagnosis/trust-policy.js";
import { IdentityError, UsageError } from "../errors.js";
import type { Certificate } from "../identity/certificate/parsed.js";
import type { IdentityContext } from "../identity/source.js";
import { loadUncheckedIdentity } from "../identity/load-identity.js";
import { describeOrigin } from "../origin.js";
import type { Lookup, SettingSources } from "../settings/lookup.js";
import { parseMaterialFlag } from "../settings/material-source.js";
import type { ReadSources } from "../settings/sources.js";
import { resolveVendSettings } from "../settings/vend-settings.js";
import type { VendSettings } from "../settings/vend-settings.js";
import type { Arguments } from "./line/arguments.js";
import { valueOf } from "./line/defaults.js";
import type { Command } from "./command.js";
import { certificateOptions } from "./sources/credential-source.js";
import type { Invocation } from "./invocation.js";
import { identityConflicts } from "./options/identity.js";
import { readSources } from "./sources/resolve-settings.js";
import { createVendContext } from "./sources/vend-context.js";

const options = {
  ...certificateOptions,
  as: {
    kind: "string",
    placeholder: "FORM",
    default: "json",
    choices: ["json", ...infrastructureForms],
    group: "Output",
    describe: "json for the policy, or what creates trust anchor, profile and role",
  },
  "origin-identity": {
    kind: "string",
    placeholder: "FIELD",
    choices: originIdentitySources,
    group: "Output",
    describe: "add a condition on aws:OriginIdentity/Subject, for a profile with trusted identity propagation",
  },
  "trust-anchor-bundle": {
    kind: "string",
    placeholder: "PATH",
    group: "Output",
    describe: "certificate of the authority (PEM) for the trust anchor; with --as",
  },
} as const;

interface Input {
  readonly settings: VendSettings;
  readonly form: "json" | InfrastructureForm;
  readonly bundle: string | undefined;
  readonly originIdentity: OriginIdentitySource | undefined;
}

type CommandLine = Arguments<typeof options>;

function read({ options: given }: CommandLine, invocation: Invocation): ReadSources {
  const { as: _form, "trust-anchor-bundle": _bundle, "origin-identity": _origin, ...flags } = given;
  const makesAnchor = valueOf(given, options, "as") !== "json";
  return readSources(completeArns(flags, makesAnchor, readSources(flags, invocation).lookup), invocation);
}

function toInput({ options: given }: CommandLine, _: Invocation, sources: ReadSources): Input {
  const { "trust-anchor-bundle": bundle, "origin-identity": originIdentity } = given;
  const form = valueOf(given, options, "as");
  if (form !== "json" && bundle === undefined) {
    throw new UsageError("ERR_ARGUMENT", `--as ${form} needs the certificate of the authority`, {
      hints: ["name it with --trust-anchor-bundle ca.pem"],
    });
  }
  return { settings: resolveVendSettings(sources), form, bundle, originIdentity };
}

/**
 * Placeholders for ARNs that may not exist yet: always for the profile, and for the trust anchor if it is not created
 * yet. They never appear in the output.
 */
function completeArns(flags: SettingSources["flags"], makesAnchor: boolean, lookup: Lookup): SettingSources["flags"] {
  const role = lookup.string("role-arn");
  if (role === undefined) return flags;
  const { partition, accountId } = parseRoleArn(role.value, describeOrigin(role.origin));
  const anchor = lookup.string("trust-anchor-arn");
  const region =
    anchor === undefined
      ? (lookup.string("region")?.value ?? fallbackRegion)
      : parseTrustAnchorArn(anchor.value, describeOrigin(anchor.origin)).region;
  const stem = `arn:${partition}:rolesanywhere:${region}:${accountId}`;
  return {
    ...(makesAnchor && anchor === undefined ? { "trust-anchor-arn": `${stem}:trust-anchor/TA_ID` } : {}),
    ...(lookup.string("profile-arn") === undefined ? { "profile-arn": `${stem}:profile/PROFILE_ID` } : {}),
    ...flags,
  };
}

/** Finds the leaf that matches the key; without a key, the certificate of the file. */
async function readLeaf({ identity }: VendSettings, context: IdentityContext): Promise<Certificate> {
  try {
    const loaded = await loadUncheckedIdentity(identity, context);
    await loaded.close?.();
    return loaded.leaf;
  } catch (error) {
    const { certificate, privateKey } = identity;
    const lacksKey = error instanceof IdentityError && error.code === "ERR_KEY" && privateKey === undefined;
    if (!lacksKey || certificate === undefined) throw error;
    const { pickLeaf, readCertificate } = await import("../identity/certificate/read.js");
    return readCertificate(certificate, identity, context, pickLeaf);
  }
}

export const trustPolicy: Command<typeof options, Input, ReadSources> = {
  name: "trust-policy",
  description: [
    "Prints the trust policy that the role needs for this certificate: the service as principal, the trust anchor, and",
    "conditions on the certificate's names. With role chaining it prints an object with the policies of every role.",
    "Explanations of each condition go to stderr. The private key is not needed, and neither are the ARNs of what does",
    "not exist yet: the profile, and with --as the trust anchor.",
  ].join("\n"),
  options,
  conflicts: identityConflicts,
  examples: [
    {
      command: "rolesanywhere-ts trust-policy --settings-profile prod > trust.json",
      powershell: "rolesanywhere-ts trust-policy --settings-profile prod | Set-Content trust.json",
      describe: "The policy of the role",
    },
    {
      command:
        "rolesanywhere-ts trust-policy --settings-profile prod --as terraform --trust-anchor-bundle ca.pem > main.tf",
      powershell:
        "rolesanywhere-ts trust-policy --settings-profile prod --as terraform --trust-anchor-bundle ca.pem | Set-Content main.tf",
      describe: "Anchor, profile and role as Terraform",
    },
  ],
  read,
  toInput,
  async run({ settings, form, bundle, originIdentity }, invocation) {
    const context = createVendContext(settings.debug, invocation);
    const leaf = await readLeaf(settings, context);
    const tags = deriveSessionTags(leaf);
    const first = buildRoleTrustPolicy({
      trustAnchorArn: canonical(settings.trustAnchorArn.value),
      tags,
      originIdentity,
    });
    const policies = [
      ["trust policy", settings.roleArn.value.text, first] as const,
      ...hopPolicies(settings, deriveSourceIdentity(tags, leaf.serialNumber)),
    ];
    invocation.stderr.write(policies.map(explain).join("\n"));
    if (form !== "json") {
      const [authority] = await readTrustAnchors(parseMaterialFlag("trust-anchor-bundle", bundle), context);
      const { resourceId } = settings.roleArn.value;
      const parts = {
        roleName: roleName(settings.roleArn.value),
        rolePath: `/${resourceId.slice(0, resourceId.lastIndexOf("/") + 1)}`,
        trustPolicy: first.document,
        authorityPem: authority?.x509.toString() ?? "",
        durationSeconds: settings.durationSeconds.value,
        originIdentity,
      };
      if (originIdentity !== undefined && form !== "aws-cli") {
        invocation.stderr.write(
          `rolesanywhere-ts: note: ${form} is not known to turn trusted identity propagation on: run aws rolesanywhere ` +
            `update-profile --profile-id PROFILE_ID --tip-configuration status=ENABLED,subjectSource=${originIdentity}\n`,
        );
      }
      return { stdout: formatInfrastructure(form, parts), exitStatus: 0 };
    }
    const result = settings.hops.length === 0 ? first.document : gather(policies);
    return { stdout: `${JSON.stringify(result, undefined, 2)}\n`, exitStatus: 0 };
  },
};

/** Undefined for an alias, which a policy cannot name. */
function canonical(arn: TrustAnchorArn): string | undefined {
  return aliasOf(arn) === undefined ? arn.text : undefined;
}

type NamedPolicy = readonly [kind: string, roleArn: string, policy: ExplainedPolicy];

function hopPolicies({ roleArn, hops }: VendSettings, sourceIdentity: string): readonly NamedPolicy[] {
  return hops.flatMap(({ value: { RoleArn, ExternalId } }, index): NamedPolicy[] => {
    const caller = hops[index - 1]?.value.RoleArn ?? roleArn.value.text;
    return [
      ["permissions policy", caller, buildHopPermissions(RoleArn)],
      [
        "trust policy",
        RoleArn,
        buildHopTrustPolicy({ roleArn: RoleArn, callerRoleArn: caller, sourceIdentity, externalId: ExternalId }),
      ],
    ];
  });
}

/** Policies by role, each under its title. */
function gather(policies: readonly NamedPolicy[]): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const roles: Record<string, Record<string, unknown>> = {};
  for (const [kind, roleArn, { document }] of policies)
    roles[roleArn] = { ...roles[roleArn], [kind === "trust policy" ? "trustPolicy" : "permissionsPolicy"]: document };
  return roles;
}

function explain([kind, roleArn, { explanations }]: NamedPolicy): string {
  return [`${kind} of ${roleArn}:`, ...explanations.map((line) => `  - ${line}`), ""].join("\n");
}
