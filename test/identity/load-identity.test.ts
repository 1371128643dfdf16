import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadIdentity } from "../../src/identity/load-identity.js";
import type { Text } from "../../src/message.js";
import type { IdentityContext } from "../../src/identity/source.js";
import { resolveIdentitySource } from "../../src/settings/identity-settings.js";
import { createLookup } from "../../src/settings/lookup.js";
import { createPki, issueCertificate, keyOf } from "../support/pki.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("load-identity");
const [certificate, privateKey] = [join(folder, "client.pem"), join(folder, "client.key")];
const { root } = createPki();
const before = issueCertificate(keyOf("ec-p256", "before"), {}, root);
const after = issueCertificate(keyOf("ec-p256", "after"), {}, root);

function load(debug: (line: Text) => void) {
  const lookup = createLookup({ flags: { certificate, "private-key": privateKey }, variables: {}, profile: undefined });
  const context: IdentityContext = {
    homeDirectory: undefined,
    variables: {},
    platform: process.platform,
    descriptors: new Map(),
    prompt: undefined,
    debug,
    now: () => new Date(),
  };
  return loadIdentity(resolveIdentitySource(lookup), context);
}

test("a pair that is half replaced is read once more", async () => {
  writeFileSync(certificate, after.pem);
  writeFileSync(privateKey, before.key.privateKeyPem);
  // Whoever renews the pair writes the second file while this side looks a second time.
  const identity = await load((line) => {
    if (String(line).includes("once more")) writeFileSync(privateKey, after.key.privateKeyPem);
  });
  expect(Buffer.from(identity.leaf.der).equals(after.der)).toBe(true);
});

test.each([
  ["empty", ""],
  ["cut short", "-----BEGIN PRIVATE KEY-----\nMIG"],
])("a key file that is %s while it is written is read once more", async (_, half) => {
  writeFileSync(certificate, after.pem);
  writeFileSync(privateKey, half);
  const identity = await load((line) => {
    if (String(line).includes("once more")) writeFileSync(privateKey, after.key.privateKeyPem);
  });
  expect(Buffer.from(identity.leaf.der).equals(after.der)).toBe(true);
});

test("a damaged file that nobody writes is refused at once", async () => {
  writeFileSync(certificate, after.pem);
  writeFileSync(privateKey, "");
  for (const path of [certificate, privateKey]) utimesSync(path, new Date(0), new Date(0));
  const looks: string[] = [];
  await expect(load((line) => void looks.push(String(line)))).rejects.toMatchObject({ code: "ERR_KEY" });
  expect(looks.filter((line) => line.includes("once more"))).toEqual([]);
});

test("a pair that stays apart is refused after the second look", async () => {
  writeFileSync(certificate, after.pem);
  writeFileSync(privateKey, before.key.privateKeyPem);
  const looks: string[] = [];
  await expect(load((line) => void looks.push(String(line)))).rejects.toMatchObject({ code: "ERR_KEY_MISMATCH" });
  expect(looks.filter((line) => line.includes("once more"))).toHaveLength(1);
});
