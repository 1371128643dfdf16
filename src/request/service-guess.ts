import { isRegionLabel, readAwsHost } from "./aws-host.js";
import type { AwsHost } from "./aws-host.js";
import { signingNames, signingRegions } from "./signing-names.js";

/** What a host name reveals about the required signature. */
export interface ServiceGuess {
  readonly service: string;
  /** Undefined for a host that serves every region, such as S3 Transfer Acceleration's. */
  readonly region: string | undefined;
  /** Set for multi-Region endpoints, which accept only the asymmetric algorithm. */
  readonly regionSet: string | undefined;
}

/** Hosts with a name of the customer, or of a data plane. The others are generated from botocore's rules. */
const moreNames: Readonly<Record<string, string>> = {
  "acm-acme": "acm",
  "appsync-api": "appsync",
  "appsync-realtime-api": "appsync",
  "aps-workspaces": "aps",
  "control-kinesis": "kinesis",
  "data-kinesis": "kinesis",
  "git-codecommit": "codecommit",
  "grafana-workspace": "grafana",
  "greengrass-ats.iot": "greengrass",
  "greengrass.iot": "greengrass",
  "lambda-url": "lambda",
  mobile: "AWSMobileHubService",
  "mturk-requester-sandbox": "mturk-requester",
  neptune: "neptune-db",
  queue: "sqs",
  "search-ddb": "dynamodb",
  "search-dynamodb": "dynamodb",
  transcribestreaming: "transcribe",
};

/** Multi-Region endpoints: the last labels, and the service to sign for. */
const globalEndpoints: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)mrap\.accesspoint\.s3-global$/, "s3"],
  [/(?:^|\.)endpoint\.events$/, "events"],
  [/(?:^|\.)cloudfront-kvs$/, "cloudfront-keyvaluestore"],
];

/**
 * Determines service and region from an AWS host name.
 *
 * @returns undefined for a custom domain, which reveals neither.
 */
export function guessService(hostname: string, path: string): ServiceGuess | undefined {
  const host = readAwsHost(hostname);
  if (host === undefined) return undefined;
  const stem = host.labels.join(".");
  const everywhere = globalEndpoints.find(([pattern]) => pattern.test(stem));
  if (everywhere !== undefined) return { service: everywhere[1], region: undefined, regionSet: "*" };
  const region = host.region ?? signingRegions[hostname.replace("-fips.", ".")] ?? host.globalRegion;
  return guessObjectStore(host) ?? { service: nameService(host, path), region, regionSet: undefined };
}

// s3, bucket.s3, s3.REGION, s3-REGION, s3-fips.REGION, s3express-AZ.REGION, s3-accelerate …
function guessObjectStore({ labels, serviceLast, region, globalRegion }: AwsHost): ServiceGuess | undefined {
  const last = labels.at(-1) ?? "";
  if (serviceLast || !/^s3(?:$|-|express-)/.test(last)) return undefined;
  const old = /^s3-(.+)$/.exec(last)?.[1] ?? "";
  const found = region ?? (isRegionLabel(old) ? old : undefined);
  if (last === "s3-accelerate") return { service: "s3", region: undefined, regionSet: undefined };
  const service = last.startsWith("s3express-")
    ? "s3express"
    : ["s3-outposts", "s3-object-lambda"].includes(last)
      ? last
      : "s3";
  return { service, region: found ?? globalRegion, regionSet: undefined };
}

function nameService({ labels, serviceLast }: AwsHost, path: string): string {
  // `search-x.eu-west-1.es` has the service after the region, `x.execute-api.eu-west-1` before it.
  const last = labels.at(-1) ?? "";
  for (let length = serviceLast ? 1 : labels.length; length > 0; length--) {
    const end = labels.slice(-length).join(".");
    const name = signingNames[end] ?? moreNames[end];
    if (name !== undefined) return nameMqtt(name, path);
  }
  return last === "iot" && labels.length > 1 ? nameMqtt("iotdata", path) : last;
}

function nameMqtt(name: string, path: string): string {
  return name === "iotdata" && /^\/mqtt(?:$|[?/])/.test(path) ? "iotdevicegateway" : name;
}
