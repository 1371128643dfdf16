// The cases of aws_signing_helper's own tests that do not depend on its language, on certificates and keys made here:
// they hold here too. docs/migrate-from-aws-signing-helper.md has the differences.
import { createPublicKey, randomBytes, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyMldsa } from "../../src/emulator/certificate/mldsa.js";
import { formatCertificateData } from "../../src/identity/certificate/data.js";
import { readCertificate } from "../../src/identity/certificate/read.js";
import { loadIdentity, loadUncheckedIdentity } from "../../src/identity/load-identity.js";
import { loadSigner } from "../../src/identity/load-signer.js";
import { formatMldsaPublicKey, type MldsaSet } from "../../src/identity/mldsa/key.js";
import { digests, type Digest, type Signer } from "../../src/identity/signer.js";
import type { IdentityContext } from "../../src/identity/source.js";
import { readCertSelector } from "../../src/identity/store/read-selector.js";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { encryptPkcs8, type Scheme } from "../support/encrypted-pkcs8.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { mldsaPkcs8 } from "../support/mldsa-key.js";
import { openssl } from "../support/openssl.js";
import { createPki, formatPem, issueCertificate, keyOf, publicHalf } from "../support/pki.js";
import { runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { createSoftToken, pin, softHsmLibrary } from "../support/soft-token.js";
import { startSwtpm, stopSwtpms, type SoftTpm } from "../support/swtpm.js";
import { requireTools } from "../support/tools.js";

type Flags = Readonly<Record<string, string | boolean>>;

const folder = createScratch("parity");
const at = (name: string) => join(folder, name);
const write = (name: string, content: string | Uint8Array) => (writeFileSync(at(name), content), at(name));
const pki = createPki();
const message = Buffer.from("a message to sign");
const digestNames = Object.keys(digests) as Digest[];
const password = "password";

/** The ways that OpenSSL encrypts PKCS#8, by the words that ask for them. */
const encryptions = {
  aes128cbc: ["-v2", "aes-128-cbc"],
  aes192cbc: ["-v2", "aes-192-cbc"],
  aes256cbc: ["-v2", "aes-256-cbc"],
  hmacWithSHA256: ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"],
  hmacWithSHA384: ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"],
  hmacWithSHA512: ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
  scrypt: ["-scrypt"],
} as const;

/** The same ways for the keys that OpenSSL 3.0 does not know. */
const scheme: Scheme = {
  cipher: "aes-256-cbc",
  kdf: "pbkdf2",
  hash: "sha256",
  withKeyLength: false,
  iterations: 2048,
  cost: 16_384,
  password,
};
const schemes: Readonly<Record<keyof typeof encryptions, Scheme>> = {
  aes128cbc: { ...scheme, cipher: "aes-128-cbc" },
  aes192cbc: { ...scheme, cipher: "aes-192-cbc" },
  aes256cbc: scheme,
  hmacWithSHA256: scheme,
  hmacWithSHA384: { ...scheme, hash: "sha384" },
  hmacWithSHA512: { ...scheme, hash: "sha512" },
  scrypt: { ...scheme, kdf: "scrypt" },
};

/** Signs by each digest, each time `count` times, and verifies with the public key. */
async function expectSignatures(
  flags: Flags,
  publicKey: Uint8Array,
  { count = 3, ...more }: Partial<IdentityContext> & { readonly count?: number } = {},
): Promise<void> {
  const signer = await loadSigner(identitySource(flags), identityContext(more));
  try {
    expect(Buffer.from(signer.publicKey ?? []).equals(publicKey)).toBe(true);
    for (const digest of digestNames)
      for (let round = 0; round < count; round++)
        expect([flags, digest, await isSigned(signer, publicKey, digest)]).toEqual([flags, digest, true]);
  } finally {
    await signer.close?.();
  }
}

async function isSigned(signer: Signer, publicKey: Uint8Array, digest: Digest): Promise<boolean> {
  const signature = await signer.sign(message, { digest });
  return signer.algorithm.includes("MLDSA")
    ? verifyMldsa(Buffer.from(publicKey), message, Buffer.from(signature))
    : verify(
        digests[digest],
        message,
        createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" }),
        signature,
      );
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "not refused",
    (error: unknown) => (error as { code: string }).code,
  );
}

