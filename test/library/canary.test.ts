import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createSession, fromRolesAnywhere } from "../../src/index.js";
import type { FromRolesAnywhereOptions } from "../../src/index.js";
import { flagNames } from "../../src/library/option-words.js";
import { type PlantedKey, plantKey, SecretSearch } from "../support/canary.js";
import { libraryOptions } from "../support/library-options.js";
import { createScratch } from "../support/scratch.js";

const password = "canary-Passw0rd-7f3a";
const folder = createScratch("canary-library");
let emulator: Emulator;
let key: PlantedKey;

beforeAll(async () => {
  emulator = await startEmulator();
  key = plantKey(readFileSync(join(emulator.folder, "ec-key.pem"), "utf8"));
  writeFileSync(join(folder, "damaged.key"), key.pem.replace("MIG", "MIX"));
});
afterAll(() => emulator.stop());

const others = ["stsEndpoint", "caBundle", "settingsProfile", "proxy", "instanceProperties"];
const options = [...Object.keys(flagNames), ...others];

async function failuresOf(changes: Readonly<Record<string, unknown>>, search: SecretSearch, where: string) {
  const trace: string[] = [];
  const given = {
    ...libraryOptions(emulator),
    debug: (line: string) => void trace.push(line),
    ...changes,
  } as FromRolesAnywhereOptions;
  for (const [name, call] of Object.entries({
    fromRolesAnywhere: () => fromRolesAnywhere(given)(),
    createSession: () => createSession(given),
  })) {
    try {
      await call();
    } catch (error) {
      search.error(error, `${name}: ${where}`);
    }
    search.text(trace.join("\n"), `${name}: ${where}: trace`);
  }
}

test("no error of the library holds a key that stands in one of its options", async () => {
  const search = new SecretSearch(key.secrets);
  for (const option of options) {
    for (const [how, value] of Object.entries(key.disguises)) {
      await failuresOf({ [option]: value }, search, `${option} (${how})`);
      await failuresOf({ [option]: { key: value } }, search, `${option} in an object (${how})`);
    }
    await failuresOf({ [option]: () => `x${key.pem}` }, search, `${option} as a function`);
    await failuresOf({ [option]: Buffer.from(key.pem.replace("MIG", "MIX")) }, search, `${option} as bytes`);
  }
  console.log(`canary: errors of the library: ${search.places} places searched`);
  expect(search.places).toBeGreaterThan(1_000);
  expect(search.leaks).toEqual([]);
}, 300_000);

test("no error of the library holds a password", async () => {
  const search = new SecretSearch([password, ...key.secrets]);
  const damaged = { privateKey: join(folder, "damaged.key") };
  for (const option of ["pkcs8Password", "pkcs12Password", "pkcs11Pin", "tpmKeyPassword"]) {
    for (const more of [{}, damaged, { privateKey: "pkcs11:object=x" }, { privateKey: "handle:0x81000001" }]) {
      await failuresOf({ ...more, [option]: password }, search, option);
    }
  }
  for (const uri of [
    `pkcs11:object=x?pin-value=${password}`,
    `pkcs11:object=x;pin-value=${password}`,
    `pkcs11:object=x?pin-value=1;${password}`,
    `pkcs11:object=x?pin-value=1&pin-value=${password}`,
  ]) {
    await failuresOf({ privateKey: uri }, search, "a PIN in a URI");
    await failuresOf({ certificate: uri, privateKey: undefined }, search, "a PIN in a URI");
    await failuresOf({ intermediates: uri }, search, "a PIN in a URI");
  }
  for (const url of [
    `http://user:${password}@127.0.0.1:1`,
    `socks5://user:${password}@h`,
    `http://user:${password}@h:x`,
  ]) {
    for (const option of ["endpoint", "stsEndpoint", "proxy"]) {
      await failuresOf({ [option]: url }, search, `a password in ${option}`);
    }
  }
  console.log(`canary: passwords in the library: ${search.places} places searched`);
  expect(search.leaks).toEqual([]);
}, 300_000);

test("PEM text in base64 is taken as a key", async () => {
  const { accessKeyId } = await fromRolesAnywhere(
    libraryOptions(emulator, { privateKey: key.disguises["base64 of PEM text"] }),
  )();
  expect(accessKeyId).toMatch(/^ASIA/);
});
