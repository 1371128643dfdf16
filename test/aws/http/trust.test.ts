import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSystemRoots } from "../../../src/aws/http/system-roots.js";
import { createTlsOptions, widenTrust } from "../../../src/aws/http/trust.js";
import { createPki } from "../../support/pki.js";
import { createScratch } from "../../support/scratch.js";

const bundleAt = (value: string) => ({ value, origin: { kind: "environment", name: "AWS_CA_BUNDLE" } }) as const;
const unknownIssuer = Object.assign(new Error("unknown issuer"), { code: "SELF_SIGNED_CERT_IN_CHAIN" });

describe("trust", () => {
  it("is the runtime's without a bundle, and never below TLS 1.2", () => {
    expect(createTlsOptions({ verifySsl: true, caBundle: undefined })).toEqual({
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
    });
    expect(createTlsOptions({ verifySsl: false, caBundle: undefined }).rejectUnauthorized).toBe(false);
  });

  it("is the bundle's alone when there is one", () => {
    const file = join(createScratch("trust"), "roots.pem");
    const { pem } = createPki().root;
    writeFileSync(file, pem);
    expect(createTlsOptions({ verifySsl: true, caBundle: bundleAt(file) })).toMatchObject({ ca: [pem] });
  });

  it("names the setting whose bundle cannot be read", () => {
    expect(() => createTlsOptions({ verifySsl: true, caBundle: bundleAt("/nowhere/roots.pem") })).toThrow(
      /AWS_CA_BUNDLE.*\/nowhere\/roots\.pem.*ENOENT/,
    );
  });

  const plain = createTlsOptions({ verifySsl: true, caBundle: undefined });
  it.each([
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
  ])("widens to the system's roots after %s, also when it is the cause of another error", async (code) => {
    const roots = readSystemRoots();
    const expected = roots === undefined ? undefined : { ...plain, ca: [...roots] };
    const error = Object.assign(new Error("x"), { code });
    expect(await widenTrust(plain, error)).toEqual(expected);
    expect(await widenTrust(plain, new Error("y", { cause: error }))).toEqual(expected);
  });

  it("does not widen past a bundle, nor for any other fault", async () => {
    expect(await widenTrust({ ...plain, ca: ["ROOT"] }, unknownIssuer)).toBeUndefined();
    for (const code of ["CERT_HAS_EXPIRED", "ECONNRESET", "ERR_TLS_CERT_ALTNAME_INVALID", undefined])
      expect(await widenTrust(plain, Object.assign(new Error("x"), { code }))).toBeUndefined();
  });
});
