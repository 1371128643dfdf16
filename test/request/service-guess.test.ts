import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readEndpoints } from "../../scripts/signing-names.js";
import { guessService } from "../../src/request/service-guess.js";
import { resolveSigningScope } from "../../src/request/signing-scope.js";
import { parseRequestUrl } from "../../src/request/target.js";
import { requireTools } from "../support/tools.js";

describe("service and region out of the host", () => {
  it.each<[string, string, string | undefined, string?]>([
    ["abc123.execute-api.eu-west-1.amazonaws.com", "execute-api", "eu-west-1"],
    ["abc123-vpce-0f.execute-api.eu-west-1.amazonaws.com", "execute-api", "eu-west-1"],
    ["abc123.execute-api.cn-north-1.amazonaws.com.cn", "execute-api", "cn-north-1"],
    ["abc.lambda-url.us-east-1.on.aws", "lambda", "us-east-1"],
    ["lambda.us-gov-west-1.amazonaws.com", "lambda", "us-gov-west-1"],
    ["search-d-x.eu-west-1.es.amazonaws.com", "es", "eu-west-1"],
    ["vpc-d-x.ap-southeast-2.es.amazonaws.com", "es", "ap-southeast-2"],
    ["abc.us-east-1.aoss.amazonaws.com", "aoss", "us-east-1"],
    ["abc.appsync-api.us-west-2.amazonaws.com", "appsync", "us-west-2"],
    ["abc.appsync-realtime-api.us-west-2.amazonaws.com", "appsync", "us-west-2"],
    ["svc-0a.7d67968.vpc-lattice-svcs.us-west-2.on.aws", "vpc-lattice-svcs", "us-west-2"],
    ["aps-workspaces.us-east-1.amazonaws.com", "aps", "us-east-1"],
    ["s3.amazonaws.com", "s3", "us-east-1"],
    ["bucket.s3.amazonaws.com", "s3", "us-east-1"],
    ["s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"],
    ["bucket.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"],
    ["my.dotted.bucket.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"],
    ["bucket.s3.dualstack.eu-central-1.amazonaws.com", "s3", "eu-central-1"],
    ["bucket.s3-us-west-2.amazonaws.com", "s3", "us-west-2"],
    ["bucket.s3-fips.us-east-2.amazonaws.com", "s3", "us-east-2"],
    ["bucket.s3-accelerate.amazonaws.com", "s3", undefined],
    ["bucket.s3-accelerate.dualstack.amazonaws.com", "s3", undefined],
    ["vpce-0a1b-2c3d.execute-api.eu-west-1.vpce.amazonaws.com", "execute-api", "eu-west-1"],
    ["vpce-0a1b-2c3d-eu-west-1a.execute-api.eu-west-1.vpce.amazonaws.com", "execute-api", "eu-west-1"],
    ["bucket.vpce-0a1b-2c3d.s3.eu-west-1.vpce.amazonaws.com", "s3", "eu-west-1"],
    ["search-d-x.aos.eu-west-1.on.aws", "es", "eu-west-1"],
    ["search-d-x.eu-west-1.es.amazonaws.com.", "es", "eu-west-1"],
    ["111122223333.ddb.eu-west-1.amazonaws.com", "dynamodb", "eu-west-1"],
    ["iam.global.api.aws", "iam", "us-east-1"],
    ["routes.geo.us-gov-west-1.us-gov.amazonaws.com", "geo-routes", "us-gov-west-1"],
    ["participant.connect.eu-west-1.amazonaws.com", "execute-api", "eu-west-1"],
    ["ap-1.s3-accesspoint.us-east-1.amazonaws.com", "s3", "us-east-1"],
    ["123.s3-control.us-east-1.amazonaws.com", "s3", "us-east-1"],
    ["x.s3-outposts.us-east-1.amazonaws.com", "s3-outposts", "us-east-1"],
    ["x.s3-object-lambda.us-east-1.amazonaws.com", "s3-object-lambda", "us-east-1"],
    ["b--use1-az5--x-s3.s3express-use1-az5.us-east-1.amazonaws.com", "s3express", "us-east-1"],
    ["s3express-control.us-east-1.amazonaws.com", "s3express", "us-east-1"],
    ["m1.mrap.accesspoint.s3-global.amazonaws.com", "s3", undefined, "*"],
    ["abc.veo.endpoint.events.amazonaws.com", "events", undefined, "*"],
    ["1234.cloudfront-kvs.global.api.aws", "cloudfront-keyvaluestore", undefined, "*"],
    ["iot.us-east-1.amazonaws.com", "iot", "us-east-1"],
    ["x-ats.iot.us-east-1.amazonaws.com", "iotdata", "us-east-1"],
    ["data.jobs.iot.us-east-1.amazonaws.com", "iot-jobs-data", "us-east-1"],
    ["sts.amazonaws.com", "sts", "us-east-1"],
    ["sts.eu-west-1.amazonaws.com", "sts", "eu-west-1"],
    ["sts-fips.us-east-1.amazonaws.com", "sts", "us-east-1"],
    ["iam.amazonaws.com", "iam", "us-east-1"],
    ["email.us-east-1.amazonaws.com", "ses", "us-east-1"],
    ["sqs.us-east-1.amazonaws.com", "sqs", "us-east-1"],
    ["us-east-1.queue.amazonaws.com", "sqs", "us-east-1"],
    ["git-codecommit.us-east-1.amazonaws.com", "codecommit", "us-east-1"],
    ["pinpoint.us-east-1.amazonaws.com", "mobiletargeting", "us-east-1"],
    ["metering.marketplace.us-east-1.amazonaws.com", "aws-marketplace", "us-east-1"],
    ["api.ecr.us-east-1.amazonaws.com", "ecr", "us-east-1"],
    ["123.dkr.ecr.us-east-1.amazonaws.com", "ecr", "us-east-1"],
    ["runtime.sagemaker.us-east-1.amazonaws.com", "sagemaker", "us-east-1"],
    ["bedrock-runtime.us-east-1.amazonaws.com", "bedrock", "us-east-1"],
    ["db.cluster-x.us-east-1.neptune.amazonaws.com", "neptune-db", "us-east-1"],
    ["ec2.us-east-1.api.aws", "ec2", "us-east-1"],
    ["dynamodb.us-iso-east-1.c2s.ic.gov", "dynamodb", "us-iso-east-1"],
    ["dynamodb.eusc-de-east-1.amazonaws.eu", "dynamodb", "eusc-de-east-1"],
    ["transcribestreaming.us-east-1.amazonaws.com", "transcribe", "us-east-1"],
  ])("%s", (hostname, service, region, regionSet) => {
    expect(guessService(hostname, "/")).toEqual({ service, region, regionSet });
  });

  it("takes IoT's WebSocket path into account", () => {
    expect(guessService("x-ats.iot.us-east-1.amazonaws.com", "/mqtt?x=1")?.service).toBe("iotdevicegateway");
    expect(guessService("x-ats.iot.us-east-1.amazonaws.com", "/mqtts")?.service).toBe("iotdata");
  });

  it.each(["api.example.com", "127.0.0.1", "amazonaws.com.example.com", "notamazonaws.com"])(
    "nothing for %s",
    (host) => {
      expect(guessService(host, "/")).toBeUndefined();
    },
  );
});

