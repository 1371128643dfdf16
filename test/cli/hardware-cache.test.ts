import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { countCommands } from "../support/counting-tpm.js";
import { issueCertificate } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { createSoftToken, pin, pkcs11Spy, softHsmLibrary } from "../support/soft-token.js";
import { startSwtpm, stopSwtpms } from "../support/swtpm.js";
import { requireCondition, requireTools } from "../support/tools.js";

const folder = createScratch("hardware-cache");
const at = (name: string) => join(folder, name);
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  stopSwtpms();
  await emulator.stop();
});

/** A device with a key, and what it was asked for. */
interface Device {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Logins and signatures since the last call. */
  readonly takeUses: () => number;
}

function issue(name: string, spki: Buffer): Buffer {
  const absent = () => {
    throw new Error("the private key is elsewhere");
  };
  const key = { publicKeyInfo: spki, privateKeyPem: "", algorithmIdentifier: absent, sign: absent };
  const { der, pem } = issueCertificate(key, { subject: [["CN", name]] }, emulator.root);
  writeFileSync(at(name), pem);
  return der;
}

async function preparePkcs11(): Promise<Device> {
  const token = createSoftToken("cached");
  const log = at("spy.log");
  token.tool("--keypairgen", "--key-type", "rsa:2048", "--label", "key", "--id", "01");
  token.tool("--read-object", "--type", "pubkey", "--id", "01", "--output-file", "key.pub");
  issue("token.crt", readFileSync(join(token.folder, "key.pub")));
  writeFileSync(log, "");
  return {
    words: [
      "--certificate",
      at("token.crt"),
      "--private-key",
      `pkcs11:token=cached;id=%01?pin-value=${pin}`,
      "--pkcs11-lib",
      pkcs11Spy ?? "",
    ],
    env: { ...token.environment, PKCS11SPY: softHsmLibrary ?? "", PKCS11SPY_OUTPUT: log },
    takeUses() {
      const uses = readFileSync(log, "utf8").match(/^\d+: C_(?:Login|Sign)$/gm) ?? [];
      writeFileSync(log, "");
      return uses.length;
    },
  };
}

async function prepareTpm(): Promise<Device> {
  const tpm = await startSwtpm();
  const provider = ["-provider", "tpm2", "-provider", "default"];
  const words = ["-algorithm", "EC", "-pkeyopt", "group:P-256"];
  tpm.run("openssl", "genpkey", ...provider, ...words, "-out", at("tpm.key"));
  issue("tpm.crt", tpm.run("openssl", "pkey", ...provider, "-in", at("tpm.key"), "-pubout", "-outform", "DER"));
  const counting = await countCommands(tpm.device);
  const signCommand = 0x15d;
  let taken = 0;
  return {
    words: ["--certificate", at("tpm.crt"), "--private-key", at("tpm.key")],
    env: { TPM_DEVICE: counting.device },
    takeUses() {
      const uses = counting.count(signCommand) - taken;
      taken += uses;
      return uses;
    },
  };
}

const what = "sessions of keys in hardware";
const devices = [
  {
    kind: "a PKCS#11 token",
    prepare: preparePkcs11,
    usesOfOneVend: 2,
    found:
      requireTools(what, "softhsm2-util", "pkcs11-tool", "pkcs11js") &&
      softHsmLibrary !== undefined &&
      requireCondition(what, pkcs11Spy !== undefined, "OpenSC's pkcs11-spy.so"),
  },
  {
    kind: "a TPM",
    prepare: prepareTpm,
    usesOfOneVend: 1,
    found: requireTools(what, "swtpm", "tpm2_create", "tpm2-openssl"),
  },
] as const;

