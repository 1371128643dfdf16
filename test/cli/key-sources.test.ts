import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { formatMldsaPublicKey, type MldsaSet } from "../../src/identity/mldsa/key.js";
import { formatPem, issueCertificate, keyOf, publicHalf } from "../support/pki.js";
import type { CertificateKey, KeyKind } from "../support/pki.js";
import { encryptPkcs8 } from "../support/encrypted-pkcs8.js";
import { mldsaPkcs8 } from "../support/mldsa-key.js";
import { openssl } from "../support/openssl.js";
import { runCli } from "../support/run-cli.js";
import type { CliOptions, CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { createSoftToken, pin, softHsmLibrary, type SoftToken } from "../support/soft-token.js";
import { startSwtpm, stopSwtpms, type SoftTpm } from "../support/swtpm.js";
import { requireTools } from "../support/tools.js";

const folder = createScratch("sources");
const at = (name: string) => join(folder, name);
let emulator: Emulator;

afterAll(stopSwtpms);
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => emulator.stop());

/** SubjectPublicKeyInfo of an uncompressed point in hexadecimal. */
function ecPublicKey(point: string): Buffer {
  const half = (point.length - 2) / 2;
  const crv = { 64: "P-256", 96: "P-384", 132: "P-521" }[half];
  const [x, y] = [point.slice(2, 2 + half), point.slice(2 + half)].map((hex) =>
    Buffer.from(hex, "hex").toString("base64url"),
  );
  return createPublicKey({ key: { kty: "EC", crv, x, y } as JsonWebKey, format: "jwk" }).export({
    format: "der",
    type: "spki",
  });
}

function issue(name: string, key: CertificateKey, below: "root" | "intermediate" = "intermediate"): Buffer {
  const { der, pem } = issueCertificate(key, { subject: [["CN", name]] }, emulator[below]);
  writeFileSync(at(`${name}.crt`), pem);
  writeFileSync(at(`${name}.chain.crt`), pem + emulator.intermediate.pem + emulator.root.pem);
  return der;
}

function vend(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { trustAnchors, profiles, roles } = emulator.state();
  const arns = [trustAnchors[0]!, profiles[0]!, roles[0]!].map(({ arn }) => arn);
  const [anchor = "", profile = "", role = ""] = arns;
  const flags = [
    "--trust-anchor-arn",
    anchor,
    "--profile-arn",
    profile,
    "--role-arn",
    role,
    "--endpoint",
    emulator.url,
  ];
  return runCli(["credential-process", ...flags, ...words], options);
}

async function expectSession(words: readonly string[], options: CliOptions = {}): Promise<void> {
  const { stdout, stderr, status } = await vend(words, options);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(JSON.parse(stdout)).toMatchObject({ Version: 1, SessionToken: expect.any(String) as unknown });
}

async function expectRefusal(words: readonly string[], message: RegExp, options: CliOptions = {}): Promise<void> {
  const { stdout, stderr, status } = await vend(words, options);
  expect(stderr).toMatch(message);
  expect({ stdout, status }).toEqual({ stdout: "", status: 3 });
}

const kinds: readonly KeyKind[] = ["rsa-2048", "rsa-4096", "ec-p256", "ec-p384", "ec-p521"];
const chained = (name: string) => ["--certificate", at(`${name}.crt`), "--intermediates", at(`${name}.chain.crt`)];

