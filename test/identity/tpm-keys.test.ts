import { createPublicKey, verify } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { encodeElement, encodeOid, tags } from "../../src/identity/asn1/der.js";

import type { TpmSource } from "../../src/identity/material-source.js";
import type { IdentityContext } from "../../src/identity/source.js";
import type { Signer } from "../../src/identity/signer.js";
import { parseTpmPublic } from "../../src/identity/tpm/public.js";
import { createTpmHandleSigner, createTss2Signer } from "../../src/identity/tpm/key.js";
import { openTpm } from "../../src/identity/tpm/transport.js";
import { renderText } from "../../src/message.js";
import { parseMaterialSource } from "../../src/settings/material-source.js";
import { publicAreaOf, startFakeTpm, tpm2b, tpmCommands } from "../support/fake-tpm.js";
import type { AreaChanges, FakeTpm, FakeTpmOptions } from "../support/fake-tpm.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { keyOf } from "../support/pki.js";
import type { KeyKind } from "../support/pki.js";
import { createScratch } from "../support/scratch.js";

const message = Buffer.from("what is signed");
const privateArea = tpm2b(Buffer.from("sealed by the parent"));
const pemOf = (kind: KeyKind) => keyOf(kind).privateKeyPem;
const codesOf = ({ commands }: FakeTpm) => commands.map((command) => command.readUInt32BE(6));

const contextOf = (device: string, more: Partial<IdentityContext> = {}) =>
  identityContext({ variables: { TPM_DEVICE: device }, ...more });

async function startTpm(kind: KeyKind, more: Partial<FakeTpmOptions> = {}): Promise<FakeTpm> {
  const tpm = await startFakeTpm({ privateKeyPem: pemOf(kind), message, ...more });
  onTestFinished(tpm.stop);
  return tpm;
}

const noPassword = { "no-tpm-key-password": true };

function openHandle(
  { device }: FakeTpm,
  flags: Readonly<Record<string, string | boolean>> = noPassword,
  more: Partial<IdentityContext> = {},
): Promise<Signer> {
  const origin = { kind: "flag", setting: "private-key" } as const;
  const value = parseMaterialSource({ value: "handle:0x81000101", origin }) as TpmSource;
  return createTpmHandleSigner({ value, origin }, identitySource(flags), contextOf(device, more));
}

function tss2(kind: KeyKind, { parent = "40000001", emptyAuth = true } = {}): Uint8Array {
  const auth = encodeElement(0xa0, encodeElement(tags.boolean, Uint8Array.of(emptyAuth ? 0xff : 0)));
  const octets = (bytes: Uint8Array) => encodeElement(tags.octetString, bytes);
  const handle = encodeElement(tags.integer, Buffer.from(parent, "hex"));
  const areas = [octets(publicAreaOf(pemOf(kind))), octets(privateArea)];
  return encodeElement(tags.sequence, encodeOid("2.23.133.10.1.3"), auth, handle, ...areas);
}

