import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadIdentity } from "../../src/identity/load-identity.js";
import type { IdentitySource } from "../../src/identity/source.js";
import { resolveIdentitySource } from "../../src/settings/identity-settings.js";
import { createLookup } from "../../src/settings/lookup.js";
import type { WireRequest } from "../../src/signing/canonical-request.js";
import { findHeader } from "../../src/aws/http/header-fields.js";
import { signWithHeaders } from "../../src/signing/sign-headers.js";
import { sha256Hex } from "../../src/signing/string-to-sign.js";
import { createX509Scheme } from "../../src/signing/x509-scheme.js";
import { openssl } from "../support/openssl.js";
import { createPki } from "../support/pki.js";
import type { KeyKind } from "../support/pki.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const kinds: readonly KeyKind[] = ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ec-p521"];
const request: WireRequest = {
  method: "POST",
  target: "/sessions?roleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FDemo",
  headers: [
    ["Content-Type", "application/json"],
    ["Host", "rolesanywhere.us-east-1.amazonaws.com"],
  ],
};

describe.skipIf(!requireTools("signatures checked by OpenSSL's command line", "openssl"))(
  "OpenSSL accepts the signature",
  () => {
    test.each(kinds.flatMap((kind) => [[kind, true] as const, [kind, false] as const]))(
      "%s, chain: %s",
      async (kind, chained) => {
        const folder = createScratch("openssl");
        const pki = createPki();
        const leaf = pki.leaf(kind, {}, chained ? pki.intermediate : pki.root);
        writeFileSync(join(folder, "client.pem"), leaf.pem + (chained ? pki.intermediate.pem + pki.root.pem : ""));
        writeFileSync(join(folder, "client.key"), leaf.key.privateKeyPem);
        const identity = await loadIdentity(sourceOf(folder), {
          homeDirectory: undefined,
          variables: {},
          platform: process.platform,
          descriptors: new Map(),
          prompt: undefined,
          debug: () => undefined,
          now: () => new Date(),
        });
        const signer = {
          algorithm: identity.algorithm,
          serialNumber: identity.leaf.serialNumber,
          leaf: identity.leaf.der,
          chain: identity.chain.map(({ der }) => der),
          sign: (message: Uint8Array) => identity.sign(message),
        };
        const signed = await signWithHeaders(request, {
          scheme: createX509Scheme(signer, "rolesanywhere", "us-east-1"),
          now: new Date("2026-01-02T03:04:05Z"),
          payloadHash: sha256Hex("{}"),
          pathSigning: "unnormalized",
          sendPayloadHash: false,
          tokenUnsigned: false,
        });

        const authorization = findHeader(signed.headers, "authorization") ?? "";
        expect(authorization).toMatch(
          /^AWS4-X509-(RSA|ECDSA)-SHA256 Credential=\d+\/20260102\/us-east-1\/rolesanywhere\/aws4_request, SignedHeaders=/,
        );
        expect(authorization).toContain(
          `SignedHeaders=content-type;host;x-amz-date;x-amz-x509${chained ? ";x-amz-x509-chain" : ""}, Signature=`,
        );
        expect(findHeader(signed.headers, "x-amz-x509-chain")).toBe(
          chained ? pki.intermediate.der.toString("base64") : undefined,
        );
        writeFileSync(join(folder, "signature"), Buffer.from(authorization.split("Signature=")[1] ?? "", "hex"));
        writeFileSync(join(folder, "message"), signed.stringToSign);
        openssl(folder, "x509", "-in", "client.pem", "-noout", "-pubkey", "-out", "public.pem");
        const verdict = openssl(
          folder,
          "dgst",
          "-sha256",
          "-verify",
          "public.pem",
          "-signature",
          "signature",
          "message",
        );
        expect(verdict.toString().trim()).toBe("Verified OK");
      },
    );
  },
);

function sourceOf(folder: string): IdentitySource {
  const flags = { certificate: join(folder, "client.pem"), "private-key": join(folder, "client.key") };
  return resolveIdentitySource(createLookup({ flags, variables: {}, profile: undefined }));
}