const hasOpenssl = requireTools("the signing cases of AWS's helper", "openssl");
const keyTypes = {
  "ec-prime256v1": ["ecparam", "-name", "prime256v1", "-genkey"],
  "ec-secp384r1": ["ecparam", "-name", "secp384r1", "-genkey"],
  "rsa-1024": ["genrsa", "-traditional", "1024"],
  "rsa-2048": ["genrsa", "-traditional", "2048"],
  "rsa-4096": ["genrsa", "-traditional", "4096"],
} as const;
type KeyType = keyof typeof keyTypes;
const certificateDigests = ["md5", "sha1", "sha256", "sha384", "sha512"] as const;
const pairs = (Object.keys(keyTypes) as KeyType[]).flatMap((type) =>
  certificateDigests.flatMap((digest) => (type.startsWith("ec") && digest === "md5" ? [] : [[type, digest] as const])),
);

describe.skipIf(!hasOpenssl)("a key in files of OpenSSL", () => {
  const publicKeys = new Map<KeyType, Buffer>();
  beforeAll(() => {
    for (const [type, words] of Object.entries(keyTypes) as [KeyType, readonly string[]][]) {
      write(`${type}.key`, openssl(folder, ...words));
      publicKeys.set(type, openssl(folder, "pkey", "-in", `${type}.key`, "-pubout", "-outform", "DER"));
      const convert = (name: string, ...more: readonly string[]) =>
        openssl(folder, "pkcs8", "-topk8", "-in", `${type}.key`, "-out", `${type}-${name}.key`, ...more);
      convert("pkcs8", "-nocrypt");
      for (const [name, more] of Object.entries(encryptions)) convert(name, ...more, "-passout", `pass:${password}`);
    }
  });

  it.each(pairs)("%s under a certificate signed by %s signs from each of its eleven stores", async (type, digest) => {
    const [name, key] = [`${type}-${digest}`, at(`${type}.key`)];
    const certificate = at(`${name}.crt`);
    const request = ["req", "-x509", "-new", "-key", key, "-days", "30", "-subj", `/CN=${name}`, `-${digest}`];
    openssl(folder, ...request, "-out", certificate);
    write(`${name}-combo.pem`, Buffer.concat([readFileSync(key), readFileSync(certificate)]));
    const des = "pbeWithSHA1And3-KeyTripleDES-CBC";
    const archive = ["pkcs12", "-export", "-passout", "pass:", "-macalg", "SHA1", "-certpbe", des, "-keypbe", des];
    openssl(folder, ...archive, "-inkey", key, "-in", certificate, "-out", at(`${name}.p12`));
    const stores: readonly Flags[] = [
      { certificate, "private-key": key },
      { certificate, "private-key": at(`${type}-pkcs8.key`) },
      ...Object.keys(encryptions).map((form) => ({
        certificate,
        "private-key": at(`${type}-${form}.key`),
        "pkcs8-password": password,
      })),
      { certificate: at(`${name}.p12`) },
      { certificate: at(`${name}-combo.pem`) },
    ];
    expect(stores).toHaveLength(11);
    for (const flags of stores) await expectSignatures(flags, publicKeys.get(type)!);
    // OpenSSL makes such a certificate an authority's: enough to sign, not for a session.
    expect(await codeOf(loadIdentity(identitySource({ certificate: at(`${name}.p12`) }), identityContext()))).toBe(
      "ERR_CERTIFICATE_UNSUITABLE",
    );
  });

  it.each(["ec-prime256v1", "ec-secp384r1", "rsa-1024", "rsa-2048"] as const)(
    "%s is read without its certificate, plain and in each encryption",
    async (type) => {
      const publicKey = publicKeys.get(type)!;
      for (const form of ["", "-pkcs8"])
        await expectSignatures({ "private-key": at(`${type}${form}.key`) }, publicKey, { count: 1 });
      for (const form of Object.keys(encryptions)) {
        const flags = { "private-key": at(`${type}-${form}.key`) };
        await expectSignatures({ ...flags, "pkcs8-password": password }, publicKey, { count: 1 });
        const wrong = identitySource({ ...flags, "pkcs8-password": "incorrect-password" });
        expect(await codeOf(loadSigner(wrong, identityContext()))).toBe("ERR_PASSWORD");
      }
    },
  );

  it("opens the encryption of ACM, which names no hash", async () => {
    const plain = openssl(folder, "pkcs8", "-topk8", "-nocrypt", "-in", "rsa-2048.key", "-outform", "DER");
    const pem = formatPem("ENCRYPTED PRIVATE KEY", encryptPkcs8(plain, { ...scheme, hash: "sha1" }));
    const flags = { "private-key": write("acm.key", pem), "pkcs8-password": password };
    await expectSignatures(flags, publicKeys.get("rsa-2048")!);
  });

  it("that is damaged is refused", async () => {
    const lines = readFileSync(at("rsa-2048-pkcs8.key"), "utf8").split("\n");
    const key = write("damaged.key", lines.filter((_, index) => index !== 3).join("\n"));
    expect(await codeOf(loadSigner(identitySource({ "private-key": key }), identityContext()))).toBe("ERR_KEY");
  });
});

