import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readDeviceLeaf } from "../../src/identity/device-leaf.js";
import { loadUncheckedIdentity } from "../../src/identity/load-identity.js";
import { loadSigner } from "../../src/identity/load-signer.js";
import type { Pkcs11Api } from "../../src/identity/pkcs11/binding.js";
import { createPkcs11Signer } from "../../src/identity/pkcs11/signer.js";
import { TokenReader } from "../../src/identity/pkcs11/reader.js";
import type { TokenSession } from "../../src/identity/pkcs11/token.js";
import type { IdentityContext } from "../../src/identity/source.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { createPki, issueCertificate, keyOf } from "../support/pki.js";
import type { KeyKind } from "../support/pki.js";
import { refusalOf } from "../support/refusal.js";
import { createScratch } from "../support/scratch.js";
import { createSoftToken, pin, softHsmLibrary } from "../support/soft-token.js";
import type { SoftToken } from "../support/soft-token.js";
import { requireTools } from "../support/tools.js";

const message = Buffer.from("message");
const pki = createPki();
const hasToken =
  requireTools("keys on a token, in this process", "softhsm2-util", "pkcs11-tool", "pkcs11js") &&
  softHsmLibrary !== undefined;

type Flags = Readonly<Record<string, string | boolean>>;

describe.skipIf(!hasToken)("keys on a token", () => {
  let token: SoftToken;
  const folder = createScratch("pkcs11-keys");
  const at = (name: string) => join(folder, name);
  const leaves = new Map<KeyKind, Buffer>();
  const lib = { "pkcs11-lib": softHsmLibrary ?? "" };
  const withPin = { ...lib, "pkcs11-pin": pin };
  const uri = (rest: string) => `pkcs11:token=main%20token;${rest}`;
  const load = (flags: Flags, more: Partial<IdentityContext> = {}) =>
    loadUncheckedIdentity(identitySource(flags), identityContext(more));

  beforeAll(() => {
    token = createSoftToken("main token", "other");
    // The library reads the environment of the process itself.
    process.env["SOFTHSM2_CONF"] = token.environment["SOFTHSM2_CONF"];
    const write = (name: string, der: Uint8Array, label: string, id: string) => {
      writeFileSync(join(token.folder, name), der);
      token.tool("--write-object", name, "--type", "cert", "--label", label, "--id", id);
    };
    for (const [kind, id] of [
      ["rsa-2048", "01"],
      ["ec-p384", "02"],
    ] as const) {
      const issued = issueCertificate(keyOf(kind, "token"), { subject: [["CN", kind]] }, pki.intermediate);
      leaves.set(kind, issued.der);
      writeFileSync(at(`${kind}.pem`), issued.pem);
      const pkcs8 = createPrivateKey(keyOf(kind, "token").privateKeyPem).export({ format: "pem", type: "pkcs8" });
      writeFileSync(at(`${kind}.key`), pkcs8);
      token.importKey(at(`${kind}.key`), kind, id);
      write(`${kind}.der`, issued.der, kind, id);
    }
    write("issuer.der", pki.intermediate.der, "issuer", "77");
    writeFileSync(at("pin"), `${pin}\n`);
  });

  async function expectSignature(identity: { sign: (message: Uint8Array) => Promise<Uint8Array> }, kind: KeyKind) {
    const publicKey = createPublicKey(keyOf(kind, "token").privateKeyPem);
    expect(verify("sha256", message, publicKey, await identity.sign(message))).toBe(true);
  }

  it.each([
    ["rsa-2048", "id=%01"],
    ["ec-p384", "id=%02"],
    ["ec-p384", "object=ec-p384"],
  ] as const)("sign with a certificate and its chain on the token: %s by %s", async (kind, named) => {
    const identity = await load({ ...withPin, certificate: uri(named) });
    await expectSignature(identity, kind);
    expect(identity.algorithm).toBe(kind === "rsa-2048" ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256");
    expect([identity.leaf, ...identity.chain].map(({ der }) => Buffer.from(der))).toEqual([
      leaves.get(kind),
      pki.intermediate.der,
    ]);
    await identity.close?.();
  });

  it.each(["SHA384", "SHA512"] as const)("sign with %s", async (digest) => {
    for (const kind of ["rsa-2048", "ec-p384"] as const) {
      const id = kind === "rsa-2048" ? "id=%01" : "id=%02";
      const identity = await load({ ...withPin, certificate: uri(id) });
      const publicKey = createPublicKey(keyOf(kind, "token").privateKeyPem);
      expect(verify(digest, message, publicKey, await identity.sign(message, { digest }))).toBe(true);
      await identity.close?.();
    }
  });

  it("take the PIN from the URI, its file, a file of the settings, or a question that is asked once", async () => {
    const certificate = uri("id=%02");
    const secrets = { typed: new Map(), refused: new Set<string>() };
    const asked: string[] = [];
    const prompt = async (question: string) => (asked.push(question), pin);
    for (const flags of [
      { ...lib, certificate: `${certificate}?pin-value=${pin}` },
      { ...lib, certificate: `${certificate}?pin-source=file:${at("pin")}` },
      { ...lib, certificate: `${certificate}?pin-source=${at("pin")}` },
      { ...lib, certificate, "private-key": `${certificate}?pin-value=${pin}` },
      { ...lib, certificate, "pkcs11-pin-file": at("pin") },
      { certificate: `${certificate}?module-path=${softHsmLibrary}`, "pkcs11-pin": pin },
      { ...lib, certificate },
      { ...lib, certificate },
    ]) {
      const identity = await load(flags, { prompt, secrets });
      await expectSignature(identity, "ec-p384");
      await identity.close?.();
    }
    expect(asked).toEqual([expect.stringMatching(/^User PIN of token "main token" \(serial [0-9a-f]+\): $/)]);
  });

  it("go with certificates and keys in files", async () => {
    const key = uri("object=ec-p384");
    const identity = await load({ ...withPin, certificate: at("ec-p384.pem"), "private-key": key });
    await expectSignature(identity, "ec-p384");
    await identity.close?.();
    // Several keys fit the URI, and the certificate says which is meant.
    const several = await load({ ...withPin, certificate: at("rsa-2048.pem"), "private-key": uri("type=private") });
    await expectSignature(several, "rsa-2048");
    await several.close?.();
    const file = await load({ ...withPin, certificate: uri("id=%02"), "private-key": at("ec-p384.key") });
    await expectSignature(file, "ec-p384");
    await file.close?.();
    const missing = await refusalOf(load({ ...withPin, certificate: "/nowhere/c", "private-key": key }));
    expect(missing.message).toContain("cannot read certificate file");
    const other = { ...withPin, certificate: at("ec-p384.pem"), "private-key": uri("id=%01") };
    expect((await refusalOf(load(other))).code).toBe("ERR_KEY_MISMATCH");
  });

  it("are signers by themselves", async () => {
    const signer = await loadSigner(identitySource({ ...withPin, "private-key": uri("id=%01") }), identityContext());
    await expectSignature(signer, "rsa-2048");
    expect(Buffer.from(signer.publicKey ?? []).equals(keyOf("rsa-2048", "token").publicKeyInfo)).toBe(true);
    await signer.close?.();
    const alone = await refusalOf(load({ ...withPin, "private-key": uri("id=%01") }));
    expect(alone).toMatchObject({ code: "ERR_SETTING", message: expect.stringContaining("--certificate is missing") });
  });

  it("are told by their URIs when several fit, or none does", async () => {
    const certificates = await refusalOf(load({ ...withPin, certificate: "pkcs11:token=main%20token" }));
    expect(certificates).toMatchObject({
      code: "ERR_CERTIFICATE",
      message: "multiple matching certificates (--certificate): 2, expected one",
    });
    const [lead, ...offered] = certificates.hints;
    expect(lead).toBe("name one of them:");
    expect(offered.map((hint) => /id=%(\d\d)/.exec(hint)?.[1]).sort()).toEqual(["01", "02"]);
    const none = await refusalOf(load({ ...withPin, certificate: uri("id=%09") }));
    expect(none).toMatchObject({
      code: "ERR_CERTIFICATE",
      message: expect.stringContaining("no matching certificate for pkcs11:token=main%20token;id=%09 (--certificate)"),
      hints: [
        expect.stringContaining("present: pkcs11:token="),
        expect.stringContaining("present: pkcs11:token="),
        expect.stringContaining("pkcs11-tool"),
      ],
    });
    const certificate = at("ec-p384.pem");
    const keyless = await refusalOf(load({ ...withPin, certificate, "private-key": uri("id=%09") }));
    expect(keyless).toMatchObject({ code: "ERR_KEY", message: expect.stringContaining("no matching private key") });
    const tokens = await refusalOf(load({ ...withPin, certificate, "private-key": "pkcs11:" }));
    expect(tokens).toMatchObject({
      code: "ERR_KEY",
      message: "multiple matching tokens (--private-key): 2, expected one",
    });
    const absent = await refusalOf(load({ ...withPin, certificate, "private-key": "pkcs11:token=absent" }));
    expect(absent).toMatchObject({ code: "ERR_KEY", message: expect.stringContaining("no matching token") });
    const keys = await refusalOf(
      loadSigner(identitySource({ ...withPin, "private-key": uri("type=private") }), identityContext()),
    );
    expect(keys).toMatchObject({
      code: "ERR_KEY",
      message: "multiple matching private keys (--private-key): 2, expected one",
    });
  });

  it("are offered a wrong PIN once in a run", async () => {
    const secrets = { typed: new Map(), refused: new Set<string>() };
    const flags = { ...lib, certificate: uri("id=%01"), "pkcs11-pin": "9999" };
    const first = await refusalOf(load(flags, { secrets }));
    expect(first).toMatchObject({ code: "ERR_PASSWORD", message: 'the user PIN of token "main token" is wrong' });
    expect((await refusalOf(load(flags, { secrets }))).message).toContain("not tried again");
    const missing = await refusalOf(load({ ...lib, certificate: uri("id=%01") }));
    expect(missing).toMatchObject({
      code: "ERR_PASSWORD",
      message: 'token "main token" needs its user PIN and none is given',
    });
    expect(missing.hints.join()).toContain("--pkcs11-pin-file");
  });

  it("have certificates to look at without a login", async () => {
    const named = identitySource({ ...lib, certificate: uri("id=%01") });
    expect(Buffer.from((await readDeviceLeaf(named, identityContext()))?.der ?? [])).toEqual(leaves.get("rsa-2048"));
    const several = identitySource({ ...lib, certificate: "pkcs11:token=main%20token" });
    expect(await readDeviceLeaf(several, identityContext())).toBeUndefined();
    const file = identitySource({ ...lib, certificate: at("ec-p384.pem"), "private-key": uri("id=%02") });
    expect(Buffer.from((await readDeviceLeaf(file, identityContext()))?.der ?? [])).toEqual(leaves.get("ec-p384"));
    const reader = new TokenReader(named, identityContext());
    expect(
      reader
        .listCertificates({})
        .map(({ uri: { object } }) => object)
        .sort(),
    ).toEqual(["ec-p384", "issuer", "rsa-2048"]);
    reader.close();
  });

  it("need a library that loads", async () => {
    const refusal = await refusalOf(load({ "pkcs11-lib": "/nowhere.so", certificate: "pkcs11:" }));
    expect(refusal.message).toContain("failed to load provider library /nowhere.so");
    const named = await refusalOf(load({ certificate: "pkcs11:?module-name=nowhere-at-all" }));
    expect(named.message).toContain("libnowhere-at-all.so");
    const darwin = await refusalOf(load({ certificate: "pkcs11:?module-name=no" }, { platform: "darwin" }));
    expect(darwin.message).toContain("libno.dylib");
    const windows = await refusalOf(load({ certificate: "pkcs11:?module-name=no" }, { platform: "win32" }));
    expect(windows.message).toContain("no.dll");
  });
});

describe.skipIf(!hasToken)("a token without public objects", () => {
  const folder = createScratch("pkcs11-bare");
  const at = (name: string) => join(folder, name);
  const lib = { "pkcs11-lib": softHsmLibrary ?? "", "pkcs11-pin": pin };
  const load = (flags: Flags) => loadUncheckedIdentity(identitySource({ ...lib, ...flags }), identityContext());

  beforeAll(() => {
    const token = createSoftToken("bare");
    process.env["SOFTHSM2_CONF"] = token.environment["SOFTHSM2_CONF"];
    for (const [name, id] of [
      ["one", "01"],
      ["two", "02"],
      ["twin", "03"],
    ] as const) {
      const key = keyOf("ec-p256", name === "twin" ? "bare two" : `bare ${name}`);
      const issued = issueCertificate(key, { subject: [["CN", name]] }, pki.root);
      writeFileSync(at(`${name}.pem`), issued.pem);
      writeFileSync(at(`${name}.key`), createPrivateKey(key.privateKeyPem).export({ format: "pem", type: "pkcs8" }));
      token.importKey(at(`${name}.key`), name, id);
      try {
        token.tool("--delete-object", "--type", "pubkey", "--id", id);
      } catch {
        // The import made none.
      }
      if (name === "twin") continue;
      writeFileSync(join(token.folder, `${name}.der`), issued.der);
      token.tool("--write-object", `${name}.der`, "--type", "cert", "--label", name, "--id", id);
    }
  });

  it.each(["one", "two"])(
    "gives the key that signs for the certificate, also where it is there twice: %s",
    async (name) => {
      const identity = await load({ certificate: at(`${name}.pem`), "private-key": "pkcs11:token=bare" });
      const publicKey = createPublicKey(keyOf("ec-p256", `bare ${name}`).privateKeyPem);
      expect(verify("sha256", message, publicKey, await identity.sign(message))).toBe(true);
      await identity.close?.();
    },
  );

  it("refuses a certificate that none of its keys signs for", async () => {
    const other = issueCertificate(keyOf("ec-p256", "elsewhere"), {}, pki.root);
    writeFileSync(at("other.pem"), other.pem);
    expect(await refusalOf(load({ certificate: at("other.pem"), "private-key": "pkcs11:token=bare" }))).toMatchObject({
      code: "ERR_KEY",
      message: "multiple matching private keys (--private-key): 3, expected one",
    });
  });

  it("is logged in to before its certificates are listed, if the URI has a PIN", async () => {
    const labels = async (certificate: string) => {
      const reader = new TokenReader(identitySource({ ...lib, certificate }), identityContext());
      try {
        const listed = await reader.listWithPin(reader.uris.certificate ?? {});
        return listed.map(({ uri: { object } }) => object).sort();
      } finally {
        reader.close();
      }
    };
    expect(await labels("pkcs11:token=bare")).toEqual(["one", "two"]);
    expect(await labels(`pkcs11:token=bare?pin-value=${pin}`)).toEqual(["one", "two"]);
    expect((await refusalOf(labels("pkcs11:token=bare?pin-value=9999"))).code).toBe("ERR_PASSWORD");
  });
});

describe.skipIf(!hasToken)("a key that asks for its PIN at each signature", () => {
  const flags = { "pkcs11-lib": softHsmLibrary ?? "", "private-key": "pkcs11:token=always;id=%05" };
  beforeAll(() => {
    const token = createSoftToken("always");
    process.env["SOFTHSM2_CONF"] = token.environment["SOFTHSM2_CONF"];
    const key = ["--keypairgen", "--key-type", "EC:prime256v1", "--label", "always", "--id", "05"];
    token.tool(...key, "--always-auth");
  });
  const signWith = async (more: Flags, context: Partial<IdentityContext> = {}) => {
    const signer = await loadSigner(identitySource({ ...flags, ...more }), identityContext(context));
    try {
      return { signature: await signer.sign(message), publicKey: signer.publicKey };
    } finally {
      await signer.close?.();
    }
  };

  it("gets the user PIN again when that is allowed", async () => {
    const { signature, publicKey } = await signWith({ "pkcs11-pin": pin, "reuse-pin": true });
    const key = createPublicKey({ key: Buffer.from(publicKey ?? []), format: "der", type: "spki" });
    expect(verify("sha256", message, key, signature)).toBe(true);
  });

  it("asks for it otherwise, and is refused where nobody can be asked", async () => {
    const asked: string[] = [];
    const prompt = async (question: string) => (asked.push(question), pin);
    await signWith({ "pkcs11-pin": pin }, { prompt });
    expect(asked).toEqual([expect.stringMatching(/^PIN for a signature with pkcs11:token=always;.*type=private: $/)]);
    const refusal = await refusalOf(signWith({ "pkcs11-pin": pin }));
    expect(refusal.code).toBe("ERR_PASSWORD");
    expect(refusal.message).toMatch(
      /^the key pkcs11:token=always;.* asks for its PIN at each signature and none is given$/,
    );
    expect(refusal.hints[0]).toBe("give --reuse-pin when it is the user PIN");
  });
});

describe("a signer over a token's key", () => {
  const handle = Buffer.alloc(8);

  function signerOf(values: Readonly<Record<number, Buffer>>, mechanisms: readonly number[], pinEachTime = false) {
    const calls: unknown[] = [];
    const partial: Partial<Pkcs11Api> = {
      C_GetAttributeValue: (_session, _object, wanted) =>
        wanted.map(({ type }) => {
          const value = type === 0x202 ? Buffer.of(pinEachTime ? 1 : 0) : values[type];
          if (value === undefined) throw Object.assign(new Error("CKR_ATTRIBUTE_TYPE_INVALID"), { code: 0x12 });
          return { type, value };
        }),
      C_GetMechanismList: () => [...mechanisms],
      C_FindObjectsInit: () => undefined,
      C_FindObjects: () => [],
      C_FindObjectsFinal: () => undefined,
      C_SignInit: (_session, mechanism) => void calls.push(mechanism),
      C_Sign: (_session, data, buffer) => {
        calls.push(Buffer.from(data).toString("hex"), buffer.length >= 512);
        return Buffer.alloc(96, 1);
      },
    };
    const module = { api: partial as Pkcs11Api, library: "lib.so", close: () => undefined };
    const session: TokenSession = { module, token: { slot: handle, uri: {}, flags: 0 }, handle };
    const login = async () => void calls.push("login");
    return { signer: createPkcs11Signer(session, { handle, id: Buffer.of(1), label: "" }, login), calls };
  }

  const [rsa, ec] = [Buffer.of(0), Buffer.of(3)];
  const hash = "ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d";

  it("lets the token hash where it offers to", async () => {
    const { signer, calls } = signerOf({ 0x100: rsa }, [0x1, 0x40]);
    await signer.sign(message);
    expect(calls).toEqual([{ mechanism: 0x40 }, message.toString("hex"), true]);
  });

  it("sends the hash with its name where the token only signs, and logs in for each signature if it must", async () => {
    const { signer, calls } = signerOf({ 0x100: rsa }, [0x1], true);
    await signer.sign(message);
    expect(calls).toEqual([{ mechanism: 0x1 }, "login", `3031300d060960864801650304020105000420${hash}`, true]);
  });

  it("cuts a hash to the size of the curve", async () => {
    const p256 = Buffer.from("06082a8648ce3d030107", "hex");
    const { signer, calls } = signerOf({ 0x100: ec, 0x180: p256 }, [0x1041]);
    const signature = await signer.sign(message, { digest: "SHA512" });
    expect(calls[0]).toEqual({ mechanism: 0x1041 });
    expect(calls[1]).toHaveLength(64);
    expect(Buffer.from(signature).subarray(0, 2).toString("hex")).toBe("3064");
  });

  it("is refused for a key of another type", () => {
    expect(() => signerOf({ 0x100: Buffer.of(0x10) }, [])).toThrow(
      "the key on the token is of type 16, expected RSA or EC",
    );
    expect(() => signerOf({}, [])).toThrow("is of type unknown");
  });
});