describe("a key that a TPM keeps", () => {
  it.each([
    ["rsa-2048", "SHA256"],
    ["rsa-2048", "SHA512"],
    ["ec-p256", "SHA256"],
    ["ec-p384", "SHA384"],
    ["ec-p521", "SHA512"],
  ] as const)("signs as its public key confirms: %s with %s", async (kind, digest) => {
    const tpm = await startTpm(kind);
    const signer = await openHandle(tpm);
    expect(signer.algorithm).toBe(kind === "rsa-2048" ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256");
    expect(Buffer.from(signer.publicKey ?? []).equals(keyOf(kind).publicKeyInfo)).toBe(true);
    const signature = await signer.sign(message, { digest });
    await signer.close?.();
    expect(verify(digest, message, createPublicKey(pemOf(kind)), signature)).toBe(true);
    expect(tpm.commands[0]?.toString("hex")).toBe("80010000000e0000017381000101");
    expect(tpm.commands[1]?.subarray(10, 14).toString("hex")).toBe("81000101");
    expect(codesOf(tpm)).toEqual([tpmCommands.readPublic, tpmCommands.sign]);
  });

  it("signs by SHA-256 unless another digest is named", async () => {
    const signer = await openHandle(await startTpm("ec-p384"));
    const signature = await signer.sign(message);
    await signer.close?.();
    expect(verify("SHA256", message, createPublicKey(pemOf("ec-p384")), signature)).toBe(true);
  });

  it("is offered a password once, and not again when it was refused", async () => {
    const tpm = await startTpm("ec-p256", { password: "right" });
    const secrets = { typed: new Map(), refused: new Set<string>() };
    const wrong = await openHandle(tpm, { "tpm-key-password": "wrong" }, { secrets });
    await expect(wrong.sign(message)).rejects.toMatchObject({
      code: "ERR_PASSWORD",
      message: "the password of TPM key handle:0x81000101 is wrong",
      hints: [expect.stringContaining("a TPM refuses every key for a while")],
    });
    const again = await openHandle(tpm, { "tpm-key-password": "wrong" }, { secrets });
    await expect(again.sign(message)).rejects.toThrow("was refused before and is not tried again");
    const right = await openHandle(tpm, { "tpm-key-password": "right" }, { secrets });
    expect((await right.sign(message)).length).toBeGreaterThan(60);
    for (const signer of [wrong, again, right]) await signer.close?.();
    expect(codesOf(tpm).filter((code) => code === tpmCommands.sign)).toHaveLength(2);
  });

  it.each([0x98e, 0x9a2])("takes 0x%s for a wrong password, and forgets one that was typed", async (code) => {
    const tpm = await startTpm("rsa-2048", { refusals: { [tpmCommands.sign]: [code] } });
    const asked: string[] = [];
    const prompt = async (question: string) => {
      asked.push(question);
      return "";
    };
    const secrets = { typed: new Map(), refused: new Set<string>() };
    const signer = await openHandle(tpm, {}, { prompt, secrets });
    await expect(signer.sign(message)).rejects.toMatchObject({ code: "ERR_PASSWORD" });
    await signer.close?.();
    expect(asked).toEqual(["Password of TPM key handle:0x81000101: "]);
    expect(secrets.typed.size).toBe(0);
  });

  it("needs a password or the word that it has none", async () => {
    const tpm = await startTpm("ec-p256");
    const failure = await openHandle(tpm, {}).catch((error: unknown) => error as { message: string; hints: string[] });
    if (!("message" in failure)) throw new Error("it was opened");
    expect(failure.message).toBe("TPM key handle:0x81000101 may need a password and none is given");
    expect(renderText(failure.hints[0] ?? "")).toContain("--no-tpm-key-password");
    expect(tpm.commands).toEqual([]);
  });

  it("is asked again for what the TPM could not do yet, five times at most", async () => {
    const busy = [0x908, 0x90a, 0x922, 0x922];
    const tpm = await startTpm("ec-p256", { refusals: { [tpmCommands.sign]: busy } });
    const signer = await openHandle(tpm);
    await signer.sign(message);
    await signer.close?.();
    expect(codesOf(tpm)).toHaveLength(6);
    const never = await startTpm("ec-p256", { refusals: { [tpmCommands.readPublic]: Array(9).fill(0x922) } });
    await expect(openHandle(never)).rejects.toThrow("the TPM refused to read the public key");
    expect(codesOf(never)).toHaveLength(5);
  });

  it.each([
    [0x921, "ERR_PASSWORD", "the TPM is locked after wrong passwords (0x921)", "--clear-lockout"],
    [0x902, "ERR_KEY", "with 0x902", "it has no room for another key"],
    [0x18b, "ERR_KEY", "the TPM refused to read the public key for TPM key handle:0x81000101 with 0x18b", "0x18b"],
    [0x1, "ERR_KEY", "with 0x001", "made by this TPM"],
  ])("tells of return code %s", async (code, kind, text, hint) => {
    const tpm = await startTpm("ec-p256", { refusals: { [tpmCommands.readPublic]: [code] } });
    const failure: unknown = await openHandle(tpm).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: kind });
    const { message: said, hints } = failure as Error & { hints: readonly string[] };
    expect(said).toContain(text);
    expect(hints.join("\n")).toContain(hint);
  });
});