const botocore = requireTools("every endpoint of botocore", "boto3");

/** importexport signed under two names in its time and has ended; mturk's sandbox is a region of its own to botocore. */
const exceptions = /^(?:importexport|mturk-requester-sandbox)[.-]/;

it.skipIf(!botocore)(
  "signs every endpoint of botocore for the name and region that botocore signs for",
  () => {
    const endpoints = readEndpoints(fileURLToPath(new URL("../..", import.meta.url)));
    expect(endpoints.length).toBeGreaterThan(2_419);
    const others = endpoints.flatMap(([url, signers]) => {
      const { hostname, pathname } = new URL(url);
      const { service = "", region = "", regionSet } = guessService(hostname, pathname) ?? {};
      const agrees = signers.some(([name, where]) => name === service && (regionSet !== undefined || where === region));
      return agrees || exceptions.test(hostname)
        ? []
        : [`${hostname}: ${service} in ${region}, not ${signers.join(" or ")}`];
    });
    expect(others).toEqual([]);
  },
  120_000,
);

describe("the scope of a signature", () => {
  const none = { service: undefined, region: undefined, regionSet: undefined, fallbackRegion: undefined };
  const gateway = parseRequestUrl("https://abc.execute-api.eu-west-1.amazonaws.com/");
  const custom = parseRequestUrl("https://api.example.com/");
  const multi = parseRequestUrl("https://m1.mrap.accesspoint.s3-global.amazonaws.com/");

  it("flags win over the host, the host over the credentials' region", () => {
    expect(resolveSigningScope(gateway, { ...none, fallbackRegion: "us-east-1" })).toMatchObject({
      region: "eu-west-1",
    });
    expect(resolveSigningScope(gateway, { ...none, region: "ap-east-1", service: "x" })).toMatchObject({
      region: "ap-east-1",
      service: "x",
    });
    expect(resolveSigningScope(custom, { ...none, service: "execute-api", fallbackRegion: "us-east-1" })).toMatchObject(
      {
        region: "us-east-1",
      },
    );
  });

  it("a Host header names the service behind a VPC endpoint or a custom name", () => {
    const balancer = parseRequestUrl("https://gateway.example.com/");
    const host = [["Host", "abc.execute-api.eu-west-1.amazonaws.com"]] as const;
    expect(resolveSigningScope(balancer, none, host)).toMatchObject({ service: "execute-api", region: "eu-west-1" });
    const endpoint = parseRequestUrl("https://vpce-0a.execute-api.eu-west-1.vpce.amazonaws.com/");
    expect(resolveSigningScope(endpoint, none, [["host", "api.example.com"]])).toMatchObject({
      service: "execute-api",
    });
  });

  it("an endpoint without a region of its own takes the caller's", () => {
    const accelerated = parseRequestUrl("https://bucket.s3-accelerate.amazonaws.com/key");
    expect(resolveSigningScope(accelerated, { ...none, fallbackRegion: "eu-west-1" }).region).toBe("eu-west-1");
    expect(() => resolveSigningScope(accelerated, none)).toThrow(/region cannot be told/);
  });

  it("an endpoint of many regions is signed for all of them, unless a region is named", () => {
    expect(resolveSigningScope(multi, none)).toMatchObject({ service: "s3", regionSet: "*" });
    expect(resolveSigningScope(multi, { ...none, region: "us-east-1" }).regionSet).toBeUndefined();
  });
});