const mldsa = { "ML-DSA-44": ml_dsa44, "ML-DSA-65": ml_dsa65, "ML-DSA-87": ml_dsa87 } as const;

describe.each(Object.keys(mldsa) as MldsaSet[])("%s", (set) => {
  const seed = randomBytes(32);
  const publicKey = formatMldsaPublicKey(set, mldsa[set].keygen(seed).publicKey);
  const plain = mldsaPkcs8(set, "both", seed);
  const certificate = at(`${set}.crt`);
  beforeAll(() => {
    write(`${set}.crt`, issueCertificate(publicHalf(publicKey), { subject: [] }, pki.root).pem);
  });

  it("signs from a plain key and from each encryption, with its certificate and without", async () => {
    const key = write(`${set}.key`, formatPem("PRIVATE KEY", Buffer.from(plain)));
    await expectSignatures({ certificate, "private-key": key }, publicKey);
    for (const [form, how] of Object.entries(schemes)) {
      const pem = formatPem("ENCRYPTED PRIVATE KEY", encryptPkcs8(plain, how));
      const flags = { "private-key": write(`${set}-${form}.key`, pem), "pkcs8-password": password };
      await expectSignatures({ ...flags, certificate }, publicKey);
      await expectSignatures(flags, publicKey, { count: 1 });
    }
  });

  it.each(["", "wrong", "x".repeat(1000), "!@#$%^&*()", "пароль密码"])("is not opened by %j", async (wrong) => {
    const pem = formatPem("ENCRYPTED PRIVATE KEY", encryptPkcs8(plain, scheme));
    const flags = { "private-key": write(`${set}-locked.key`, pem), "pkcs8-password": wrong };
    const code = await codeOf(loadSigner(identitySource(flags), identityContext()));
    expect(code).toBe("ERR_PASSWORD");
  });
});

describe("certificates", () => {
  it.each([
    ["ec-p256", "EC"],
    ["rsa-2048", "RSA"],
  ] as const)("%s is described as %s", async (kind, keyType) => {
    const source = identitySource({ certificate: write(`${kind}.crt`, pki.leaf(kind).pem) });
    const read = await readCertificate(source.certificate!, source, identityContext());
    expect(JSON.parse(formatCertificateData(read))).toMatchObject({ keyType });
  });

  it("that are damaged are refused", async () => {
    const lines = pki.leaf("rsa-2048").pem.split("\n");
    const source = identitySource({ certificate: write("damaged.crt", lines.toSpliced(3, 2).join("\n")) });
    expect(await codeOf(readCertificate(source.certificate!, source, identityContext()))).toBe("ERR_CERTIFICATE");
  });

  it.each([
    ["without comments", (pem: string) => pem],
    ["with comments", (pem: string) => `# subject: an authority\n\n${pem}\n# that was it\n`],
  ])("of a bundle %s make the chain", async (_, format) => {
    const leaf = pki.leaf("ec-p256", {}, pki.intermediate);
    const flags = {
      certificate: write("bundled.crt", leaf.pem),
      "private-key": write("bundled.key", leaf.key.privateKeyPem),
      intermediates: write("bundle.pem", format(pki.root.pem) + format(pki.intermediate.pem)),
    };
    const { chain } = await loadIdentity(identitySource(flags), identityContext());
    expect(chain.map(({ der }) => Buffer.from(der))).toEqual([pki.intermediate.der]);
  });

  it("with a negative serial number are refused by the rule", async () => {
    const leaf = pki.leaf("ec-p256", { serial: -5n });
    const flags = {
      certificate: write("negative.crt", leaf.pem),
      "private-key": write("negative.key", leaf.key.privateKeyPem),
    };
    await expect(loadIdentity(identitySource(flags), identityContext())).rejects.toMatchObject({
      code: "ERR_CERTIFICATE_UNSUITABLE",
      message: expect.stringContaining(
        "has the serial number -5, expected a positive one (RFC 5280, section 4.1.2.2)",
      ) as string,
    });
  });
});

