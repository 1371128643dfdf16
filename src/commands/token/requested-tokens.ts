import type { AwsCredentials } from "../../aws/credentials.js";
import { xmlMember } from "../../aws/http/xml-members.js";
import { partitionOfRegion } from "../../aws/partition.js";
import { UsageError } from "../../errors.js";
import { serviceNames } from "../../settings/connection.js";
import { resolveServiceConnection } from "../../settings/service-connection.js";
import type { ServiceToken } from "../../signing/presigned-tokens.js";
import type { Invocation } from "../invocation.js";
import { endpointOf } from "../sources/service-endpoint.js";
import { callService } from "./call-service.js";
import type { TokenInput } from "./input.js";

/** @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
export async function authorizeEcr(
  credentials: AwsCredentials,
  region: string,
  input: TokenInput,
  invocation: Invocation,
): Promise<ServiceToken> {
  const answer = await callService(
    {
      service: "ecr",
      operation: "GetAuthorizationToken",
      url: endpointOfService("ecr", region, input, invocation),
      region,
      headers: [
        ["content-type", "application/x-amz-json-1.1"],
        ["x-amz-target", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"],
      ],
      body: "{}",
    },
    credentials,
    { flags: input.flags, invocation },
  );
  const { authorizationData = [] } = JSON.parse(answer) as {
    readonly authorizationData?: readonly { readonly authorizationToken?: string; readonly expiresAt?: number }[];
  };
  const [first] = authorizationData;
  const [, password] = Buffer.from(first?.authorizationToken ?? "", "base64")
    .toString("utf8")
    .split(/:(.*)/s);
  if (password === undefined || first?.expiresAt === undefined) throw unreadable("ECR", "authorizationToken");
  return limited(password, new Date(first.expiresAt * 1000), credentials);
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html */
export async function requestWebIdentity(
  credentials: AwsCredentials,
  region: string,
  { webIdentity: { audiences, algorithm, tags, subjectMode, scope }, seconds, flags }: TokenInput,
  invocation: Invocation,
): Promise<ServiceToken> {
  const body = new URLSearchParams({
    Action: "GetWebIdentityToken",
    Version: "2011-06-15",
    SigningAlgorithm: algorithm,
    DurationSeconds: String(seconds),
    ...Object.fromEntries(audiences.map((audience, index) => [`Audience.member.${index + 1}`, audience])),
    ...Object.fromEntries(
      tags.flatMap(([key, value], index) => [
        [`Tags.member.${index + 1}.Key`, key],
        [`Tags.member.${index + 1}.Value`, value],
      ]),
    ),
    ...(subjectMode === undefined ? {} : { SubjectMode: subjectMode }),
    ...(scope === undefined ? {} : { Scope: scope }),
  });
  const url = endpointOfService("sts", region, { flags }, invocation);
  const answer = await callService(
    {
      service: "sts",
      operation: "GetWebIdentityToken",
      url,
      region,
      headers: [["content-type", "application/x-www-form-urlencoded; charset=utf-8"]],
      body: body.toString(),
    },
    credentials,
    { flags, invocation },
  );
  const token = xmlMember(answer, "WebIdentityToken") ?? "";
  const expiration = new Date(xmlMember(answer, "Expiration") ?? "");
  if (!/^[\w.-]+$/.test(token) || Number.isNaN(expiration.getTime())) throw unreadable("STS", "WebIdentityToken");
  return { token, expiresAt: expiration };
}

const names = {
  ecr: { host: "ecr", variable: "ECR", section: "ecr" },
  sts: serviceNames.sts,
} as const;

/** Finds the endpoint as AWS tools do: flag, environment, config file, region. */
function endpointOfService(
  service: keyof typeof names,
  region: string,
  { flags }: Pick<TokenInput, "flags">,
  invocation: Invocation,
): string {
  const options = { names: names[service], endpoint: endpointOf(flags), profile: flags.profile, region };
  const { endpoint } = resolveServiceConnection(options, invocation);
  const { protocol, host, pathPrefix } = endpoint;
  // Only the standard host has this prefix.
  const plain = `ecr.${region}.${partitionOfRegion(region).dnsSuffix}`;
  return `${protocol}//${host === plain ? "api." : ""}${host}${pathPrefix}/`;
}

/** Limits the expiration to that of the session: the token is useless after it, and readers do not know the session. */
function limited(token: string, expiresAt: Date, { expiration }: AwsCredentials): ServiceToken {
  return { token, expiresAt: expiration === undefined || expiresAt < expiration ? expiresAt : expiration };
}

function unreadable(service: string, member: string): UsageError {
  return new UsageError("ERR_INPUT", `the response of ${service} has no ${member}`, {
    hints: ["check that --endpoint-url is an endpoint of that service"],
  });
}
