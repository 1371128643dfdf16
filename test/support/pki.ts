import { createAuthority, issueCertificate } from "../../src/emulator/certificate/authority.js";
import type { CertificateSpec, Issued } from "../../src/emulator/certificate/authority.js";
import { createKey } from "../../src/emulator/certificate/key.js";
import type { CertificateKey, KeyKind } from "../../src/emulator/certificate/key.js";

export { createAuthority, formatPem, issueCertificate } from "../../src/emulator/certificate/authority.js";
export type { CertificateSpec, Issued } from "../../src/emulator/certificate/authority.js";
export type { CertificateKey, KeyKind } from "../../src/emulator/certificate/key.js";

const keys = new Map<string, CertificateKey>();

/** Returns a key of a kind, created once per test file: RSA keys are slow. `which` distinguishes several of a kind. */
export function keyOf(kind: KeyKind, which = ""): CertificateKey {
  const name = `${kind} ${which}`;
  const key = keys.get(name) ?? createKey(kind);
  keys.set(name, key);
  return key;
}

/** Wraps a public key, as SubjectPublicKeyInfo, whose private half is not available. */
export function publicHalf(publicKeyInfo: Uint8Array): CertificateKey {
  const absent = () => {
    throw new Error("the private key is elsewhere");
  };
  return { publicKeyInfo: Buffer.from(publicKeyInfo), privateKeyPem: "", algorithmIdentifier: absent, sign: absent };
}

export interface TestPki {
  readonly root: Issued;
  readonly intermediate: Issued;
  /** Issues a leaf below the root, or below the given issuer. */
  readonly leaf: (kind: KeyKind, spec?: CertificateSpec, issuer?: Issued) => Issued;
}

/** Creates a root, an intermediate below it and leaves on request, without any other program. */
export function createPki(kind: KeyKind = "ec-p256"): TestPki {
  const root = createAuthority(keyOf(kind, "root"), { subject: [["CN", "Test Root"]] });
  const intermediate = createAuthority(keyOf(kind, "intermediate"), { subject: [["CN", "Test Intermediate"]] }, root);
  return {
    root,
    intermediate,
    leaf: (leafKind, spec, issuer = root) => issueCertificate(keyOf(leafKind, "leaf"), spec, issuer),
  };
}