describe("--cert-selector", () => {
  const serial = "15D19632234BF759A32802C0DA88F9E8AFC8702D";
  const read = (value: string) => readCertSelector(identitySource({ "cert-selector": value }), identityContext());
  const list = (...entries: readonly (readonly [string, string])[]) =>
    JSON.stringify(entries.map(([Key, Value]) => ({ Key, Value })));
  const file = (name: string, text: string) => `file://${write(name, text)}`;
  const subject = ["x509Subject", "CN=Subject"] as const;
  const issuer = ["x509Issuer", "CN=Issuer"] as const;
  const number = ["x509Serial", serial] as const;

  it.each([
    [file("all.json", list(subject, issuer, number))],
    [file("some.json", list(subject, number))],
    [`Key=x509Subject,Value=CN=Subject Key=x509Issuer,Value=CN=Issuer Key=x509Serial,Value=${serial}`],
    ["Key=x509Issuer,Value=CN=Issuer"],
    ["Key=x509Subject,Value=CN=Two Words Key=x509Issuer,Value=CN=Two Words,OU=Three More Words"],
    ["Key=x509Subject,Value=CN=Two Words,O=Two More Key=x509Issuer,Value=CN=Issuer"],
    [" \n  Key=x509Subject,Value=CN=Two Words,O=Two More   \t   Key=x509Issuer,Value=CN=Issuer  \n"],
    [" \n  Key=x509Subject,Value=CN=Blanks Behind  ,O=Two More   \t   Key=x509Issuer,Value=CN=Issuer  \n"],
  ])("takes %j", (value) => {
    expect(Object.keys(read(value)).length).toBeGreaterThan(0);
  });

  it.each([
    [file("junk.json", "junk;junk")],
    [file("object.json", '{"junk": "junk"}')],
    [file("single.json", '{"Key": "x509Serial", "Value": "junk"}')],
    [file("twice.json", list(subject, issuer, number, ["x509Subject", "CN=Other"]))],
    ["junk"],
    ["Key=junk,Val"],
    ["Key=junk,Value=junk"],
    [`Key=x509Subject,Value=a Key=x509Issuer,Value=b Key=x509Serial,Value=${serial} Key=x509Subject,Value=c`],
    ["junk Key=x509Subject,Value=a"],
    ["Key=x509Subject,Value=a Key=x509Subject,Value=b"],
  ])("refuses %j", (value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: "ERR_SETTING" }) as Error);
  });

  it("keeps blanks within a value and drops those around it", () => {
    expect(read(" \n  Key=x509Subject,Value=CN=Behind  ,O=More   \t   Key=x509Issuer,Value=CN=Issuer  \n ")).toEqual({
      subject: "CN=Behind  ,O=More",
      issuer: "CN=Issuer",
    });
  });

  it.each([
    "Key=x509Subject,Value=CN=other",
    "Key=x509Issuer,Value=CN=other",
    "Key=x509Serial,Value=15D19632234BF759A32802C0DA88F9E8AFC8702D",
    `Key=x509Subject,Value=CN=client Key=x509Serial,Value=${serial}`,
  ])("finds nothing by %j", async (value) => {
    const store = createScratch("store");
    const leaf = pki.leaf("ec-p256", { serial: 7n });
    writeFileSync(join(store, "one.pem"), leaf.pem + leaf.key.privateKeyPem);
    const search = (selector: string) =>
      codeOf(loadIdentity(identitySource({ "cert-store": store, "cert-selector": selector }), identityContext()));
    expect(await search("Key=x509Subject,Value=CN=client")).toBe("not refused");
    expect(await search(value)).toBe("ERR_CERTIFICATE");
  });
});

const hasToken =
  requireTools("the token cases of AWS's helper", "softhsm2-util", "pkcs11-tool", "pkcs11js") &&
  softHsmLibrary !== undefined;

