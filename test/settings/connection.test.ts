import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatEndpoint } from "../../src/aws/endpoint.js";
import { configuredEndpoint, resolveEndpoint, resolveVariant, serviceNames } from "../../src/settings/connection.js";
import { resolveServiceConnection, resolveTrust } from "../../src/settings/service-connection.js";
import { readSettingSources } from "../../src/settings/sources.js";
import { createScratch } from "../support/scratch.js";
import { aRegion } from "../support/parsed.js";

interface Given {
  readonly flags?: Readonly<Record<string, string | boolean>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function environmentOf({ variables = {}, file = "" }: Given) {
  const home = createScratch("connection");
  const config = join(home, "config");
  writeFileSync(config, file);
  return {
    variables: { AWS_CONFIG_FILE: config, ...variables },
    homeDirectory: home,
    workingDirectory: home,
    platform: "linux",
  } as const;
}
const sourcesOf = (given: Given) => readSettingSources(given.flags ?? {}, {}, environmentOf(given));
const sts = (given: Given) => configuredEndpoint(serviceNames.sts, sourcesOf(given))?.value;

const file = `[default]
endpoint_url = http://profile
services = s
[services s]
sts =
  endpoint_url = http://section
`;
const variables = { AWS_ENDPOINT_URL_STS: "http://own", AWS_ENDPOINT_URL: "http://all" };

describe("a service's custom endpoint", () => {
  it("is its variable's, its section's, AWS_ENDPOINT_URL's, the profile's", () => {
    expect(sts({ variables, file })).toBe("http://own");
    expect(sts({ variables: { AWS_ENDPOINT_URL: "http://all" }, file })).toBe("http://section");
    expect(sts({ variables: { AWS_ENDPOINT_URL: "http://all" }, file: file.replace(/services = .*/, "") })).toBe(
      "http://all",
    );
    expect(sts({ file: file.replace(/services = .*/, "") })).toBe("http://profile");
    expect(sts({})).toBeUndefined();
    expect(sts({ variables: { AWS_ENDPOINT_URL_STS: "", AWS_ENDPOINT_URL: "" } })).toBeUndefined();
  });

  it("is each service's own", () => {
    const found = (names: (typeof serviceNames)[keyof typeof serviceNames], name: string) =>
      configuredEndpoint(names, sourcesOf({ variables: { [`AWS_ENDPOINT_URL_${name}`]: "http://own" } }))?.value;
    expect(found(serviceNames.rolesanywhere, "ROLESANYWHERE")).toBe("http://own");
    expect(found(serviceNames.s3, "S3")).toBe("http://own");
    expect(found(serviceNames.dynamodb, "DYNAMODB")).toBe("http://own");
    expect(found(serviceNames.sts, "S3")).toBeUndefined();
  });

  it.each(["true", "TRUE", "True"])(
    "is ignored wherever it stands when AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is %s",
    (value) => {
      expect(sts({ variables: { ...variables, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: value }, file })).toBeUndefined();
      const sources = sourcesOf({
        variables: { AWS_ENDPOINT_URL: "http://all", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: value },
      });
      expect(formatEndpoint(resolveEndpoint(aRegion("us-east-1"), sources).value)).toBe(
        "https://rolesanywhere.us-east-1.amazonaws.com",
      );
    },
  );

  it.each(["false", "1", "yes", ""])("counts when AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is %j", (value) => {
    expect(sts({ variables: { ...variables, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: value } })).toBe("http://own");
  });

  it("is ignored as the profile says, unless the variable says otherwise", () => {
    const ignoring = file.replace("[default]", "[default]\nignore_configured_endpoint_urls = true");
    expect(sts({ file: ignoring })).toBeUndefined();
    expect(sts({ file: ignoring, variables: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false" } })).toBe("http://section");
    expect(sts({ file: ignoring.replace("= true", "= false") })).toBe("http://section");
  });

  it("that a flag names is used all the same", () => {
    const sources = sourcesOf({
      flags: { endpoint: "http://flag:1" },
      variables: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
    });
    expect(formatEndpoint(resolveEndpoint(aRegion("us-east-1"), sources).value)).toBe("http://flag:1");
  });
});

describe.each([
  [
    "useFipsEndpoint",
    "use-fips-endpoint",
    "AWS_USE_FIPS_ENDPOINT",
    "use_fips_endpoint",
    "rolesanywhere-fips.us-east-1.amazonaws.com",
  ],
  [
    "useDualstackEndpoint",
    "use-dualstack-endpoint",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "use_dualstack_endpoint",
    "rolesanywhere.us-east-1.api.aws",
  ],
] as const)("%s", (member, flag, variable, key, host) => {
  const on = (given: Given) => resolveVariant(sourcesOf(given))[member] !== undefined;
  const profile = (value: string) => `[default]\n${key} = ${value}\n`;

  it("is the flag's, the environment's, the profile's", () => {
    expect(on({})).toBe(false);
    expect(on({ file: profile("true") })).toBe(true);
    expect(on({ file: profile("false") })).toBe(false);
    expect(on({ variables: { [variable]: "false" }, file: profile("true") })).toBe(false);
    expect(on({ variables: { [variable]: "true" }, file: profile("false") })).toBe(true);
    expect(on({ variables: { [variable]: "" }, file: profile("true") })).toBe(true);
    expect(on({ flags: { [flag]: false }, variables: { [variable]: "true" } })).toBe(false);
    expect(on({ flags: { [flag]: true }, variables: { [variable]: "false" } })).toBe(true);
    expect(on({ variables: { [variable]: "TRUE" } })).toBe(true);
    expect(on({ variables: { [variable]: "1" } })).toBe(false);
  });

  it("leads to the variant's host, and not past a custom endpoint", () => {
    expect(resolveEndpoint(aRegion("us-east-1"), sourcesOf({ variables: { [variable]: "true" } })).value.host).toBe(
      host,
    );
    const both = sourcesOf({ variables: { [variable]: "true", AWS_ENDPOINT_URL: "http://all" } });
    expect(() => resolveEndpoint(aRegion("us-east-1"), both)).toThrow(variable);
  });
});

describe("where a service is", () => {
  const connect = (given: Given & { region?: string; profile?: string; endpoint?: string }) => {
    const { endpoint } = given;
    return resolveServiceConnection(
      {
        names: serviceNames.dynamodb,
        endpoint:
          endpoint === undefined ? undefined : { value: endpoint, origin: { kind: "flag", setting: "endpoint-url" } },
        profile: given.profile,
        region: given.region,
      },
      environmentOf(given),
    );
  };

  it("is the region's, with its variants, unless something names an endpoint", () => {
    const region = "us-east-1";
    expect(connect({ region }).endpoint.host).toBe("dynamodb.us-east-1.amazonaws.com");
    expect(connect({ region, variables: { AWS_USE_FIPS_ENDPOINT: "true" } }).endpoint.host).toBe(
      "dynamodb-fips.us-east-1.amazonaws.com",
    );
    expect(connect({ region, variables: { AWS_USE_DUALSTACK_ENDPOINT: "true" } }).endpoint.host).toBe(
      "dynamodb.us-east-1.api.aws",
    );
    expect(formatEndpoint(connect({ region, variables: { AWS_ENDPOINT_URL: "http://all:1" } }).endpoint)).toBe(
      "http://all:1",
    );
    expect(
      formatEndpoint(
        connect({ region, variables: { AWS_ENDPOINT_URL: "http://all:1" }, endpoint: "http://flag:1" }).endpoint,
      ),
    ).toBe("http://flag:1");
  });

  it("counts the profile that is named, that AWS_PROFILE names, or default", () => {
    const profiles =
      "[default]\nregion = eu-west-1\n[profile a]\nregion = eu-west-2\n[profile b]\nregion = eu-west-3\n";
    const at = { file: profiles, variables: { AWS_PROFILE: "b" } };
    expect(connect({ ...at, profile: "a" }).region).toBe("eu-west-2");
    expect(connect(at).region).toBe("eu-west-3");
    expect(connect({ file: profiles }).region).toBe("eu-west-1");
    expect(connect({ ...at, region: "us-west-2" }).region).toBe("us-west-2");
    expect(() => connect({ file: "[default]\nregion =\n" })).toThrow(/region/);
    expect(() => connect({})).toThrow(/region/);
    expect(() => connect({ region: "x.example/" })).toThrow(/"x\.example\/", expected one such as us-east-1/);
    expect(() => connect({ file: "[default]\nregion = us east\n" })).toThrow(/"us east", expected one/);
  });

  it("trusts AWS_CA_BUNDLE, else ca_bundle of the profile", () => {
    const bundle = "[default]\nca_bundle = /profile.pem\n";
    const trust = (given: Given) => resolveTrust(undefined, environmentOf(given))?.value;
    expect(trust({ file: bundle, variables: { AWS_CA_BUNDLE: "/variable.pem" } })).toBe("/variable.pem");
    expect(trust({ file: bundle, variables: { AWS_CA_BUNDLE: "" } })).toBe("/profile.pem");
    expect(trust({})).toBeUndefined();
    expect(connect({ region: "us-east-1", file: bundle }).caBundle?.value).toBe("/profile.pem");
  });
});
