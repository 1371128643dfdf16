import { quoteForPosixShell } from "../printable.js";
import type { OriginIdentitySource, PolicyDocument } from "./trust-policy.js";

/** Properties of the trust anchor, profile and role to create. */
export interface Infrastructure {
  readonly roleName: string;
  readonly rolePath: string;
  readonly trustPolicy: PolicyDocument;
  /** PEM of the trust anchor's authority. */
  readonly authorityPem: string;
  readonly durationSeconds: number;
  /** Enables trusted identity propagation, with this source of the subject. */
  readonly originIdentity?: OriginIdentitySource | undefined;
}

export const infrastructureForms = ["aws-cli", "cloudformation", "terraform"] as const;
export type InfrastructureForm = (typeof infrastructureForms)[number];

const sourceArnKey = "aws:SourceArn";

/** Formats commands or a template that create a trust anchor, a profile and a role. */
export function formatInfrastructure(form: InfrastructureForm, parts: Infrastructure): string {
  return { "aws-cli": formatAwsCli, cloudformation: formatCloudFormation, terraform: formatTerraform }[form](parts);
}

function formatAwsCli(parts: Infrastructure): string {
  const { roleName, rolePath, trustPolicy, authorityPem, durationSeconds, originIdentity } = parts;
  const policy = JSON.stringify(withSourceArn(trustPolicy, "TRUST_ANCHOR_ARN"));
  return [
    "#!/bin/sh",
    "set -eu",
    `trust_anchor_arn=$(aws rolesanywhere create-trust-anchor --enabled --name ${quoteForPosixShell(roleName)} \\`,
    `  --source ${quoteForPosixShell(JSON.stringify({ sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData: authorityPem } }))} \\`,
    "  --query trustAnchor.trustAnchorArn --output text)",
    `trust_policy=$(printf %s ${quoteForPosixShell(policy)} | sed "s|TRUST_ANCHOR_ARN|$trust_anchor_arn|")`,
    `role_arn=$(aws iam create-role --role-name ${quoteForPosixShell(roleName)} --path ${quoteForPosixShell(rolePath)} \\`,
    '  --assume-role-policy-document "$trust_policy" --query Role.Arn --output text)',
    `profile_arn=$(aws rolesanywhere create-profile --enabled --name ${quoteForPosixShell(roleName)} --duration-seconds ${durationSeconds} \\`,
    ...(originIdentity === undefined
      ? []
      : [`  --tip-configuration status=ENABLED,subjectSource=${originIdentity} \\`]),
    '  --role-arns "$role_arn" --query profile.profileArn --output text)',
    // Prints the settings as variables, so that the output can be sourced before `configure`.
    "cat <<END",
    "export ROLESANYWHERE_TS_TRUST_ANCHOR_ARN=$trust_anchor_arn",
    "export ROLESANYWHERE_TS_PROFILE_ARN=$profile_arn",
    "export ROLESANYWHERE_TS_ROLE_ARN=$role_arn",
    "END",
    "",
  ].join("\n");
}

function formatCloudFormation({
  roleName,
  rolePath,
  trustPolicy,
  authorityPem,
  durationSeconds,
}: Infrastructure): string {
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Resources: {
      TrustAnchor: {
        Type: "AWS::RolesAnywhere::TrustAnchor",
        Properties: {
          Name: roleName,
          Enabled: true,
          Source: { SourceType: "CERTIFICATE_BUNDLE", SourceData: { X509CertificateData: authorityPem } },
        },
      },
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: roleName,
          Path: rolePath,
          AssumeRolePolicyDocument: withSourceArn(trustPolicy, { "Fn::GetAtt": ["TrustAnchor", "TrustAnchorArn"] }),
        },
      },
      Profile: {
        Type: "AWS::RolesAnywhere::Profile",
        Properties: {
          Name: roleName,
          Enabled: true,
          DurationSeconds: durationSeconds,
          RoleArns: [{ "Fn::GetAtt": ["Role", "Arn"] }],
        },
      },
    },
    Outputs: Object.fromEntries(
      [
        ["TrustAnchorArn", "TrustAnchor", "TrustAnchorArn"],
        ["ProfileArn", "Profile", "ProfileArn"],
        ["RoleArn", "Role", "Arn"],
      ].map(([name = "", resource = "", attribute = ""]) => [name, { Value: { "Fn::GetAtt": [resource, attribute] } }]),
    ),
  };
  return `${JSON.stringify(template, undefined, 2)}\n`;
}

function formatTerraform({ roleName, rolePath, trustPolicy, authorityPem, durationSeconds }: Infrastructure): string {
  const policy = JSON.stringify(withSourceArn(trustPolicy, "TRUST_ANCHOR_ARN"), undefined, 2);
  const literal = escapeHeredoc(policy).replace("TRUST_ANCHOR_ARN", "${aws_rolesanywhere_trust_anchor.this.arn}");
  return `resource "aws_rolesanywhere_trust_anchor" "this" {
  name    = ${hclString(roleName)}
  enabled = true
  source {
    source_type = "CERTIFICATE_BUNDLE"
    source_data {
      x509_certificate_data = <<-PEM
${indent(authorityPem.trim(), 8)}
      PEM
    }
  }
}

resource "aws_iam_role" "this" {
  name               = ${hclString(roleName)}
  path               = ${hclString(rolePath)}
  assume_role_policy = <<-JSON
${indent(literal, 4)}
  JSON
}

resource "aws_rolesanywhere_profile" "this" {
  name             = ${hclString(roleName)}
  enabled          = true
  duration_seconds = ${durationSeconds}
  role_arns        = [aws_iam_role.this.arn]
}

output "trust_anchor_arn" { value = aws_rolesanywhere_trust_anchor.this.arn }
output "profile_arn" { value = aws_rolesanywhere_profile.this.arn }
output "role_arn" { value = aws_iam_role.this.arn }
`;
}

/** Adds a condition on the ARN of the new trust anchor. */
function withSourceArn(policy: PolicyDocument, arn: unknown): unknown {
  return {
    ...policy,
    Statement: policy.Statement.map((statement) => ({
      ...statement,
      Condition: { ...statement.Condition, ArnEquals: { [sourceArnKey]: arn } },
    })),
  };
}

function hclString(text: string): string {
  return JSON.stringify(text).replaceAll("${", "$${").replaceAll("%{", "%%{");
}

function escapeHeredoc(text: string): string {
  return text.replaceAll("${", "$${").replaceAll("%{", "%%{");
}

function indent(text: string, columns: number): string {
  return text.replaceAll(/^/gm, " ".repeat(columns));
}
