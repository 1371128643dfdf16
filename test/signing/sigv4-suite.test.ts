// AWS's own signing test suite, from a directory that a maintainer names: `SIGV4_SUITE_DIR` holds `v4/` and `v4a/`, one
// folder a case (aws-c-auth: tests/aws-signing-test-suite, Apache-2.0). It is not part of this repository.
import { createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createEcdsaScheme, deriveSigningKey } from "../../src/signing/ecdsa-scheme.js";
import { createHmacScheme } from "../../src/signing/hmac-scheme.js";
import type { HeaderFields } from "../../src/aws/http/header-fields.js";
import type { WireRequest } from "../../src/signing/canonical-request.js";
import { presignTarget } from "../../src/signing/presign.js";
import { signWithHeaders } from "../../src/signing/sign-headers.js";
import type { Signature } from "../../src/signing/string-to-sign.js";
import type { SigningInput } from "../../src/signing/sign-headers.js";
import { sha256Hex } from "../support/sha256.js";
import { requireCondition } from "../support/tools.js";

const suite = process.env["SIGV4_SUITE_DIR"];

interface Context {
  readonly credentials: {
    readonly access_key_id: string;
    readonly secret_access_key: string;
    readonly token?: string;
  };
  readonly expiration_in_seconds: number;
  readonly normalize: boolean;
  readonly region: string;
  readonly service: string;
  readonly timestamp: string;
  readonly omit_session_token?: boolean;
}

function parseRequest(text: string): { readonly request: WireRequest; readonly body: string } {
  const [head = "", ...bodyParts] = text.replaceAll("\r", "").split("\n\n");
  const [requestLine = "", ...lines] = head.split("\n");
  const space = requestLine.indexOf(" ");
  const fields: [string, string][] = [];
  for (const line of lines.filter((candidate) => candidate !== "")) {
    const last = fields.at(-1);
    if (/^\s/.test(line) && last !== undefined) last[1] += `\n${line}`;
    else fields.push([line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
  }
  return {
    request: {
      method: requestLine.slice(0, space),
      target: requestLine.slice(space + 1).replace(/ HTTP\/1\.1$/, ""),
      headers: fields satisfies HeaderFields,
    },
    body: bodyParts.join("\n\n"),
  };
}

function readCase(folder: string, file: string): string | undefined {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, "utf8").replaceAll("\r", "") : undefined;
}

async function signCase(folder: string, version: string, form: "header" | "query", expected: string) {
  const context = JSON.parse(readCase(folder, "context.json") ?? "") as Context;
  // One copy of the suite (smithy-rs) holds this path encoded beside an expectation for the raw one, and skips the case.
  const text = (readCase(folder, "request.txt") ?? "").replace("/example%20space/", "/example space/");
  const { request, body } = parseRequest(text);
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token } = context.credentials;
  const credentials = { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) };
  const payloadHash = sha256Hex(body);
  const input: SigningInput = {
    scheme:
      version === "v4a"
        ? createEcdsaScheme(credentials, context.service, context.region)
        : createHmacScheme(credentials, context.service, context.region),
    now: new Date(context.timestamp),
    pathSigning: context.normalize ? "normalized" : "unnormalized",
    payloadHash,
    sendPayloadHash: expected.includes("x-amz-content-sha256:"),
    tokenUnsigned: context.omit_session_token === true,
  };
  const signed: Signature =
    form === "header"
      ? await signWithHeaders(request, input)
      : await presignTarget(
          {
            ...request,
            headers: [
              ...request.headers,
              ...(input.sendPayloadHash ? [["x-amz-content-sha256", payloadHash] as const] : []),
            ],
          },
          input,
          context.expiration_in_seconds,
        );
  return { signed, publicKey: createPublicKey(deriveSigningKey(credentials)), request };
}

function verifies(stringToSign: string, signature: string, publicKey: ReturnType<typeof createPublicKey>): boolean {
  return verify("sha256", Buffer.from(stringToSign), publicKey, Buffer.from(signature, "hex"));
}

const available = requireCondition(
  "AWS's signing test suite",
  suite !== undefined,
  "SIGV4_SUITE_DIR, the folder of aws-c-auth's tests/aws-signing-test-suite",
);
const forms = ["header", "query"] as const;

/** Every case of one version in both forms; folders without a context are fragments of an older suite. */
function casesOf(
  version: string,
): { title: string; folder: string; form: (typeof forms)[number]; canonical: string }[] {
  const root = join(suite ?? "", version);
  if (!available || !existsSync(root)) return [];
  return readdirSync(root).flatMap((name) => {
    const folder = join(root, name);
    if (readCase(folder, "context.json") === undefined) return [];
    return forms.flatMap((form) => {
      const canonical = readCase(folder, `${form}-canonical-request.txt`);
      return canonical === undefined ? [] : [{ title: `${name}, ${form}`, folder, form, canonical }];
    });
  });
}

describe.skipIf(!available)("AWS's signing test suite, SigV4", () => {
  it.each(casesOf("v4"))("$title", async ({ folder, form, canonical }) => {
    const { signed } = await signCase(folder, "v4", form, canonical);
    expect(signed.canonicalRequest).toBe(canonical);
    expect(signed.stringToSign).toBe(readCase(folder, `${form}-string-to-sign.txt`));
    expect(signed.signature).toBe(readCase(folder, `${form}-signature.txt`)?.trim());
  });
});

describe.skipIf(!available)("AWS's signing test suite, SigV4A", () => {
  it.each(casesOf("v4a"))("$title", async ({ folder, form, canonical }) => {
    const { signed, publicKey } = await signCase(folder, "v4a", form, canonical);
    expect(signed.canonicalRequest).toBe(canonical);
    expect(signed.stringToSign).toBe(readCase(folder, `${form}-string-to-sign.txt`));
    // ECDSA is randomised: ours and theirs are both checked with the derived public key.
    expect(verifies(signed.stringToSign, signed.signature, publicKey)).toBe(true);
    const published = readCase(folder, `${form}-signature.txt`)?.trim() ?? "";
    expect(verifies(signed.stringToSign, published, publicKey)).toBe(true);
    const { X, Y } = JSON.parse(readCase(folder, "public-key.json") ?? "{}") as Record<string, string>;
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    expect([x, y].map((part) => Buffer.from(part, "base64url").toString("hex"))).toEqual([X, Y]);
  });
});