for (const { kind, prepare, found, ...expected } of devices)
  describe.skipIf(!found)(`the session of a key in ${kind}`, () => {
    let device: Device;
    let home: string;
    const cacheFolder = () => join(home, ".cache", "rolesanywhere-ts");
    const files = () => (existsSync(cacheFolder()) ? readdirSync(cacheFolder()).sort() : []);
    const sealPath = () => join(cacheFolder(), "seal.key");

    beforeAll(async () => {
      device = await prepare();
    });
    beforeEach(() => {
      home = createScratch("home");
      emulator.clearRequests();
      device.takeUses();
    });

    function run(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
      const { trustAnchors, profiles, roles } = emulator.state();
      const flags = [
        ["--trust-anchor-arn", trustAnchors[0]!.arn],
        ["--profile-arn", profiles[0]!.arn],
        ["--role-arn", roles[0]!.arn],
        ["--endpoint", emulator.url],
      ].flat();
      return runCli(["credential-process", ...flags, ...device.words, ...words], {
        env: { HOME: home, ...device.env, ...env },
      });
    }

    async function keyIdOf(result: Promise<CliResult>): Promise<string> {
      const { stdout, stderr, status } = await result;
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      return (JSON.parse(stdout) as { AccessKeyId: string }).AccessKeyId;
    }

    it("is not kept unless asked for", async () => {
      expect(await keyIdOf(run())).not.toBe(await keyIdOf(run()));
      expect(emulator.count("CreateSession")).toBe(2);
      expect(device.takeUses()).toBe(2 * expected.usesOfOneVend);
      expect(files()).toEqual([]);
      expect((await run(["--debug"])).stderr).toContain("cache: off for keys in hardware, --cache turns it on");
    });

    it.each([
      ["--cache", ["--cache"], {}, ""],
      ["ROLESANYWHERE_TS_CACHE=on", [], { ROLESANYWHERE_TS_CACHE: "on" }, ""],
      [
        "rolesanywhere_cache = on in the settings profile",
        ["--settings-profile", "here"],
        {},
        "rolesanywhere_cache = on",
      ],
    ] as const)("is kept with %s, and the device stays untouched", async (_, words, env, setting) => {
      const config = join(home, "config");
      writeFileSync(config, `[profile here]\n${setting}\n`);
      const again = () => keyIdOf(run(words, { AWS_CONFIG_FILE: config, ...env }));
      const first = await again();
      expect(device.takeUses()).toBe(expected.usesOfOneVend);
      expect(await again()).toBe(first);
      expect(await again()).toBe(first);
      expect(emulator.count("CreateSession")).toBe(1);
      expect(device.takeUses()).toBe(0);
      expect(statSync(cacheFolder()).mode & 0o777).toBe(0o700);
      for (const name of files()) expect(statSync(join(cacheFolder(), name)).mode & 0o777, name).toBe(0o600);
      expect(statSync(sealPath()).size).toBe(32);
      for (const name of files())
        expect(readFileSync(join(cacheFolder(), name)).includes(pin), `the PIN in ${name}`).toBe(false);
    });

    // With one run before the others: SoftHSM's own store refuses calls now and then while other processes log in.
    it("answers many runs at once without the device", async () => {
      const first = await keyIdOf(run(["--cache"]));
      const keyIds = await Promise.all(Array.from({ length: 6 }, () => keyIdOf(run(["--cache"]))));
      expect(new Set(keyIds)).toEqual(new Set([first]));
      expect(emulator.count("CreateSession")).toBe(1);
      expect(files().filter((name) => name.includes("partial"))).toEqual([]);
    });

    it("is not given to a run that names another key", async () => {
      await keyIdOf(run(["--cache"]));
      const { status, stdout } = await run(["--cache", "--private-key", "handle:0x81fffffe"]);
      expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    });

    it("is neither read nor written with --no-cache, once kept", async () => {
      const kept = await keyIdOf(run(["--cache"]));
      expect(await keyIdOf(run(["--no-cache"], { ROLESANYWHERE_TS_CACHE: "on" }))).not.toBe(kept);
      expect(await keyIdOf(run())).not.toBe(kept);
      expect(await keyIdOf(run(["--cache"]))).toBe(kept);
    });

    it.each([
      ["removed", () => rmSync(sealPath())],
      ["another", () => writeFileSync(sealPath(), randomBytes(32))],
      ["cut short", () => writeFileSync(sealPath(), randomBytes(16))],
    ] as const)("is a miss when the sealing key is %s, and kept anew", async (_, change) => {
      const kept = await keyIdOf(run(["--cache"]));
      change();
      const renewed = await keyIdOf(run(["--cache"]));
      expect(renewed).not.toBe(kept);
      expect(await keyIdOf(run(["--cache"]))).toBe(renewed);
      expect(emulator.count("CreateSession")).toBe(2);
      expect(statSync(sealPath()).mode & 0o777).toBe(0o600);
    });
  });
