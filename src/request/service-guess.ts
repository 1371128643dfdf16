/** What a host name tells about the signature it wants. */
export interface ServiceGuess {
  readonly service: string;
  readonly region: string | undefined;
  /** Set for endpoints that live in several regions and take only the asymmetric algorithm. */
  readonly regionSet: string | undefined;
}

const awsSuffix = new RegExp(
  `\\.(?:${[
    "amazonaws\\.com(?:\\.cn)?",
    "api\\.aws",
    "on\\.aws",
    "amazonaws\\.eu",
    "api\\.amazonwebservices\\.(?:com\\.cn|eu)",
    "on\\.amazonwebservices\\.(?:com\\.cn|eu)",
    "c2s\\.ic\\.gov",
    "sc2s\\.sgov\\.gov",
    "csp\\.hci\\.ic\\.gov",
    "cloud\\.adc-e\\.uk",
  ].join("|")})$`,
);

const regionLabel = /^(?:[a-z]{2,}(?:-[a-z]+)+-\d+)$/;

/** Host labels whose service signs under another name. */
const signingNames: Readonly<Record<string, string>> = {
  "appsync-api": "appsync",
  "appsync-realtime-api": "appsync",
  appstream2: "appstream",
  "aps-workspaces": "aps",
  "bedrock-agent": "bedrock",
  "bedrock-agent-runtime": "bedrock",
  "bedrock-runtime": "bedrock",
  cloudhsmv2: "cloudhsm",
  email: "ses",
  "git-codecommit": "codecommit",
  "grafana-workspace": "grafana",
  "lambda-url": "lambda",
  marketplace: "aws-marketplace",
  mobile: "AWSMobileHubService",
  "mturk-requester-sandbox": "mturk-requester",
  neptune: "neptune-db",
  "personalize-runtime": "personalize",
  pinpoint: "mobiletargeting",
  queue: "sqs",
  "s3-accesspoint": "s3",
  "s3-control": "s3",
  "s3express-control": "s3express",
  transcribestreaming: "transcribe",
};

/** Endpoints of several regions at once: the end of the host before the suffix, and how they sign. */
const globalEndpoints: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)mrap\.accesspoint\.s3-global$/, "s3"],
  [/(?:^|\.)endpoint\.events$/, "events"],
  [/(?:^|\.)cloudfront-kvs\.global$/, "cloudfront-keyvaluestore"],
];

/**
 * Reads service and region out of a host name of AWS.
 *
 * @returns undefined for a custom domain, where nothing can be guessed.
 */
export function guessService(hostname: string, path: string): ServiceGuess | undefined {
  const suffix = awsSuffix.exec(hostname);
  if (suffix === null) return undefined;
  const stem = hostname.slice(0, suffix.index);
  const everywhere = globalEndpoints.find(([pattern]) => pattern.test(stem));
  if (everywhere !== undefined) return { service: everywhere[1], region: undefined, regionSet: "*" };
  const labels = stem.split(".");
  const at = labels.findLastIndex((label) => regionLabel.test(label));
  const defaultRegion = suffix[0].endsWith(".cn") ? "cn-north-1" : "us-east-1";
  return (
    guessObjectStore(labels, defaultRegion) ?? {
      service: nameService(labels, at, path),
      region: at === -1 ? defaultRegion : labels[at],
      regionSet: undefined,
    }
  );
}

// s3, bucket.s3, s3.REGION, s3-REGION, s3.dualstack.REGION, s3-fips.REGION, s3express-AZ.REGION, s3-accelerate …
function guessObjectStore(labels: readonly string[], defaultRegion: string): ServiceGuess | undefined {
  const at = labels.findLastIndex((label) => /^s3(?:$|-|express-)/.test(label));
  if (at === -1) return undefined;
  const after = labels.slice(at + 1).filter((label) => label !== "dualstack");
  if (after.length > 1 || after.some((label) => !regionLabel.test(label))) return undefined;
  const label = (labels[at] as string).replace(/-fips$/, "");
  const old = /^s3-(.+)$/.exec(label)?.[1] ?? "";
  const service = label.startsWith("s3express-")
    ? "s3express"
    : label === "s3-outposts" || label === "s3-object-lambda"
      ? label
      : "s3";
  return { service, region: after[0] ?? (regionLabel.test(old) ? old : defaultRegion), regionSet: undefined };
}

function nameService(labels: readonly string[], regionAt: number, path: string): string {
  // `search-x.eu-west-1.es` has the service after the region, `x.execute-api.eu-west-1` before it.
  const named = regionAt === -1 ? labels : labels.slice(0, regionAt).filter((label) => label !== "dualstack");
  const behind = regionAt === -1 ? undefined : labels[regionAt + 1];
  const label = (behind ?? named.at(-1) ?? "").replace(/-fips$/, "").replace(/^fips-/, "");
  const qualifier = behind === undefined ? named.at(-2) : undefined;
  if (label === "iot") return nameIot(qualifier, path);
  return signingNames[label] ?? label;
}

function nameIot(qualifier: string | undefined, path: string): string {
  if (qualifier === undefined) return "iot";
  if (qualifier === "jobs") return "iot-jobs-data";
  if (qualifier === "tunneling") return "IoTSecuredTunneling";
  if (qualifier.startsWith("greengrass")) return "greengrass";
  return /^\/mqtt(?:$|[?/])/.test(path) ? "iotdevicegateway" : "iotdata";
}