describe.each(kinds)("%s in a file", (kind) => {
  const password = "pässword €";
  beforeAll(() => {
    const key = keyOf(kind);
    issue(kind, key);
    const pem = readFileSync(at(`${kind}.chain.crt`), "utf8");
    writeFileSync(at(`${kind}.key`), key.privateKeyPem);
    writeFileSync(at(`${kind}.all.pem`), pem + key.privateKeyPem);
    const privateKey = createPrivateKey(key.privateKeyPem);
    const encrypted = privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: password });
    writeFileSync(at(`${kind}.enc.key`), encrypted);
    writeFileSync(at("password"), `${password}\n`);
  });

  it("plain, with certificate and chain in one file or several", async () => {
    await expectSession([...chained(kind), "--private-key", at(`${kind}.key`)]);
    await expectSession(["--certificate", at(`${kind}.all.pem`)]);
  });

  it("encrypted, with the password from flag, environment and file", async () => {
    const words = [...chained(kind), "--private-key", at(`${kind}.enc.key`)];
    await expectSession([...words, "--pkcs8-password", password]);
    await expectSession(words, { env: { ROLESANYWHERE_TS_PKCS8_PASSWORD: password } });
    await expectSession([...words, "--password-file", at("password")]);
    await expectRefusal([...words, "--pkcs8-password", "wrong"], /error\[ERR_PASSWORD\]: .*password/);
  });

  it("by environment variable, descriptor and standard input, with lost line breaks", async () => {
    const all = readFileSync(at(`${kind}.all.pem`), "utf8");
    await expectSession(["--certificate", "env:PEM"], { env: { PEM: all.replaceAll("\n", "\\n") } });
    await expectSession(["--certificate", "env:PEM"], { env: { PEM: all.replaceAll("\n", " ") } });
    await expectSession(["--certificate", "env:PEM"], { env: { PEM: Buffer.from(all).toString("base64") } });
    await expectSession(["--certificate", "-"], { stdin: all.replaceAll("\n", "\r\n") });
    await expectSession(["--certificate", "fd:0", "--private-key", `file:${at(`${kind}.key`)}`], { stdin: all });
    await expectSession([...chained(kind), "--private-key", "env:KEY"], { env: { KEY: keyOf(kind).privateKeyPem } });
  });
});

const hasOpenssl = requireTools("sessions out of PKCS#12 files", "openssl");