describe("a key that the TPM has to load", () => {
  it("is loaded below the standard key of its hierarchy, and both are given back, the last first", async () => {
    const tpm = await startTpm("ec-p256");
    const signer = await createTss2Signer(tss2("ec-p256"), "client.tss", identitySource({}), contextOf(tpm.device));
    expect(verify("SHA256", message, createPublicKey(pemOf("ec-p256")), await signer.sign(message))).toBe(true);
    await signer.close?.();
    await signer.close?.();
    expect(tpm.commands[0]?.toString("hex")).toBe(
      "80020000004300000131400000010000000940000009000000000000040000" +
        "0000001a0023000b0003047200000006008000430010000300100000000000000000" +
        "0000",
    );
    expect(tpm.commands[1]?.subarray(10, 14).toString("hex")).toBe("80000000");
    expect(tpm.commands[1]?.subarray(27).equals(Buffer.concat([privateArea, publicAreaOf(pemOf("ec-p256"))]))).toBe(
      true,
    );
    expect(tpm.commands[2]?.subarray(10, 14).toString("hex")).toBe("80000001");
    expect(tpm.commands.slice(3).map((command) => command.toString("hex"))).toEqual([
      "80010000000e0000016580000001",
      "80010000000e0000016580000000",
    ]);
  });

  it("is loaded below a persistent parent, which stays", async () => {
    const tpm = await startTpm("rsa-2048");
    const der = tss2("rsa-2048", { parent: "0081000000" });
    const signer = await createTss2Signer(der, "client.tss", identitySource({}), contextOf(tpm.device));
    await signer.close?.();
    expect(codesOf(tpm)).toEqual([tpmCommands.load, tpmCommands.flush]);
    expect(tpm.commands[0]?.subarray(10, 14).toString("hex")).toBe("81000000");
  });

  it("leaves nothing loaded when it cannot be used", async () => {
    const tpm = await startTpm("ec-p256", { refusals: { [tpmCommands.load]: [0x1df] } });
    const opening = createTss2Signer(tss2("ec-p256"), "client.tss", identitySource({}), contextOf(tpm.device));
    await expect(opening).rejects.toThrow("the TPM refused to load the key for TPM key client.tss with 0x1df");
    expect(codesOf(tpm)).toEqual([tpmCommands.createPrimary, tpmCommands.load, tpmCommands.flush]);
    const other = await startTpm("ec-p256", { refusals: { [tpmCommands.createPrimary]: [0x9a2] } });
    await expect(
      createTss2Signer(tss2("ec-p256"), "client.tss", identitySource({}), contextOf(other.device)),
    ).rejects.toThrow("the TPM refused to make the parent key");
  });

  it("takes a password unless the file says that it has none", async () => {
    const tpm = await startTpm("ec-p256", { password: "secret" });
    const given = identitySource({ "tpm-key-password": "secret" });
    const opening = createTss2Signer(tss2("ec-p256"), "client.tss", given, contextOf(tpm.device));
    await expect(opening).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    expect(tpm.commands).toEqual([]);
    const der = tss2("ec-p256", { emptyAuth: false });
    const signer = await createTss2Signer(der, "client.tss", given, contextOf(tpm.device));
    expect((await signer.sign(message)).length).toBeGreaterThan(60);
    await signer.close?.();
  });

  it("is refused when its file is damaged", async () => {
    const broken = tss2("ec-p256").subarray(0, 40);
    const opening = createTss2Signer(broken, "client.tss", identitySource({}), contextOf("/nowhere"));
    await expect(opening).rejects.toMatchObject({
      code: "ERR_KEY",
      message: expect.stringContaining("TPM key client.tss"),
    });
  });
});

describe("the public area of a key", () => {
  const parse = (kind: KeyKind, changes: AreaChanges = {}) => parseTpmPublic(publicAreaOf(pemOf(kind), changes), "it");
  const u32 = (hex: string) => Buffer.from(hex, "hex");

  it("gives the public key, whatever else it says", () => {
    const rsa = keyOf("rsa-2048").publicKeyInfo;
    for (const changes of [
      {},
      { exponent: 65_537 },
      { scheme: u32("0014000b") },
      { symmetric: u32("000600800043") },
      { policy: Buffer.alloc(32, 7) },
      { attributes: 0x40000 },
    ]) {
      const area = parse("rsa-2048", changes);
      expect([area.kind, Buffer.from(area.publicKey).equals(rsa)]).toEqual(["rsa", true]);
    }
    const area = parse("ec-p384", { scheme: u32("0018000c") });
    expect([area.kind, Buffer.from(area.publicKey).equals(keyOf("ec-p384").publicKeyInfo)]).toEqual(["ec", true]);
  });

  it("keeps an exponent of its own", () => {
    const { publicKey } = parse("rsa-2048", { exponent: 3 });
    const { e } = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" }).export({
      format: "jwk",
    });
    expect(e).toBe("Aw");
  });

  it.each([
    ["of another type", "ec-p256", { type: 0x25 }, "it is neither RSA nor EC"],
    ["that only decrypts", "rsa-2048", { attributes: 0x20072 }, "it does not have the sign attribute"],
    ["of the TPM's own data", "ec-p256", { attributes: 0x50072 }, "it is restricted to data of the TPM's own"],
    ["bound to RSAPSS", "rsa-2048", { scheme: u32("0016000b") }, "signature scheme 0x16, expected RSASSA"],
    ["bound to Schnorr", "ec-p256", { scheme: u32("001c000b") }, "signature scheme 0x1c, expected ECDSA"],
    ["on another curve", "ec-p256", { curve: 0x10 }, "it is on curve 0x10, expected P-256, P-384 or P-521"],
    ["off its curve", "ec-p256", { coordinates: [Buffer.of(1), Buffer.of(2)] }, "it holds no usable public key"],
    ["cut short", "ec-p256", { coordinates: [] }, "TPM data is cut short at byte"],
  ] as const)("is refused %s", (_, kind, changes, text) => {
    expect(() => parse(kind, changes)).toThrow(expect.objectContaining({ code: "ERR_KEY" }));
    expect(() => parse(kind, changes)).toThrow(text);
  });
});

