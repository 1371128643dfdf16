import { generateKeyPairSync, sign, constants } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { wrapPrivateKey } from "../../src/emulator/certificate/key.js";
import * as der from "../../src/emulator/certificate/der.js";
import { openFolder } from "../../src/emulator/folder.js";
import type { EmulatorFolder } from "../../src/emulator/folder.js";
import { parseIni, readSections } from "../../src/aws/ini/document.js";
import { createAuthority, createPki, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec, Issued } from "../support/pki.js";
import { runCli, startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { send, sendCreateSession } from "../support/x509-signer.js";
import type { HttpAnswer, RawRequest, SessionRequest } from "../support/x509-signer.js";

let running: RunningCli;
let url: string;
let port: string;
let folder: EmulatorFolder;
const directory = join(createScratch("attacked"), "emulator");

beforeAll(async () => {
  running = startCli(["emulator", "--dir", directory]);
  [, url = "", port = ""] = await running.waitFor(/ready at (http:\/\/127\.0\.0\.1:(\d+))/);
  folder = openFolder(directory);
});
afterAll(() => running.stop());
afterEach(async () => {
  await control("DELETE", "faults");
});

const control = (method: string, name: string, changes: Partial<RawRequest> = {}) =>
  send(url, { method, path: `/_emulator/${name}`, ...changes });

const leafOf = (spec: CertificateSpec = {}, issuer: Issued = folder.root, key = keyOf("ec-p256", "leaf")) =>
  issueCertificate(key, { subject: [["CN", "attacker"]], ...spec }, issuer);

function arns() {
  const { trustAnchors, profiles, roles } = folder.state.read();
  return { trustAnchorArn: trustAnchors[0]?.arn, profileArn: profiles[0]?.arn, roleArn: roles[0]?.arn };
}

const attack = (changes: Partial<SessionRequest> = {}) =>
  sendCreateSession({ url, leaf: leafOf(), body: arns(), ...changes });

/** Nothing is handed out, and the emulator itself stands. */
async function expectRefused(answer: Promise<HttpAnswer> | HttpAnswer, ...statuses: readonly number[]): Promise<void> {
  const { statusCode, text } = await answer;
  expect(statuses.length === 0 ? [400, 403, 404, 413, 431] : statuses).toContain(statusCode);
  expect(text).not.toContain("secretAccessKey");
  expect(text).not.toContain("SecretAccessKey");
  expect((await control("GET", "faults")).statusCode).toBe(200);
}

/** What was written on the wire, and what came back. */
async function talk(text: string): Promise<string> {
  const socket = connect(Number(port), "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(text, "latin1");
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** A good request as it goes over the wire, header by header. */
async function captured(changes: Partial<SessionRequest> = {}): Promise<{ headers: [string, string][]; body: string }> {
  const headers: [string, string][] = [];
  const body = JSON.stringify(arns());
  await attack({
    body,
    ...changes,
    spoilAuthorization(authorization) {
      headers.push(["authorization", authorization]);
      return authorization;
    },
    onHeaders: (sent) => headers.push(...Object.entries(sent)),
  });
  return { headers, body };
}

function wire(headers: readonly (readonly [string, string])[], body: string, target = "/sessions"): string {
  const lines = headers.filter(([name]) => name !== "content-length").map(([name, value]) => `${name}: ${value}`);
  return [`POST ${target} HTTP/1.1`, ...lines, `content-length: ${body.length}`, "connection: close", "", body].join(
    "\r\n",
  );
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

it("a good request is answered, so that refusals mean something", async () => {
  expect((await attack()).statusCode).toBe(201);
  const { headers, body } = await captured();
  expect(statusOf(await talk(wire(headers, body)))).toBe(201);
});

describe("forged signatures", () => {
  it.each<[string, () => Partial<SessionRequest>]>([
    ["by another key", () => ({ signer: leafOf({}, folder.root, keyOf("ec-p256", "other")) })],
    ["by a key of another kind", () => ({ signer: leafOf({}, folder.root, keyOf("rsa-2048", "other")) })],
    ["that are empty", () => ({ spoilSignature: () => Buffer.alloc(0) })],
    ["of nothing but zeros", () => ({ spoilSignature: () => Buffer.from("3006020100020100", "hex") })],
    ["with r and s that the curve lacks", () => ({ spoilSignature: () => Buffer.from("3006020101020101", "hex") })],
    ["cut short", () => ({ spoilSignature: (bytes) => bytes.subarray(0, -1) })],
    ["with a byte behind", () => ({ spoilSignature: (bytes) => Buffer.concat([bytes, Buffer.of(0)]) })],
    [
      "with one bit turned",
      () => ({ spoilSignature: (bytes) => Buffer.from(bytes.map((b, i) => (i === 9 ? b ^ 1 : b))) }),
    ],
    [
      "in capitals",
      () => ({
        spoilAuthorization: (text) => text.replace(/Signature=\w+/, (s) => `Signature=${s.slice(10).toUpperCase()}`),
      }),
    ],
    ["under the RSA algorithm", () => ({ algorithm: "AWS4-X509-RSA-SHA256" })],
    ["under the ML-DSA algorithm", () => ({ algorithm: "AWS4-X509-MLDSA" })],
    ["under the algorithm of shared secrets", () => ({ algorithm: "AWS4-HMAC-SHA256" })],
    ["under an algorithm of no name", () => ({ algorithm: "NONE" })],
    ["of another body", () => ({ sentBody: JSON.stringify({ ...arns(), durationSeconds: 43_200 }) })],
    ["of another path", () => ({ signedPath: "/" })],
    ["without the query that is sent", () => ({ path: "/sessions?roleArn=arn:aws:iam::111122223333:role/Short" })],
    ["with the serial of another certificate", () => ({ serial: "1" })],
    ["with the serial in hexadecimal", () => ({ serial: "ff" })],
    ["without host", () => ({ leaveUnsigned: ["host"] })],
    ["without the date", () => ({ leaveUnsigned: ["x-amz-date"] })],
    ["without the certificate", () => ({ leaveUnsigned: ["x-amz-x509"] })],
    ["without the chain", () => ({ chain: [folder.root], leaveUnsigned: ["x-amz-x509-chain"] })],
    ["without the type of the body", () => ({ leaveUnsigned: ["content-type"] })],
    [
      "that name a header which was not sent",
      () => ({ spoilAuthorization: (text) => text.replace("host;", "host;x-absent;") }),
    ],
    [
      "with the certificate of somebody else",
      () => ({
        headers: { "x-amz-x509": leafOf().der.toString("base64") },
        signer: leafOf({}, createPki().root, keyOf("ec-p256", "other")),
      }),
    ],
  ])("%s", (_, changes) => expectRefused(attack(changes())));
});

describe("replays and clocks", () => {
  it.each<[string, Partial<SessionRequest>]>([
    ["a request of six minutes ago", { date: new Date(Date.now() - 360_000) }],
    ["a request of six minutes ahead", { date: new Date(Date.now() + 360_000) }],
    ["a request of last year", { date: new Date(Date.now() - 365 * 86_400_000) }],
    ["a scope of another service", { service: "sts" }],
    ["a scope of another region", { region: "eu-west-1" }],
    ["a date in words", { headers: { "x-amz-date": "Mon, 30 Nov 2026 08:00:00 GMT" } }],
    ["no date", { headers: { "x-amz-date": undefined } }],
    ["a scope of another day", { spoilAuthorization: (text) => text.replace(/\/\d{8}\//, "/20200101/") }],
  ])("%s", (_, changes) => expectRefused(attack(changes), 403));

  it("a request that was good, ten minutes later", async () => {
    const { headers, body } = await captured();
    await control("POST", "faults", { body: '{"kind":"clock","seconds":600}' });
    expect(statusOf(await talk(wire(headers, body)))).toBe(403);
  });

  it.each(["/", "//sessions", "/sessions/", "/x/sessions", "/sessions;x", "/%73essions"])(
    "a request that was good, sent to %s",
    async (target) => {
      const { headers, body } = await captured();
      expect([400, 403, 404]).toContain(statusOf(await talk(wire(headers, body, target))));
    },
  );

  it("a request that was good, sent to another host", async () => {
    const { headers, body } = await captured();
    const elsewhere = headers.map(([name, value]) => [name, name === "host" ? "evil.example" : value] as const);
    expect(statusOf(await talk(wire(elsewhere, body)))).toBe(403);
  });
});

describe("headers said twice", () => {
  it.each(["authorization", "host", "x-amz-date", "x-amz-x509", "content-type"])(
    "%s, the other one behind",
    async (name) => {
      const { headers, body } = await captured();
      const other = new Map([["x-amz-x509", leafOf({ subject: [["CN", "admin"]] }).der.toString("base64")]]);
      expect([400, 403]).toContain(statusOf(await talk(wire([...headers, [name, other.get(name) ?? "other"]], body))));
    },
  );

  it.each(["authorization", "host", "x-amz-date", "x-amz-x509"])("%s, the other one before", async (name) => {
    const { headers, body } = await captured();
    expect([400, 403]).toContain(statusOf(await talk(wire([[name, "other"], ...headers], body))));
  });

  it("two certificates in one header", async () => {
    const both = [leafOf(), leafOf()].map((leaf) => leaf.der.toString("base64")).join(",");
    await expectRefused(attack({ headers: { "x-amz-x509": both } }));
  });
});

describe("certificates", () => {
  const below = (spec: CertificateSpec, name = "Below") =>
    createAuthority(keyOf("ec-p256", name), { subject: [["CN", name]], ...spec }, folder.root);
  const through = (authority: Issued, spec: CertificateSpec = {}) => ({
    leaf: leafOf(spec, authority),
    chain: [authority],
  });
  const dnsTree = (tag: number, name: string) => ({
    id: "2.5.29.30",
    critical: true,
    value: der.sequence(der.encode(tag, der.sequence(der.encode(0x82, Buffer.from(name))))),
  });
  const constrained = (tag: number) => below({ extensions: [dnsTree(tag, "example.com")] }, `Constrained ${tag}`);
  const unknown = { id: "1.2.3.4", critical: true, value: der.encode(der.tags.null) };

  function pssWithSha1(): Issued {
    const key = keyOf("rsa-2048", "pss");
    const authority = createAuthority(key, { subject: [["CN", "PSS"]] }, folder.root);
    const privateKey = key.privateKey;
    if (privateKey === undefined) throw new Error("no key");
    const signer = {
      ...key,
      algorithmIdentifier: () => der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence()),
      sign: (bytes: Buffer) =>
        sign("sha1", bytes, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 }),
    };
    return { ...authority, key: signer };
  }

  it.each<[string, () => Partial<SessionRequest>]>([
    ["of nobody's authority", () => ({ leaf: leafOf({}, createPki().root) })],
    [
      "of an authority that has our name",
      () => ({ leaf: leafOf({}, createAuthority(keyOf("ec-p256", "x"), { subject: folder.root.subject })) }),
    ],
    [
      "signed by themselves",
      () => ({ leaf: issueCertificate(keyOf("ec-p256", "leaf"), { subject: folder.root.subject }) }),
    ],
    ["issued by an end-entity certificate", () => through(leafOf())],
    ["issued by an authority that may not sign", () => through(below({ keyUsage: ["cRLSign"] }, "No sign"))],
    [
      "deeper than the authority allows",
      () => {
        const low = createAuthority(keyOf("ec-p256", "low"), { subject: [["CN", "Low"]] }, folder.intermediate);
        return { leaf: leafOf({}, low), chain: [low, folder.intermediate] };
      },
    ],
    ["of an authority that has expired", () => through(below({ notAfter: new Date(Date.now() - 1000) }, "Old"))],
    [
      "whose chain has a gap",
      () => ({ leaf: leafOf({}, createAuthority(keyOf("ec-p256", "gap"), {}, below({}))), chain: [below({})] }),
    ],
    ["with a chain of six", () => ({ chain: Array.from({ length: 6 }, () => folder.root) })],
    ["of an authority", () => ({ leaf: leafOf({ authority: true }) })],
    ["without digitalSignature", () => ({ leaf: leafOf({ keyUsage: ["keyEncipherment"] }) })],
    ["of version 1", () => ({ leaf: leafOf({ version: 1 }) })],
    ["without a subject", () => ({ leaf: leafOf({ subject: [] }) })],
    ["that have expired", () => ({ leaf: leafOf({ notAfter: new Date(Date.now() - 1000) }) })],
    ["of tomorrow", () => ({ leaf: leafOf({ notBefore: new Date(Date.now() + 86_400_000) }) })],
    ["signed with SHA-1", () => ({ leaf: leafOf({ digest: "sha1" }) })],
    ["signed with SHA-1 by PSS", () => through(pssWithSha1())],
    ["of an authority signed with SHA-1", () => through(below({ digest: "sha1" }, "Weak"))],
    [
      "on P-192",
      () => ({
        leaf: leafOf(
          {},
          folder.root,
          wrapPrivateKey(generateKeyPairSync("ec", { namedCurve: "prime192v1" }).privateKey),
        ),
      }),
    ],
    [
      "on secp256k1",
      () => ({
        leaf: leafOf(
          {},
          folder.root,
          wrapPrivateKey(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey),
        ),
      }),
    ],
    ["with an unknown critical extension", () => ({ leaf: leafOf({ extensions: [unknown] }) })],
    ["of an authority with an unknown critical extension", () => through(below({ extensions: [unknown] }, "Unknown"))],
    [
      "with an extension twice",
      () => ({
        leaf: leafOf({
          alternativeNames: [["dns", "a.example"]],
          extensions: [{ id: "2.5.29.17", critical: false, value: der.sequence() }],
        }),
      }),
    ],
    [
      "with a name that is not permitted",
      () => through(constrained(0xa0), { alternativeNames: [["dns", "example.org"]] }),
    ],
    [
      "with a name that ends like a permitted one",
      () => through(constrained(0xa0), { alternativeNames: [["dns", "evilexample.com"]] }),
    ],
    [
      "with a name that is excluded",
      () => through(constrained(0xa1), { alternativeNames: [["dns", "a.EXAMPLE.com"]] }),
    ],
    [
      "with two signature algorithms",
      () => {
        const leaf = leafOf();
        const bytes = Buffer.from(leaf.der);
        bytes[bytes.lastIndexOf(Buffer.from("2a8648ce3d040302", "hex")) + 7] = 3;
        return { leaf: { ...leaf, der: bytes } };
      },
    ],
    [
      "with bytes behind",
      () => ({ leaf: { ...leafOf(), der: Buffer.concat([leafOf().der, Buffer.of(0)]) }, serial: "1" }),
    ],
  ])("%s", (_, changes) => expectRefused(attack(changes())));

  it("with names that are permitted still pass", async () => {
    const good = through(constrained(0xa0), { alternativeNames: [["dns", "a.example.com"]] });
    expect((await attack(good)).statusCode).toBe(201);
  });
});

describe("sessions", () => {
  async function session() {
    const { json } = await attack();
    const { accessKeyId, secretAccessKey, sessionToken } = json.credentialSet[0].credentials as Record<string, string>;
    return { accessKeyId: accessKeyId ?? "", secretAccessKey: secretAccessKey ?? "", sessionToken: sessionToken ?? "" };
  }
  const ask = (credentials: Awaited<ReturnType<typeof session>>) =>
    new STSClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 }).send(
      new GetCallerIdentityCommand({}),
    );

  it("a token whose content was changed", async () => {
    const good = await session();
    await expect(ask(good)).resolves.toMatchObject({ Account: "111122223333" });
    const content = JSON.parse(Buffer.from(good.sessionToken.slice(44), "base64").toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...content, roleArn: "arn:aws:iam::111122223333:role/Admin" }));
    const sessionToken = good.sessionToken.slice(0, 44) + changed.toString("base64");
    await expect(ask({ ...good, sessionToken })).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  it("a token without its seal", async () => {
    const good = await session();
    const sessionToken = good.sessionToken.slice(44);
    await expect(ask({ ...good, sessionToken })).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  it("another secret, and another access key", async () => {
    const [one, other] = [await session(), await session()];
    const mixed = [
      { ...one, secretAccessKey: other.secretAccessKey },
      { ...one, accessKeyId: other.accessKeyId },
    ];
    for (const credentials of mixed) {
      await expect(ask(credentials)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    }
  });

  it("a session that has ended", async () => {
    const good = await session();
    await control("POST", "faults", { body: '{"kind":"clock","seconds":90000}' });
    await expect(ask(good)).rejects.toBeDefined();
  });
});

describe("the state", () => {
  const put = (state: unknown, headers: Readonly<Record<string, string>> = {}) =>
    control("PUT", "state", { body: JSON.stringify(state), headers });

  it.each([
    ["a foreign Host", { host: "evil.example" }],
    ["a foreign Host with our port", { host: "evil.example:80" }],
    ["a Host that begins with our address", { host: "127.0.0.1.evil.example" }],
    ["a web page", { origin: "http://127.0.0.1" }],
    ["a page of no origin", { origin: "null" }],
    ["a page that a browser names", { "sec-fetch-site": "cross-site" }],
    ["a proxy", { "x-forwarded-for": "192.0.2.1" }],
    ["a proxy of the newer kind", { forwarded: "for=192.0.2.1" }],
  ])("through %s", async (_, headers) => {
    const before = folder.state.read();
    await expectRefused(put({ ...before, profiles: [] }, headers));
    await expectRefused(control("GET", "state", { headers }));
    expect(folder.state.read()).toEqual(before);
  });

  it("behind 2,100 headers that fill the place of Origin", async () => {
    const body = JSON.stringify({ ...folder.state.read(), profiles: [] });
    const fillers = Array.from({ length: 2_100 }, (_, index) => [`x${index}`, "y"] as const);
    const headers = [["host", `127.0.0.1:${port}`], ...fillers, ["origin", "http://evil.example"]] as const;
    const answer = await talk(wire(headers, body, "/_emulator/state").replace("POST", "PUT"));
    expect([403, 431]).toContain(statusOf(answer));
  });

  it("through a target that names a host", async () => {
    const answer = await talk(
      `GET http://evil.example/_emulator/state HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`,
    );
    expect([400, 403]).toContain(statusOf(answer));
  });

  const hostile = "arn:aws:iam::111122223333:role/Target\n[default]\ncredential_process = touch PWNED\n#/Target";

  it.each<[string, () => unknown]>([
    ["null", () => null],
    ["a list", () => []],
    ["a text", () => "state"],
    ["nothing in it", () => ({})],
    ["roles that are none", () => ({ ...folder.state.read(), roles: [null] })],
    ["a region with a line end", () => ({ ...folder.state.read(), region: "us-east-1\n[default]" })],
    ["a region for a shell", () => ({ ...folder.state.read(), region: "$(touch PWNED)" })],
    [
      "an ARN with a line end",
      () => {
        const state = folder.state.read();
        return {
          ...state,
          roles: state.roles.map((role) => (role.arn.endsWith("/Target") ? { ...role, arn: hostile } : role)),
        };
      },
    ],
    [
      "an ARN with a quote",
      () => {
        const state = folder.state.read();
        return {
          ...state,
          trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, arn: `${anchor.arn}' x '` })),
        };
      },
    ],
    [
      "a duration without end",
      () => {
        const state = folder.state.read();
        return { ...state, profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: 1e12 })) };
      },
    ],
    [
      "an escape sequence for a name",
      () => {
        const state = folder.state.read();
        return { ...state, profiles: state.profiles.map((profile) => ({ ...profile, name: "\u001b[2J" })) };
      },
    ],
  ])("that holds %s", async (_, state) => {
    const before = folder.state.read();
    await expectRefused(put(state()), 400);
    expect(folder.state.read()).toEqual(before);
    const config = readSections(parseIni(readFileSync(join(directory, "config"), "utf8")));
    expect(config.map(({ header }) => header)).not.toContain("default");
  });

  it("that is two mebibytes long", async () => {
    await expectRefused(control("PUT", "state", { body: `"${"x".repeat(2 ** 21)}"` }), 413);
  });

  it.each([
    '{"kind":"error","statusCode":503,"code":"X\\r\\nSet-Cookie: a=b"}',
    '{"kind":"error","statusCode":99,"code":"X"}',
    '{"kind":"omit"}',
    '{"kind":"latency","milliseconds":1e15}',
    '{"kind":"__proto__"}',
    "null",
  ])("a fault such as %s", (body) => expectRefused(control("POST", "faults", { body }), 400));

  it.each(["0.0.0.0:0", "[::]:0", "192.0.2.1:0"])("on %s, which nobody allowed", async (listen) => {
    const { status, stderr, stdout } = await runCli(["emulator", "--listen", listen]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("--allow-remote");
  });
});

it("the log shows no escape sequence", async () => {
  await talk(
    `POST /sessions HTTP/1.1\r\nhost: x\u009b31m\r\nauthorization: \u009b2J Credential=\u009b1/2/3/4/aws4_request\r\nconnection: close\r\n\r\n`,
  );
  await talk(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 15\r\nconnection: close\r\n\r\nAction=%1b%5B2J`);
  await control("GET", "requests");
  expect(running.stderr()).toContain("\\u001b[2J");
  // oxlint-disable-next-line no-control-regex
  expect(running.stderr()).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});