describe.skipIf(!hasOpenssl).each(kinds)("%s in a PKCS#12 file", (kind) => {
  beforeAll(() => {
    const key = keyOf(kind, "p12");
    issue(`p12-${kind}`, key);
    writeFileSync(at(`p12-${kind}.key`), key.privateKeyPem);
  });
  const write = (name: string, password: string, ...words: readonly string[]) => {
    const inputs = ["-inkey", `p12-${kind}.key`, "-in", `p12-${kind}.crt`, "-certfile", `p12-${kind}.chain.crt`];
    openssl(folder, "pkcs12", "-export", ...inputs, "-out", name, "-passout", `pass:${password}`, ...words);
    return at(name);
  };

  it("modern and legacy, with and without a password; its chain is used", async () => {
    await expectSession(["--certificate", write("modern.p12", "")]);
    const file = write("password.p12", "pässwörd€");
    await expectSession(["--certificate", file, "--pkcs12-password", "pässwörd€"]);
    await expectSession(["--certificate", file], { env: { ROLESANYWHERE_TS_PKCS12_PASSWORD: "pässwörd€" } });
    await expectRefusal(["--certificate", file, "--pkcs12-password", "no"], /the password does not open PKCS#12 file/);
    await expectRefusal(["--certificate", file], /needs a password and none is given/);
    await expectSession(["--certificate", write("legacy.p12", "", "-legacy")]);
    await expectSession([
      "--certificate",
      write("des.p12", "x", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"),
      "--pkcs12-password",
      "x",
    ]);
  });
});

const implementations = { "ML-DSA-44": ml_dsa44, "ML-DSA-65": ml_dsa65, "ML-DSA-87": ml_dsa87 } as const;

describe.each(Object.keys(implementations) as MldsaSet[])("%s in a file", (set) => {
  const seed = randomBytes(32);
  beforeAll(() => {
    const { publicKey } = implementations[set].keygen(seed);
    issue(set, publicHalf(formatMldsaPublicKey(set, publicKey)));
    for (const form of ["seed", "expanded", "both"] as const) {
      writeFileSync(at(`${set}.${form}.key`), formatPem("PRIVATE KEY", Buffer.from(mldsaPkcs8(set, form, seed))));
    }
  });

  it.each(["seed", "expanded", "both"])("in the %s form", async (form) => {
    await expectSession([...chained(set), "--private-key", at(`${set}.${form}.key`)]);
  });

  it.each(["pbkdf2", "scrypt"] as const)("encrypted by %s", async (kdf) => {
    const scheme = {
      cipher: "aes-256-cbc",
      kdf,
      hash: "sha256",
      withKeyLength: false,
      iterations: 2048,
      cost: 1024,
    } as const;
    const der = encryptPkcs8(mldsaPkcs8(set, "both", seed), { ...scheme, password: "secret" });
    writeFileSync(at(`${set}.${kdf}.key`), formatPem("ENCRYPTED PRIVATE KEY", der));
    const words = [...chained(set), "--private-key", at(`${set}.${kdf}.key`), "--pkcs8-password"];
    await expectSession([...words, "secret"]);
    await expectRefusal([...words, "wrong"], /password/);
  });

  it("is refused with another key", async () => {
    const other = formatPem("PRIVATE KEY", Buffer.from(mldsaPkcs8(set, "seed", randomBytes(32))));
    writeFileSync(at("other.key"), other);
    await expectRefusal([...chained(set), "--private-key", at("other.key")], /does not belong to certificate/);
  });
});

const hasToken =
  requireTools("keys on a PKCS#11 token", "softhsm2-util", "pkcs11-tool", "pkcs11js") && softHsmLibrary !== undefined;

describe.skipIf(!hasToken).each([
  ["rsa", "rsa:2048"],
  ["ec256", "EC:prime256v1"],
  ["ec384", "EC:secp384r1"],
  ["ec521", "EC:secp521r1"],
])("%s on a PKCS#11 token", (name, keyType) => {
  let token: SoftToken;
  beforeAll(() => {
    token = createSoftToken("test token", "another");
    const load = (label: string, id: string, ...words: readonly string[]) => {
      const made = token.tool("--keypairgen", "--key-type", keyType, "--label", label, "--id", id, ...words).toString();
      const point = /EC_POINT:\s+04(?:81)?[0-9a-f]{2}(04[0-9a-f]+)/.exec(made)?.[1];
      if (point === undefined)
        token.tool("--read-object", "--type", "pubkey", "--id", id, "--output-file", `${label}.pub`);
      const spki = point === undefined ? readFileSync(join(token.folder, `${label}.pub`)) : ecPublicKey(point);
      const der = issue(label, publicHalf(spki));
      writeFileSync(join(token.folder, `${label}.der`), der);
      token.tool("--write-object", `${label}.der`, "--type", "cert", "--label", label, "--id", id);
    };
    load(name, "01");
    load(`always ${name}`, "02", "--always-auth");
    writeFileSync(join(token.folder, "issuer.der"), emulator.intermediate.der);
    token.tool("--write-object", "issuer.der", "--type", "cert", "--label", "issuer", "--id", "77");
    writeFileSync(join(token.folder, "pin"), `${pin}\n`);
  });
  const lib = ["--pkcs11-lib", softHsmLibrary ?? ""];
  const env = () => token.environment;
  const withPin = () => ({ env: { ...token.environment, ROLESANYWHERE_TS_PKCS11_PIN: pin } });

  it("by one URI for certificate and key, its issuer found beside it", async () => {
    const uri = `pkcs11:token=test%20token;id=%01`;
    await expectSession([...lib, "--certificate", uri, "--pkcs11-pin", pin], { env: env() });
    await expectSession([...lib, "--certificate", `${uri}?pin-value=${pin}`], { env: env() });
    await expectSession([...lib, "--certificate", `${uri}?pin-source=file:${token.folder}/pin`], { env: env() });
    await expectSession([...lib, "--certificate", uri, "--pkcs11-pin-file", join(token.folder, "pin")], { env: env() });
    await expectSession(["--certificate", `${uri}?module-path=${softHsmLibrary}&pin-value=${pin}`], { env: env() });
  });

  it("by a URI for the key and a file for the certificate", async () => {
    await expectSession(
      [...lib, ...chained(name), "--private-key", `pkcs11:token=test%20token;object=${name}`],
      withPin(),
    );
    // Two keys fit, and the certificate says which is meant.
    await expectSession([...lib, ...chained(name), "--private-key", "pkcs11:token=test%20token"], withPin());
  });

  it("with a key that asks for its PIN at each signature", async () => {
    const words = [...lib, "--certificate", "pkcs11:token=test%20token;id=%02"];
    await expectSession([...words, "--reuse-pin"], withPin());
    await expectRefusal(words, /asks for its PIN at each signature and none is given\n.*--reuse-pin/, withPin());
  });

  it("says what is there when a URI fits several objects or none", async () => {
    const several = await vend([...lib, "--certificate", "pkcs11:token=test%20token"], withPin());
    expect(several.stderr).toContain(`multiple matching certificates (--certificate): 2, expected one`);
    expect(several.stderr).toMatch(/pkcs11:token=test%20token;.*id=%01.*;object=.*;type=cert/);
    await expectRefusal(
      [...lib, "--certificate", "pkcs11:token=none"],
      /no matching certificate for pkcs11:token=none/,
      withPin(),
    );
    await expectRefusal([...lib, ...chained(name), "--private-key", "pkcs11:"], /multiple matching tokens/, withPin());
    await expectRefusal(
      [...lib, ...chained(name), "--private-key", "pkcs11:token=another"],
      /no matching private key/,
      withPin(),
    );
  });

  it("offers a wrong PIN once", async () => {
    const words = [...lib, "--certificate", "pkcs11:token=test%20token;id=%01", "--pkcs11-pin", "9999"];
    await expectRefusal(words, /the user PIN of token "test token" is wrong/, { env: env() });
    await expectRefusal(
      [...lib, "--certificate", "pkcs11:token=test%20token;id=%01"],
      /needs its user PIN and none is given/,
      { env: env() },
    );
    await expectRefusal(
      ["--pkcs11-lib", "/nowhere.so", "--certificate", "pkcs11:"],
      /failed to load provider library \/nowhere.so/,
    );
  });

  it("refuses a certificate of another key", async () => {
    await expectRefusal(
      [...lib, ...chained(`always ${name}`), "--private-key", "pkcs11:token=test%20token;id=%01"],
      /does not belong to certificate/,
      withPin(),
    );
  });
});

const hasTpm = requireTools("keys in a TPM", "swtpm", "tpm2_create", "tpm2-openssl");

describe.skipIf(!hasTpm)("keys in a TPM", () => {
  let tpm: SoftTpm;
  beforeAll(async () => {
    tpm = await startSwtpm();
  });
  afterAll(async () => tpm?.stop());
  const withTpm = () => ({ env: { TPM_DEVICE: tpm.device } });
  const provider = ["-provider", "tpm2", "-provider", "default"];

  function makeKey(name: string, ...words: readonly string[]): void {
    tpm.run("openssl", "genpkey", ...provider, ...words, "-out", at(`${name}.tss`));
    const passin = words.some((word) => word.startsWith("user-auth:")) ? ["-passin", "pass:secret"] : [];
    const pub = tpm.run(
      "openssl",
      "pkey",
      ...provider,
      ...passin,
      "-in",
      at(`${name}.tss`),
      "-pubout",
      "-outform",
      "DER",
    );
    issue(name, publicHalf(pub));
  }

  it.each([
    ["tpm-rsa", ["-algorithm", "RSA", "-pkeyopt", "bits:2048"]],
    ["tpm-p256", ["-algorithm", "EC", "-pkeyopt", "group:P-256"]],
    ["tpm-p384", ["-algorithm", "EC", "-pkeyopt", "group:P-384"]],
  ] as const)("%s in a TSS2 file", async (name, words) => {
    makeKey(name, ...words);
    await expectSession([...chained(name), "--private-key", at(`${name}.tss`)], withTpm());
    await expectSession([...chained(name), "--private-key", at(`${name}.tss`), "--no-tpm-key-password"], withTpm());
    const refused = await vend(
      [...chained(name), "--private-key", at(`${name}.tss`), "--tpm-key-password", "x"],
      withTpm(),
    );
    expect(refused).toMatchObject({ stdout: "", status: 2 });
    expect(refused.stderr).toMatch(/--tpm-key-password gives a password, but TPM key .* says that it needs none/);
  });

  it("with a password, offered once", async () => {
    makeKey("tpm-auth", "-algorithm", "EC", "-pkeyopt", "group:P-256", "-pkeyopt", "user-auth:secret");
    const words = [...chained("tpm-auth"), "--private-key", at("tpm-auth.tss")];
    await expectSession([...words, "--tpm-key-password", "secret"], withTpm());
    await expectSession(words, { env: { ...withTpm().env, ROLESANYWHERE_TS_TPM_KEY_PASSWORD: "secret" } });
    await expectRefusal([...words, "--tpm-key-password", "wrong"], /the password of TPM key .* is wrong/, withTpm());
    await expectRefusal(words, /may need a password and none is given/, withTpm());
    await expectSession([...words, "--tpm-key-password", "secret"], withTpm());
  });

  it("by a persistent handle, and with nothing left loaded", async () => {
    const attributes = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|noda";
    tpm.run("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "p.ctx");
    tpm.run("tpm2_create", "-Q", "-C", "p.ctx", "-G", "ecc256", "-a", attributes, "-u", "k.pub", "-r", "k.priv");
    tpm.run("tpm2_flushcontext", "-t");
    tpm.run("tpm2_load", "-Q", "-C", "p.ctx", "-u", "k.pub", "-r", "k.priv", "-c", "k.ctx");
    tpm.run("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "k.ctx", "0x81000101");
    tpm.run("tpm2_flushcontext", "-t");
    tpm.run("tpm2_readpublic", "-Q", "-c", "0x81000101", "-f", "der", "-o", "h.pub");
    issue("tpm-handle", publicHalf(readFileSync(join(tpm.folder, "h.pub"))));
    for (const handle of ["handle:0x81000101", "handle:81000101"]) {
      await expectSession([...chained("tpm-handle"), "--private-key", handle, "--no-tpm-key-password"], withTpm());
    }
    await expectRefusal(
      [...chained("tpm-handle"), "--private-key", "handle:0x81000199", "--no-tpm-key-password"],
      /the TPM refused to read the public key .* with 0x18b/,
      withTpm(),
    );
    expect(tpm.run("tpm2_getcap", "handles-transient").toString()).toBe("");
    await expectRefusal(
      [...chained("tpm-handle"), "--private-key", "handle:0x81000101", "--no-tpm-key-password"],
      /cannot open the TPM at \/nowhere: ENOENT/,
      { env: { TPM_DEVICE: "/nowhere" } },
    );
  });

  it("below a persistent parent", async () => {
    tpm.run("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "p.ctx");
    tpm.run("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "p.ctx", "0x81000001");
    tpm.run("tpm2_flushcontext", "-t");
    makeKey("tpm-child", "-algorithm", "RSA", "-pkeyopt", "bits:2048", "-pkeyopt", "parent:0x81000001");
    await expectSession([...chained("tpm-child"), "--private-key", at("tpm-child.tss")], withTpm());
  });

  it("talks to a TPM over TCP", async () => {
    const other = await startSwtpm("tcp");
    const words = [...chained("tpm-p256"), "--private-key", "handle:0x81000101", "--no-tpm-key-password"];
    await expectRefusal(words, /refused to read the public key for TPM key handle:0x81000101 with 0x18b/, {
      env: { TPM_DEVICE: other.device },
    });
    await other.stop();
  });

  it("refuses a key without the sign attribute", async () => {
    tpm.run("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "p.ctx");
    tpm.run(
      "tpm2_create",
      "-Q",
      "-C",
      "p.ctx",
      "-G",
      "rsa2048",
      "-a",
      "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|decrypt|noda",
      "-u",
      "d.pub",
      "-r",
      "d.priv",
    );
    tpm.run("tpm2_flushcontext", "-t");
    tpm.run("tpm2_load", "-Q", "-C", "p.ctx", "-u", "d.pub", "-r", "d.priv", "-c", "d.ctx");
    tpm.run("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "d.ctx", "0x81000102");
    tpm.run("tpm2_flushcontext", "-t");
    await expectRefusal(
      [...chained("tpm-p256"), "--private-key", "handle:0x81000102", "--no-tpm-key-password"],
      /does not have the sign attribute/,
      withTpm(),
    );
  });
});