describe.skipIf(!hasToken)("keys on a token, each once plain and once with its PIN for each signature", () => {
  const objects = ["rsa-2048", "ec-p256"] as const;
  const other = { "rsa-2048": "ec-p256", "ec-p256": "rsa-2048" } as const;
  const uri = (object: string) => `pkcs11:token=parity;object=${object}?pin-value=${pin}`;
  const file = (object: string) => at(`token-${object}.crt`);
  const lib = { "pkcs11-lib": softHsmLibrary ?? "", "reuse-pin": true };

  beforeAll(() => {
    const token = createSoftToken("parity");
    // The library reads the environment of the process itself.
    process.env["SOFTHSM2_CONF"] = token.environment["SOFTHSM2_CONF"];
    for (const [index, object] of objects.entries()) {
      const key = keyOf(object, "token");
      const leaf = issueCertificate(key, { subject: [["CN", object]] }, pki.root);
      write(`token-${object}.crt`, leaf.pem);
      const places = [write("token.der", leaf.der), write("token.key", key.privateKeyPem)] as const;
      for (const [label, more] of [
        [object, []],
        [`${object}-always-auth`, ["--always-auth"]],
      ] as const) {
        const name = ["--label", label, "--id", `0${2 * index + 1 + more.length}`];
        token.tool("--write-object", places[1], "--type", "privkey", "--usage-sign", ...name, ...more);
        token.tool("--write-object", places[0], "--type", "cert", ...name);
      }
    }
  });

  const combinations = (object: (typeof objects)[number]): readonly Flags[] => [
    { certificate: uri(object) },
    { "private-key": uri(object) },
    { certificate: uri(object), "private-key": uri(object) },
    { certificate: file(object), "private-key": uri(object) },
    { certificate: uri(object), "private-key": uri(`${object}-always-auth`) },
    { certificate: file(object), "private-key": uri(`${object}-always-auth`) },
    { certificate: file(object), "private-key": `pkcs11:token=parity?pin-value=${pin}` },
  ];

  it.each(objects.flatMap((object) => combinations(object).map((flags) => [object, flags] as const)))(
    "%s signs with %j",
    async (object, flags) => {
      const signer = await loadSigner(identitySource({ ...lib, ...flags }), identityContext());
      for (const digest of digestNames)
        expect(await isSigned(signer, keyOf(object, "token").publicKeyInfo, digest)).toBe(true);
      await signer.close?.();
    },
  );

  it.each(
    objects.flatMap((object) =>
      [uri(object), file(object)].flatMap((certificate) =>
        ["", "-always-auth"].map((suffix) => [certificate, uri(`${other[object]}${suffix}`)] as const),
      ),
    ),
  )("%s is not taken with %s", async (certificate, key) => {
    const flags = { ...lib, certificate, "private-key": key };
    // A token may hide the public half of a key: then the first signature shows it.
    const work = async () => {
      const identity = await loadUncheckedIdentity(identitySource(flags), identityContext());
      try {
        await identity.sign(message);
      } finally {
        await identity.close?.();
      }
    };
    expect(await codeOf(work())).toBe("ERR_KEY_MISMATCH");
  });
});

const hasTpm = requireTools("the TPM cases of AWS's helper", "swtpm", "tpm2-openssl", "tpm2_create");