describe("the way to a TPM", () => {
  const connectTo = async (device: string) => {
    const transport = await openTpm(device);
    await transport.close();
  };

  it("is a socket by path, with unix: before it, or TCP", async () => {
    const [local, remote] = [await startTpm("ec-p256"), await startTpm("ec-p256", { tcp: true })];
    const places = [local.device, `unix:${local.device}`, `unix://${local.device}`];
    for (const place of [...places, remote.device, remote.device.replace("tcp:", "tcp://")]) await connectTo(place);
    await (await openHandle(remote)).close?.();
    expect(codesOf(remote)).toEqual([tpmCommands.readPublic]);
  });

  it("takes a response in pieces", async () => {
    const deliver: FakeTpmOptions["deliver"] = (socket, response) => {
      const send = (at: number) => {
        if (at < response.length) socket.write(response.subarray(at, at + 7), () => setImmediate(send, at + 7));
      };
      send(0);
    };
    const signer = await openHandle(await startTpm("ec-p256", { deliver }));
    expect((await signer.sign(message)).length).toBeGreaterThan(60);
    await signer.close?.();
  });

  it.each<[string, NonNullable<FakeTpmOptions["deliver"]>]>([
    ["closes", (socket) => void socket.end()],
    ["goes away", (socket) => void socket.destroy()],
    ["ends half way", (socket, response) => void socket.end(response.subarray(0, 20))],
    ["announces too much", (socket) => void socket.write(Buffer.from("80010000100100000000", "hex"))],
  ])("tells when the other side %s", async (_, deliver) => {
    const tpm = await startTpm("ec-p256", { deliver });
    await expect(openHandle(tpm)).rejects.toMatchObject({
      code: "ERR_KEY",
      message: `the TPM at ${tpm.device} broke off the exchange`,
    });
  });

  it("takes a response of 4,096 bytes, and no byte more", async () => {
    const response = Buffer.alloc(4096);
    response.writeUInt32BE(4096, 2);
    const tpm = await startTpm("ec-p256", { deliver: (socket) => void socket.write(response) });
    const transport = await openTpm(tpm.device);
    expect(await transport.exchange(Buffer.from("80010000000e0000017381000101", "hex"))).toHaveLength(4096);
    await transport.close();
  });

  it("is a device, which takes a command and gives a response", async () => {
    const device = join(createScratch("tpm"), "device");
    const area = publicAreaOf(pemOf("ec-p256"));
    const head = Buffer.alloc(10);
    head.writeUInt16BE(0x8001);
    head.writeUInt32BE(10 + area.length, 2);
    // A file goes on where the command of 14 bytes ended.
    writeFileSync(device, Buffer.concat([Buffer.alloc(14), head, area]));
    const signer = await openHandle({ device, commands: [], stop: () => undefined });
    expect(Buffer.from(signer.publicKey ?? []).equals(keyOf("ec-p256").publicKeyInfo)).toBe(true);
    await expect(signer.sign(message)).rejects.toThrow("TPM data is cut short at byte 0");
    await signer.close?.();
  });

  it.each([
    ["/nowhere", "cannot open the TPM at /nowhere: ENOENT"],
    ["unix:/nowhere", "cannot open the TPM at unix:/nowhere: ENOENT"],
    ["tcp:127.0.0.1:1", "cannot open the TPM at tcp:127.0.0.1:1: ECONNREFUSED"],
  ])("tells that nothing is at %s", async (device, text) => {
    await expect(openTpm(device)).rejects.toMatchObject({
      code: "ERR_KEY",
      message: text,
      hints: [expect.stringContaining("TPM_DEVICE")],
    });
  });
});
