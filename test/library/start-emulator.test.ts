import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromRolesAnywhere, startEmulator } from "../../src/index.js";
import type { Emulator } from "../../src/index.js";
import { createScratch } from "../support/scratch.js";

describe("startEmulator", () => {
  it("gives a provider its first session and goes away with the block", async () => {
    let known: Emulator;
    {
      await using emulator = await startEmulator();
      known = emulator;
      expect(emulator.url).toBe(`http://127.0.0.1:${emulator.port}`);
      const { expiration } = await fromRolesAnywhere(emulator.providerOptions)();
      expect(expiration.getTime()).toBeGreaterThan(Date.now());
      expect(emulator.count("CreateSession")).toBe(1);
      expect(emulator.requests()).toMatchObject([{ operation: "CreateSession", verdict: "accepted" }]);
      emulator.clearRequests();
      expect(emulator.requests()).toEqual([]);
    }
    expect(existsSync(known.folder)).toBe(false);
    await expect(fetch(known.url)).rejects.toThrow("fetch failed");
    await known.close();
  });

  it("has certificates of both kinds as files and as PEM, roles and hops by name", async () => {
    await using emulator = await startEmulator();
    const { rsa, ec } = emulator.identities;
    for (const identity of [rsa, ec]) {
      expect(readFileSync(identity.certificate, "utf8")).toBe(identity.certificatePem);
      const { certificate, privateKey, intermediates } = identity;
      await fromRolesAnywhere({ ...emulator.providerOptions, certificate, privateKey, intermediates })();
    }
    const own = join(mkdtempSync(join(createScratch(), "own-")), "client.pem");
    writeFileSync(own, ec.certificatePem + ec.intermediatesPem + ec.privateKeyPem, { mode: 0o600 });
    const { privateKey: _, intermediates: __, ...alone } = emulator.providerOptions;
    await fromRolesAnywhere({ ...alone, certificate: own, hops: [{ RoleArn: emulator.roleArns.target }] })();
    expect([emulator.count("CreateSession"), emulator.count("AssumeRole")]).toEqual([3, 1]);
    const untrusting = fromRolesAnywhere({ ...emulator.providerOptions, roleArn: emulator.roleArns.untrusting });
    await expect(untrusting()).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED" });
  });

  it("issues certificates, also such as have ended", async () => {
    await using emulator = await startEmulator();
    const day = 86_400_000;
    const good = emulator.issueIdentity({ commonName: "device-7", key: "ec-p384" });
    const ended = emulator.issueIdentity({
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    });
    const provider = ({ certificate, privateKey, intermediates }: typeof good) =>
      fromRolesAnywhere({ ...emulator.providerOptions, certificate, privateKey, intermediates });
    await provider(good)();
    await expect(provider(ended)()).rejects.toMatchObject({ code: "ERR_CERTIFICATE_EXPIRED" });
  });

  it("issues certificates with a URI for trusted identity propagation, and on a revocation list", async () => {
    await using emulator = await startEmulator();
    emulator.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, crlDpRevocationEnabled: true })),
      profiles: state.profiles.map((profile) => ({
        ...profile,
        tipConfiguration: { status: "ENABLED", subjectSource: "x509SAN/URI" },
      })),
    }));
    const issued = emulator.issueIdentity({ uri: "spiffe://example/web", revocable: true });
    const { certificate, privateKey, intermediates, certificatePem } = issued;
    const provider = fromRolesAnywhere({ ...emulator.providerOptions, certificate, privateKey, intermediates });
    await provider({ forceRefresh: true });
    await expect(fromRolesAnywhere(emulator.providerOptions)()).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED" });
    const { serialNumber } = new X509Certificate(certificatePem);
    emulator.updateState((state) => ({ ...state, revokedSerials: [serialNumber] }));
    await expect(provider({ forceRefresh: true })).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED" });
    expect(emulator.requests().at(-1)?.reason).toContain("is on the revocation list");
  });

  it("disturbs, and does as its state says", async () => {
    await using emulator = await startEmulator({ faults: ["CreateSession:throttling*1"] });
    await fromRolesAnywhere(emulator.providerOptions)();
    expect(emulator.requests().map(({ statusCode }) => statusCode)).toEqual([400, 201]);
    emulator.addFaults({ kind: "drop", operation: "CreateSession" });
    emulator.clearFaults();
    emulator.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, enabled: false })),
    }));
    expect(emulator.state().trustAnchors).toMatchObject([{ arn: emulator.trustAnchorArn, enabled: false }]);
    await expect(fromRolesAnywhere(emulator.providerOptions)()).rejects.toMatchObject({ code: "ERR_ACCESS_DENIED" });
    expect(() => emulator.addFaults("flood")).toThrow(
      expect.objectContaining({ code: "ERR_ARGUMENT", message: expect.stringContaining("for faults") }),
    );
  });

  it("speaks TLS, and keeps a folder that it was given", async () => {
    const folder = join(createScratch(), "kept");
    let pem: string;
    {
      await using emulator = await startEmulator({ tls: true, folder });
      pem = emulator.identities.ec.certificatePem;
      expect(emulator.url).toMatch(/^https:/);
      await fromRolesAnywhere(emulator.providerOptions)();
    }
    await using again = await startEmulator({ folder });
    expect(again.identities.ec.certificatePem).toBe(pem);
  });

  it("says why it did not start", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, "127.0.0.1", resolve);
    });
    const { port } = taken.address() as AddressInfo;
    await expect(startEmulator({ port })).rejects.toMatchObject({ code: "ERR_CONNECTION" });
    taken.close();
    const file = join(createScratch(), "file");
    writeFileSync(file, "");
    await expect(startEmulator({ folder: join(file, "x") })).rejects.toMatchObject({ code: "ERR_OUTPUT" });
  });
});
