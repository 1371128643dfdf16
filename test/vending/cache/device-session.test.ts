import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { certificateFromDer } from "../../../src/identity/certificate/parsed.js";
import { cacheKey } from "../../../src/vending/cache/key.js";
import { findDeviceSession, readDeviceSecret } from "../../../src/vending/cache/device-session.js";
import type { Entry } from "../../../src/vending/cache/entry.js";
import { createSlot } from "../../../src/vending/cache/session-slot.js";
import { heldOff, keptSession } from "../../support/kept-session.js";
import { createPki } from "../../support/pki.js";
import { createScratch } from "../../support/scratch.js";
import { settingsOf, vendContext } from "../../support/vend-settings.js";

const day = 24 * 3_600_000;
const issued = createPki().leaf("ec-p256");
let cache: string;
let certificate: string;

beforeEach(() => {
  const folder = createScratch("device");
  cache = join(folder, "cache");
  certificate = join(folder, "client.pem");
  writeFileSync(certificate, issued.pem);
});

const arn = (kind: string) => `arn:aws:rolesanywhere:us-east-1:111122223333:${kind}/${kind}-1`;
/** A key in a TPM, which nothing here asks. */
const settings = (privateKey = "handle:0x81000001") =>
  settingsOf(
    { flags: [], roleArn: (name) => `arn:aws:iam::111122223333:role/${name}` },
    { certificate, "private-key": privateKey, "trust-anchor-arn": arn("trust-anchor"), "profile-arn": arn("profile") },
  );

async function find(entry: Entry, nowMs = Date.now(), windowSeconds?: number): Promise<string | undefined> {
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const secret = readDeviceSecret(cache, settings().identity);
  createSlot(cache, cacheKey(settings(), certificateFromDer(issued.der).der), secret, () => undefined).write(entry);
  const context = vendContext({ now: () => new Date(nowMs) });
  return (await findDeviceSession(settings(), cache, windowSeconds, context))?.accessKeyId;
}

describe("a session that is kept for a key in a device", () => {
  it("answers while it is fresh, and not past its end", async () => {
    const nowMs = Date.now();
    expect(await find(keptSession(nowMs, 0))).toBe("ASIAKEPT");
    expect(await find(keptSession(nowMs, 39))).toBe("ASIAKEPT");
    for (const minutes of [41, 59, 60, 600]) expect(await find(keptSession(nowMs, minutes))).toBeUndefined();
    expect(await find(keptSession(nowMs, 54), nowMs, 300)).toBe("ASIAKEPT");
  });

  it("answers while its renewal is held off, and not past its end", async () => {
    const nowMs = Date.now();
    const holdOff = heldOff(nowMs);
    expect(await find(keptSession(nowMs, 50, { holdOff }))).toBe("ASIAKEPT");
    for (const minutes of [59.5, 60, 600]) expect(await find(keptSession(nowMs, minutes, { holdOff }))).toBeUndefined();
  });

  it("does not answer past the end of its certificate", async () => {
    const endMs = Date.parse(certificateFromDer(issued.der).x509.validTo);
    expect(await find(keptSession(endMs - day, 0), endMs - day)).toBe("ASIAKEPT");
    expect(await find(keptSession(endMs + day, 0), endMs + day)).toBeUndefined();
  });

  it("does not answer for another key of the same certificate, nor for one in a file", async () => {
    await find(keptSession(Date.now(), 0));
    const context = vendContext();
    expect(await findDeviceSession(settings(), cache, undefined, context)).toBeDefined();
    expect(await findDeviceSession(settings("handle:0x81000002"), cache, undefined, context)).toBeUndefined();
    const key = join(cache, "..", "key.pem");
    writeFileSync(key, issued.key.privateKeyPem, { mode: 0o600 });
    expect(await findDeviceSession(settings(key), cache, undefined, context)).toBeUndefined();
  });

  it("is sealed with a secret of the folder, which is made once and made anew when it is damaged", () => {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    const first = readDeviceSecret(cache, settings().identity);
    expect(readDeviceSecret(cache, settings().identity)).toEqual(first);
    expect(readDeviceSecret(cache, settings("handle:0x81000002").identity)).not.toEqual(first);
    writeFileSync(join(cache, "seal.key"), "short", { mode: 0o600 });
    expect(readDeviceSecret(cache, settings().identity)).not.toEqual(first);
  });
});
