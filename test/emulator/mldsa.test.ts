import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, issueCertificate } from "../../src/emulator/certificate/authority.js";
import type { Issued } from "../../src/emulator/certificate/authority.js";
import { createMldsaKey } from "../../src/emulator/certificate/mldsa.js";
import type { MldsaSet } from "../../src/emulator/certificate/mldsa.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { sessionArns } from "../support/emulator-flags.js";
import { sendCreateSession } from "../support/x509-signer.js";
import type { SessionRequest } from "../support/x509-signer.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

const create = (leaf: Issued, changes: Partial<SessionRequest> = {}) =>
  sendCreateSession({ url: emulator.url, leaf, body: sessionArns(emulator), ...changes });

describe("ML-DSA", () => {
  it.each<MldsaSet>(["ml_dsa44", "ml_dsa65", "ml_dsa87"])("verifies a signature of %s", async (set) => {
    const leaf = issueCertificate(await createMldsaKey(set), { subject: [["CN", set]] }, emulator.root);
    expect((await create(leaf)).statusCode).toBe(201);
    const spoilt = await create(leaf, { spoilSignature: (bytes) => bytes.fill(0, 10, 20) });
    expect(spoilt.json.message).toBe("Invalid signature");
    const short = await create(leaf, { spoilSignature: (bytes) => bytes.subarray(1) });
    expect(short.json.message).toBe("Invalid signature");
    const other = await create(leaf, { algorithm: "AWS4-X509-RSA-SHA256" });
    expect(other.json.message).toBe("Invalid signature");
  });

  it("takes a chain and a trust anchor of ML-DSA as well", async () => {
    const before = emulator.state();
    const root = createAuthority(await createMldsaKey("ml_dsa44"), { subject: [["CN", "PQ Root"]] });
    const middle = createAuthority(await createMldsaKey("ml_dsa44"), { subject: [["CN", "PQ Middle"]] }, root);
    const leaf = issueCertificate(await createMldsaKey("ml_dsa44"), { subject: [["CN", "pq"]] }, middle);
    emulator.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, certificates: root.pem })),
    }));
    expect((await create(leaf, { chain: [middle] })).statusCode).toBe(201);
    expect((await create(leaf)).json.message).toBe("Untrusted signing certificate");
    emulator.updateState(() => before);
  });
});
