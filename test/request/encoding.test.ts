import { spawnSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createBytesBody } from "../../src/request/body.js";
import { prepareSigned, prepareUrl } from "../../src/request/outgoing.js";
import type { Outgoing, Signing } from "../../src/request/outgoing.js";
import { parseRequestUrl } from "../../src/request/target.js";
import { formatAmzDate } from "../../src/signing/amz-date.js";
import { deriveSigningKey } from "../../src/signing/ecdsa-scheme.js";
import { signWithSmithy, signWithSmithyV4a } from "../support/smithy-oracle.js";
import type { OracleRequest } from "../support/smithy-oracle.js";
import { requireTools } from "../support/tools.js";
import { encodingCases, encodingRows, signingDate } from "../vectors/sigv4-encoding.js";
import type { EncodingCase } from "../vectors/sigv4-encoding.js";

const hostname = "abc123.execute-api.eu-west-1.amazonaws.com";
const region = "eu-west-1";
const expires = 900;

function credentialsOf(token: string | undefined) {
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  return token === undefined ? keys : { ...keys, sessionToken: token };
}

function bytesOf(body: string | Uint8Array | undefined): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : (body ?? new Uint8Array(0));
}

async function signOurs({ row, service, form, token }: EncodingCase, regionSet?: string) {
  const outgoing: Outgoing = {
    method: row.method ?? "GET",
    target: parseRequestUrl(`https://${hostname}${row.typed}`),
    headers: row.headers ?? [],
    unsignedHeaders: [],
    body: row.body === undefined ? undefined : createBytesBody(bytesOf(row.body)),
  };
  const signing: Signing = {
    credentials: credentialsOf(token),
    scope: { service, region, regionSet },
    now: signingDate,
  };
  if (form === "query") return { target: outgoing.target.target, signed: await prepareUrl(outgoing, signing, expires) };
  const prepared = await prepareSigned(outgoing, signing);
  if (prepared.signature === undefined) throw new Error("unsigned");
  return { target: prepared.target.target, signed: prepared.signature };
}

function oracleRequest({ row, service, token }: EncodingCase, target: string): OracleRequest {
  return {
    method: row.method ?? "GET",
    hostname,
    target,
    headers: row.headers ?? [],
    body: bytesOf(row.body),
    service,
    region,
    date: signingDate,
    credentials: credentialsOf(token),
  };
}

it("has at least 60 rows", () => {
  expect(encodingRows.length).toBeGreaterThanOrEqual(60);
});

it.each(encodingRows)("puts the target of row “$name” on the wire as typed", ({ typed, wire }) => {
  expect(parseRequestUrl(`https://${hostname}${typed}`).target).toBe(wire ?? typed);
});

describe("the encoding table against @smithy/signature-v4", () => {
  const cases = encodingCases.filter(({ row }) => row.beyondSmithy === undefined);

  it.each(cases)("$title", async (each) => {
    const { target, signed } = await signOurs(each);
    const theirs = await signWithSmithy(oracleRequest(each, target), each.form, expires);
    expect({
      canonicalRequest: signed.canonicalRequest,
      stringToSign: signed.stringToSign,
      signature: signed.signature,
    }).toEqual(theirs);
  });
});

interface BotocoreAnswer {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly authorization?: string;
  readonly signature?: string;
  readonly presigned?: string;
}

const botocore = requireTools("the encoding table against botocore", "boto3");

describe.skipIf(!botocore)("the encoding table against botocore", async () => {
  const ours = await Promise.all(encodingCases.map((each) => signOurs(each)));
  const answers = botocore ? askBotocore(ours.map(({ target }) => target)) : [];
  const cases = encodingCases
    .map(({ title, row, service }, index) => ({ title, index, beyond: service === "s3" && row.beyondBotocoreS3 }))
    .filter(({ beyond }) => beyond === false || beyond === undefined);

  function askBotocore(targets: readonly string[]): BotocoreAnswer[] {
    const input = encodingCases.map(({ row, service, form, token }, index) => ({
      ...credentialsOf(undefined),
      ...(token === undefined ? {} : { token }),
      method: row.method ?? "GET",
      host: hostname,
      target: targets[index],
      headers: row.headers ?? [],
      body: Buffer.from(bytesOf(row.body)).toString("base64"),
      service,
      region,
      form,
      expires,
      timestamp: formatAmzDate(signingDate),
    }));
    const script = fileURLToPath(new URL("../support/botocore-oracle.py", import.meta.url));
    const { stdout, stderr, status } = spawnSync("python3", [script], {
      input: JSON.stringify(input),
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as BotocoreAnswer[];
  }

  it.each(cases)("$title", ({ index }) => {
    const { signed } = ours[index]!;
    const { canonicalRequest, stringToSign, authorization, signature, presigned } = answers[index]!;
    expect(signed.canonicalRequest).toBe(canonicalRequest);
    expect(signed.stringToSign).toBe(stringToSign);
    expect(signed.signature).toBe(signature ?? authorization?.split("Signature=")[1]);
    // Where botocore's whole presigning can take the request, it ends in the same signature.
    expect(presigned ?? signed.signature).toBe(signed.signature);
  });
});

describe("SigV4A", () => {
  const publicKey = createPublicKey(deriveSigningKey(credentialsOf(undefined)));
  const verifies = (stringToSign: string, signature: string) =>
    verify("sha256", Buffer.from(stringToSign), publicKey, Buffer.from(signature, "hex"));

  it.each(encodingCases)("verifies with the derived public key: $title", async (each) => {
    const { signed } = await signOurs(each, "*");
    expect(signed.stringToSign).toMatch(/^AWS4-ECDSA-P256-SHA256\n/);
    expect(verifies(signed.stringToSign, signed.signature)).toBe(true);
    expect(verifies(`${signed.stringToSign} `, signed.signature)).toBe(false);
  });

  const cases = encodingCases.filter(({ row, form }) => row.beyondSmithy === undefined && form === "header");

  it.each(cases)("agrees with @smithy/signature-v4a: $title", async (each) => {
    const { target, signed } = await signOurs(each, "*");
    const theirs = await signWithSmithyV4a({ ...oracleRequest(each, target), region: "*" });
    expect(signed.canonicalRequest).toBe(theirs.canonicalRequest);
    expect(signed.stringToSign).toBe(theirs.stringToSign);
    expect(verifies(theirs.stringToSign, theirs.signature)).toBe(true);
  });
});
