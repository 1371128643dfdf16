import { spawnSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createEcdsaScheme, deriveSigningKey } from "../../src/signing/ecdsa-scheme.js";
import { createHmacScheme } from "../../src/signing/hmac-scheme.js";
import { presignTarget } from "../../src/signing/presign.js";
import { signWithHeaders } from "../../src/signing/sign-headers.js";
import type { SigningInput } from "../../src/signing/sign-headers.js";
import type { Signature } from "../../src/signing/string-to-sign.js";
import { sha256Hex } from "../support/sha256.js";
import { requireTools } from "../support/tools.js";
import { suiteRequests, suiteSettings } from "../vectors/sigv4-suite.js";
import type { SuiteRequest } from "../vectors/sigv4-suite.js";

interface Expected {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
}

interface Case extends SuiteRequest {
  readonly title: string;
  readonly service: "service" | "s3";
  readonly form: "header" | "query";
}

// A body belongs to no presigned URL: botocore would move it into the query.
const cases: readonly Case[] = Object.entries(suiteRequests).flatMap(([name, request]) =>
  (["service", "s3"] as const).flatMap((service) =>
    (request.body === undefined ? (["header", "query"] as const) : (["header"] as const)).map((form) => ({
      ...request,
      service,
      form,
      title: `${name}, ${service}, ${form}`,
    })),
  ),
);

const vectorFile = fileURLToPath(new URL("../vectors/sigv4-suite.json", import.meta.url));
const vectors = JSON.parse(readFileSync(vectorFile, "utf8")) as Readonly<Record<string, Expected>>;
const now = new Date(suiteSettings.timestamp.replace(/(....)(..)(..T..)(..)(..Z)/, "$1-$2-$3:$4:$5"));

function credentialsOf({ token }: SuiteRequest) {
  const { accessKeyId, secretAccessKey } = suiteSettings;
  return { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) };
}

async function sign(request: Case, version: "v4" | "v4a"): Promise<Signature> {
  const { method = "GET", target, headers = [], body = "", service, form } = request;
  const credentials = credentialsOf(request);
  const scheme = version === "v4" ? createHmacScheme : createEcdsaScheme;
  const wire = { method, target, headers: [["Host", suiteSettings.host], ...headers] } as const;
  const isS3 = service === "s3";
  const input: SigningInput = {
    scheme: scheme(credentials, service, suiteSettings.region),
    now,
    pathSigning: isS3 ? "s3" : "normalized",
    payloadHash: isS3 && form === "query" ? "UNSIGNED-PAYLOAD" : sha256Hex(body),
    sendPayloadHash: isS3 && form === "header",
    tokenUnsigned: false,
  };
  return form === "header" ? signWithHeaders(wire, input) : presignTarget(wire, input, suiteSettings.expires);
}

it("has an expectation for each case and none beyond", () => {
  expect(cases.length).toBeGreaterThan(140);
  expect(Object.keys(vectors).sort()).toEqual(cases.map(({ title }) => title).sort());
});

describe("SigV4 signs by the published rules", () => {
  it.each(cases)("$title", async (each) => {
    const { canonicalRequest, stringToSign, signature } = await sign(each, "v4");
    expect({ canonicalRequest, stringToSign, signature }).toEqual(vectors[each.title]);
  });
});

/** What SigV4A signs differs in the algorithm, the scope and the set of regions, which has a field or parameter of its own. */
describe("SigV4A signs by the published rules", () => {
  it.each(cases)("$title", async (each) => {
    const publicKey = createPublicKey(deriveSigningKey(credentialsOf(each)));
    const { canonicalRequest, stringToSign, signature } = await sign(each, "v4a");
    const day = suiteSettings.timestamp.slice(0, 8);
    const expected = vectors[each.title]?.canonicalRequest ?? "";
    expect(withoutRegionSet(canonicalRequest)).toBe(
      expected
        .replace("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256")
        .replace(`%2F${day}%2F${suiteSettings.region}%2F`, `%2F${day}%2F`),
    );
    expect(canonicalRequest.match(/x-amz-region-set[:=]us-east-1/gi)).toHaveLength(1);
    expect(stringToSign).toBe(
      [
        "AWS4-ECDSA-P256-SHA256",
        suiteSettings.timestamp,
        `${day}/${each.service}/aws4_request`,
        sha256Hex(canonicalRequest),
      ].join("\n"),
    );
    const verifies = (text: string) => verify("sha256", Buffer.from(text), publicKey, Buffer.from(signature, "hex"));
    expect(verifies(stringToSign)).toBe(true);
    expect(verifies(`${stringToSign} `)).toBe(false);
  });
});

function withoutRegionSet(canonicalRequest: string): string {
  return canonicalRequest
    .replace("x-amz-region-set:us-east-1\n", "")
    .replace(/;x-amz-region-set(?=[;\n])/, "")
    .replace("&X-Amz-Region-Set=us-east-1", "");
}

describe.skipIf(!requireTools("SigV4's vectors against botocore", "boto3"))("the vectors", () => {
  it("are what botocore computes", () => {
    const input = cases.map(({ method = "GET", target, headers = [], body = "", token, service, form }) => ({
      ...suiteSettings,
      method,
      target,
      headers,
      body: Buffer.from(body).toString("base64"),
      ...(token === undefined ? {} : { token }),
      service,
      form,
    }));
    const script = fileURLToPath(new URL("../support/botocore-oracle.py", import.meta.url));
    const { stdout, stderr, status } = spawnSync("python3", [script], {
      input: JSON.stringify(input),
      encoding: "utf8",
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const answers = JSON.parse(stdout) as readonly (Omit<Expected, "signature"> & {
      readonly authorization?: string;
      readonly signature?: string;
    })[];
    const computed = Object.fromEntries(
      answers.map(({ canonicalRequest, stringToSign, authorization, signature }, index) => [
        cases[index]?.title,
        { canonicalRequest, stringToSign, signature: signature ?? authorization?.split("Signature=")[1] },
      ]),
    );
    expect(vectors).toEqual(computed);
  });
});