describe.skipIf(!hasTpm)("keys in a TPM", () => {
  const parent = ["-pkeyopt", "parent:0x81000001"];
  const keys = {
    rsa: ["RSA", "-pkeyopt", "bits:2048"],
    "rsa-81000001": ["RSA", "-pkeyopt", "bits:2048", ...parent],
    "ec-p256": ["EC", "-pkeyopt", "group:P-256"],
    "ec-p384": ["EC", "-pkeyopt", "group:P-384"],
    "ec-81000001": ["EC", "-pkeyopt", "group:P-256", ...parent],
  } as const;
  const names = ["rsa-81000001", "ec-p256", "ec-p384"] as const;
  const publicKeys = new Map<string, Buffer>();
  let tpm: SoftTpm;
  const context = () => ({ variables: { TPM_DEVICE: tpm.device }, count: 1 });
  const provider = ["-provider", "tpm2", "-provider", "default"];

  beforeAll(async () => {
    tpm = await startSwtpm();
    // More wrong passwords than a new TPM forgives.
    tpm.run("tpm2_dictionarylockout", "-Q", "-s", "-n", "32", "-t", "10", "-l", "10");
    const flush = () => tpm.run("tpm2_flushcontext", "-t");
    tpm.run("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "p.ctx");
    tpm.run("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "p.ctx", "0x81000001");
    flush();
    const attributes = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|noda";
    tpm.run("tpm2_create", "-Q", "-C", "0x81000001", "-G", "ecc384", "-a", attributes, "-u", "k.pub", "-r", "k.priv");
    tpm.run("tpm2_load", "-Q", "-C", "0x81000001", "-u", "k.pub", "-r", "k.priv", "-c", "k.ctx");
    tpm.run("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "k.ctx", "0x81000101");
    flush();
    tpm.run("tpm2_readpublic", "-Q", "-c", "0x81000101", "-f", "der", "-o", "h.pub");
    publicKeys.set("handle", readFileSync(join(tpm.folder, "h.pub")));
    for (const [name, [algorithm, ...more]] of Object.entries(keys)) {
      for (const [suffix, auth, passin] of [
        ["", [], []],
        ["-locked", ["-pkeyopt", "user-auth:1234"], ["-passin", "pass:1234"]],
      ] as const) {
        const file = at(`tpm-${name}${suffix}.key`);
        tpm.run("openssl", "genpkey", ...provider, "-algorithm", algorithm, ...more, ...auth, "-out", file);
        const half = ["-in", file, "-pubout", "-outform", "DER"];
        publicKeys.set(`${name}${suffix}`, tpm.run("openssl", "pkey", ...provider, ...passin, ...half));
      }
    }
  });
  afterAll(async () => {
    await tpm?.stop();
    stopSwtpms();
  });

  it.each(
    names.flatMap((name) => (["sha1", "sha256", "sha384", "sha512"] as const).map((digest) => [name, digest] as const)),
  )(
    "%s under a certificate signed by %s sign from a file beside it and with it, told or known to need no password",
    async (name, digest) => {
      const publicKey = publicKeys.get(name)!;
      const { pem } = issueCertificate(publicHalf(publicKey), { digest }, pki.root);
      const certificate = write(`tpm-${name}-${digest}.crt`, pem);
      const key = at(`tpm-${name}.key`);
      const combo = write(`tpm-${name}-${digest}.pem`, readFileSync(key, "utf8") + pem);
      for (const more of [{ "no-tpm-key-password": true }, {}]) {
        await expectSignatures({ certificate, "private-key": key, ...more }, publicKey, context());
        await expectSignatures({ certificate: combo, ...more }, publicKey, context());
      }
    },
  );

  it.each(["handle:0x81000101", "handle:81000101"])("%s signs, whatever signed its certificate", async (handle) => {
    const publicKey = publicKeys.get("handle")!;
    for (const digest of ["sha1", "sha256", "sha384", "sha512"] as const) {
      const { pem } = issueCertificate(publicHalf(publicKey), { digest }, pki.root);
      const flags = { certificate: write("tpm-handle.crt", pem), "private-key": handle, "no-tpm-key-password": true };
      await expectSignatures(flags, publicKey, context());
    }
  });

  it("sign without a certificate", async () => {
    const publicKey = publicKeys.get("rsa-81000001")!;
    const key = { "private-key": at("tpm-rsa-81000001.key") };
    await expectSignatures({ ...key, "no-tpm-key-password": true }, publicKey, context());
    await expectSignatures(key, publicKey, context());
  });

  it.each(Object.keys(keys))("%s with a password is opened by it, and by no other", async (name) => {
    const key = { "private-key": at(`tpm-${name}-locked.key`) };
    const publicKey = publicKeys.get(`${name}-locked`)!;
    await expectSignatures({ ...key, "tpm-key-password": "1234" }, publicKey, context());
    const wrong = { ...key, "tpm-key-password": "incorrect-password" };
    await expect(expectSignatures(wrong, publicKey, context())).rejects.toMatchObject({ code: "ERR_PASSWORD" });
  });

  it("that need no password take none", async () => {
    const flags = { "private-key": at("tpm-ec-p256.key"), "tpm-key-password": "unneeded" };
    expect(await codeOf(loadSigner(identitySource(flags), identityContext(context())))).toBe("ERR_CONFLICT");
  });
});

describe("sessions", () => {
  let account: EmulatorAccount;
  beforeAll(async () => {
    account = await startEmulatorAccount();
  });
  afterAll(() => account.stop());

  const head = "text\nbefore\nsections\n";
  const session = "aws_secret_access_key = SECRET\naws_session_token = TOKEN";
  it.each([
    [
      "a profile whose name has a blank",
      "two words",
      "[two words]\naws_access_key_id = old\n[two]\naws_secret_access_key = kept",
      `[two words]\naws_access_key_id = KEY\n${session}\n[two]\naws_secret_access_key = kept`,
    ],
    [
      "a profile with other keys",
      "two words",
      "[two words]\naws_access_key_id = old\nother = kept\n[two]\naws_secret_access_key = kept",
      `[two words]\naws_access_key_id = KEY\nother = kept\n${session}\n[two]\naws_secret_access_key = kept`,
    ],
    [
      "a profile in a comment",
      "two words",
      "# [two words]\naws_access_key_id = kept\n[two]\naws_secret_access_key = kept",
      `# [two words]\naws_access_key_id = kept\n[two]\naws_secret_access_key = kept\n\n[two words]\naws_access_key_id = KEY\n${session}`,
    ],
    [
      "a profile that does not exist",
      "two words",
      "[two]\naws_secret_access_key = kept",
      `[two]\naws_secret_access_key = kept\n\n[two words]\naws_access_key_id = KEY\n${session}`,
    ],
    [
      "a profile whose name begins another, each key where it was",
      "two",
      "[two words]\naws_access_key_id = kept\n[two]\naws_secret_access_key = old",
      "[two words]\naws_access_key_id = kept\n[two]\naws_secret_access_key = SECRET\naws_access_key_id = KEY\naws_session_token = TOKEN",
    ],
    [
      "the last of two profiles of one name",
      "two",
      "[two]\nother = kept\n[two words]\naws_access_key_id = kept\n[two]\naws_secret_access_key = old",
      "[two]\nother = kept\n[two words]\naws_access_key_id = kept\n[two]\naws_secret_access_key = SECRET\naws_access_key_id = KEY\naws_session_token = TOKEN",
    ],
  ])("are written by update to %s", async (_, profile, before, after) => {
    const file = join(createScratch("update"), "credentials");
    writeFileSync(file, head + before);
    const env = { ...account.variables, AWS_SHARED_CREDENTIALS_FILE: file };
    const { status } = await runCli(["update", ...account.flags, "--once", "--profile", profile], { env });
    expect(status).toBe(0);
    const masked = readFileSync(file, "utf8")
      .replace(/ASIA\w+/, "KEY")
      .replace(/(?<=aws_secret_access_key = )(?!kept)\S+/, "SECRET")
      .replace(/(?<=aws_session_token = )\S+/, "TOKEN");
    // Ours alone: when the session expires.
    expect(masked).toMatch(/\nx_security_token_expires = \S+Z(?:\n|$)/);
    expect(masked.replace(/\nx_security_token_expires = .*/, "").trimEnd()).toBe(head + after);
  });

  it("are served below each path, with a slash behind it and without", async () => {
    const cli = startCli(["serve", ...account.flags, "--port", "0"], { env: account.variables });
    const [, port = ""] = await cli.waitFor(/Local server started on port: (\d+)/, "stderr");
    const send = async (path: string, init: RequestInit) => {
      const response = await fetch(`http://127.0.0.1:${port}/latest/${path}`, { redirect: "manual", ...init });
      return [response.status, await response.text()] as const;
    };
    const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    const roles = "meta-data/iam/security-credentials";
    for (const slash of ["", "/"]) {
      const [status, token] = await send(`api/token${slash}`, { method: "PUT", headers: ttl });
      const headers = { "x-aws-ec2-metadata-token": token };
      const [listed, role] = await send(`${roles}${slash}`, { headers });
      const [given, body] = await send(`${roles}/${role}${slash}`, { headers });
      expect([slash, status, listed, role, given]).toEqual([slash, 200, 200, "Demo", 200]);
      expect(JSON.parse(body)).toMatchObject({ Code: "Success" });
    }
    expect((await cli.stop()).status).toBe(0);
  });
});
