import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import type { CertificateSpec } from "../../src/emulator/certificate/authority.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { keyOf } from "./pki.js";
import { createScratch } from "./scratch.js";

/** Emulator with a test certificate, and the flags for a session as its role Demo. */
export interface EmulatedIdentity {
  readonly emulator: Emulator;
  /** All but `--role-arn`. */
  readonly flags: readonly string[];
  /** File for `--certificate`. */
  readonly certificatePath: string;
  readonly roleArn: (name: string) => string;
  /** Replaces certificate and key, which share a file. */
  readonly rotate: (spec?: CertificateSpec) => void;
  /** Makes sessions end after so many seconds; the real service gives at least 900. */
  readonly limitSessions: (seconds: number) => void;
}

export async function createEmulatedIdentity(): Promise<EmulatedIdentity> {
  const emulator = await startEmulator();
  const path = join(createScratch("identity"), "client.pem");
  const rotate = (spec: CertificateSpec = {}) => {
    const issued = issueCertificate(keyOf("ec-p256", "client"), spec, emulator.intermediate);
    writeFileSync(path, issued.pem + emulator.intermediate.pem + issued.key.privateKeyPem, { mode: 0o600 });
  };
  rotate();
  const { trustAnchors, profiles } = emulator.state();
  return {
    emulator,
    rotate,
    flags: Object.entries({
      certificate: path,
      "trust-anchor-arn": trustAnchors[0]?.arn ?? "",
      "profile-arn": profiles[0]?.arn ?? "",
      endpoint: emulator.url,
    }).flatMap(([name, value]) => [`--${name}`, value]),
    certificatePath: path,
    roleArn: (name) => `arn:aws:iam::111122223333:role/${name}`,
    limitSessions: (seconds) =>
      emulator.updateState((state) => ({
        ...state,
        profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: seconds })),
      })),
  };
}
