import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "../../src/emulator/certificate/authority.js";
import { openEntry, sealEntry } from "../../src/vending/cache/entry.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { createKey } from "../../src/emulator/certificate/key.js";
import { runCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { issueSvid, startWorkloadApi } from "../support/workload-api.js";
import type { OfferedSvid, WorkloadApi } from "../support/workload-api.js";

const id = "spiffe://example.org/app";
let emulator: Emulator;
let agent: WorkloadApi;
beforeAll(async () => {
  emulator = await startEmulator();
  agent = await startWorkloadApi();
  agent.offer(issueSvid(emulator.root, id));
});
afterAll(async () => {
  await agent.stop();
  await emulator.stop();
});
afterEach(() => {
  agent.refuse(undefined);
  agent.answerRaw(undefined);
  agent.offer(issueSvid(emulator.root, id));
  agent.takeCalls();
});

const words = (command: string, certificate: string) => [
  command,
  ...emulatorFlags(emulator, { certificate, "private-key": undefined }),
];
const vend = (certificate: string, env: CliOptions["env"] = {}, more: readonly string[] = []) =>
  runCli([...words("credential-process", certificate), ...more], { env });
const uncached = { ROLESANYWHERE_TS_CACHE: "off" };

describe("a certificate from a SPIFFE agent", () => {
  it.each(["ec-p256", "ec-p384", "rsa-2048"] as const)("with a key of kind %s gives a session", async (kind) => {
    agent.offer(issueSvid(emulator.root, id, kind));
    const { stdout, stderr, status } = await vend(`spiffe:${agent.address}`, uncached);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ Version: 1 });
  });

  it("is found by SPIFFE_ENDPOINT_SOCKET, and sent with its chain", async () => {
    const intermediate = createAuthority(createKey("ec-p256"), { subject: [["O", "Nested"]] }, emulator.root);
    agent.offer({ ...issueSvid(intermediate, id), chain: [intermediate] });
    const { stderr, status } = await vend("spiffe:", { ...uncached, SPIFFE_ENDPOINT_SOCKET: agent.address });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  });

  it.each(["127.0.0.1", "[::1]"])("comes over TCP on %s too", async (host) => {
    const relay = createServer((socket) => {
      const upstream = connect(agent.path);
      // The client lets its connection go as soon as it has the SVID.
      pipeline(socket, upstream, socket, () => void upstream.destroy());
    });
    relay.listen(0, host.replaceAll(/[[\]]/g, ""));
    await once(relay, "listening");
    const { port } = relay.address() as AddressInfo;
    const { stderr, status } = await vend(`spiffe:tcp://${host}:${port}`, uncached);
    relay.close();
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  });

  it("is chosen among several by its SPIFFE ID or hint, else the first", async () => {
    const other = "spiffe://example.org/other";
    agent.offer(issueSvid(emulator.root, id), { ...issueSvid(emulator.root, other), hint: "internal" });
    const named = async (query: string) => {
      const { stderr } = await vend(`spiffe:${agent.address}${query}`, uncached, ["--debug"]);
      return /spiffe: (\S+) from/.exec(stderr)?.[1] ?? stderr;
    };
    expect(await named("")).toBe(id);
    expect(await named(`?spiffe-id=${other}`)).toBe(other);
    expect(await named("?hint=internal")).toBe(other);
    const { stderr, status } = await vend(`spiffe:${agent.address}?hint=external`, uncached);
    expect(status).toBe(3);
    expect(stderr).toContain(`gives ${id}, ${other} (hint internal), expected hint external`);
  });
});

describe("the session of an SVID", () => {
  it("answers from the cache without the agent, whatever the key is by then", async () => {
    const env = { HOME: createScratch("home") };
    const first = await vend(`spiffe:${agent.address}`, env);
    expect(first).toMatchObject({ status: 0, stderr: "" });
    expect(agent.takeCalls()).toBe(1);
    agent.offer(issueSvid(emulator.root, id));
    expect((await vend(`spiffe:${agent.address}`, env)).stdout).toBe(first.stdout);
    const other = await vend(`spiffe:${agent.address}?spiffe-id=${id}`, env);
    expect(agent.takeCalls()).toBe(1);
    expect(other.stdout).not.toBe(first.stdout);
  });

  it("answers by the fast path once the seal has settled, and not after the socket's variable has changed", async () => {
    const env = { HOME: createScratch("home"), SPIFFE_ENDPOINT_SOCKET: agent.address };
    const first = await vend("spiffe:", env);
    const cache = join(env.HOME, ".cache", "rolesanywhere-ts");
    const indexed = () => readdirSync(cache).filter((name) => name.endsWith(".index"));
    const seal = join(cache, "seal.key");
    expect(statSync(seal).mode & 0o777).toBe(0o600);
    expect(readFileSync(seal)).toHaveLength(32);
    utimesSync(seal, 1, 1);
    const waitMs = statSync(seal).ctimeMs + 2_100 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
    expect((await vend("spiffe:", env)).stdout).toBe(first.stdout);
    expect(indexed()).toHaveLength(1);
    await agent.stop();
    expect((await vend("spiffe:", env)).stdout).toBe(first.stdout);
    const elsewhere = await vend("spiffe:", { ...env, SPIFFE_ENDPOINT_SOCKET: "unix:///nowhere/a.sock" });
    expect(elsewhere.status).toBe(4);
    agent = await startWorkloadApi();
  });

  it("answers while the agent is away, though it is due for renewal", async () => {
    const env = { HOME: createScratch("home") };
    const own = await startWorkloadApi();
    own.offer(issueSvid(emulator.root, id));
    const first = await vend(`spiffe:${own.address}`, env);
    expect(first.status).toBe(0);
    age(join(env.HOME, ".cache", "rolesanywhere-ts"));
    const renewed = await vend(`spiffe:${own.address}`, env);
    expect(renewed.stdout).not.toBe(first.stdout);
    age(join(env.HOME, ".cache", "rolesanywhere-ts"));
    await own.stop();
    const due = await vend(`spiffe:${own.address}`, env, ["--debug"]);
    expect(due.stdout).toBe(renewed.stdout);
    expect(due.stderr).toMatch(/no SPIFFE agent at .*still in force/);
  });
});

/** Makes the session one that began 50 minutes ago. */
function age(cache: string): void {
  const [name = ""] = readdirSync(cache).filter((file) => file.endsWith(".session"));
  const secret = readFileSync(join(cache, "seal.key"));
  const entry = openEntry(readFileSync(join(cache, name)), name, secret);
  if (entry === undefined) throw new Error("the seal does not open the session");
  const earlier = { ...entry, obtainedMs: entry.obtainedMs - 3_000_000, endMs: entry.endMs - 3_000_000 };
  writeFileSync(join(cache, name), sealEntry(earlier, name, secret), { mode: 0o600 });
}

describe("an agent that gives no SVID", () => {
  it.each([
    [7, "no identity issued", 3, "ERR_SPIFFE_IDENTITY", /refused: no identity issued[^]*spire-server entry create/],
    [14, "syncing", 4, "ERR_SPIFFE_AGENT", /gRPC status 14: syncing[^]*wait until the agent is ready/],
    [12, "unknown service", 3, "ERR_SPIFFE_PROTOCOL", /unknown service[^]*public socket/],
    [4, "too slow", 4, "ERR_SPIFFE_TIMEOUT", /too slow[^]*log of the agent/],
    [13, "\u001b[2J", 4, "ERR_SPIFFE_AGENT", /status 13: \\u001b\[2J/],
  ])("with gRPC status %i is told", async (status, text, exit, code, words) => {
    agent.refuse(status, text);
    const ended = await vend(`spiffe:${agent.address}`, uncached);
    expect(ended).toMatchObject({ status: exit, stdout: "" });
    expect(ended.stderr).toContain(`error[${code}]`);
    expect(ended.stderr).toMatch(words);
  });

  it.each([
    ["a length of gigabytes", Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), /has 4294967295 bytes/],
    ["a compressed message", Buffer.from([1, 0, 0, 0, 0]), /compressed/],
    ["half a field", Buffer.from([0, 0, 0, 0, 2, 10, 9]), /does not decode: field 1 ends after the message/],
    ["a number without an end", Buffer.from([0, 0, 0, 0, 1, 0x88]), /does not decode: the message ends in a number/],
  ])("but %s is refused", async (_, bytes, words) => {
    agent.answerRaw(bytes);
    const { status, stderr } = await vend(`spiffe:${agent.address}`, uncached);
    expect(status).toBe(3);
    expect(stderr).toMatch(/error\[ERR_SPIFFE_PROTOCOL\]/);
    expect(stderr).toMatch(words);
  });

  it("because nothing is there, or another program is, is told apart", async () => {
    const folder = createScratch("sockets");
    const at = (name: string) => join(folder, name);
    const missing = await vend(`spiffe:unix://${at("none.sock")}`, uncached);
    expect(missing).toMatchObject({ status: 4, stdout: "" });
    expect(missing.stderr).toMatch(/error\[ERR_SPIFFE_AGENT\]: no SPIFFE agent at \S+: no such socket[^]*socket_path/);

    const refused = await vend("spiffe:tcp://127.0.0.1:9", uncached);
    expect(refused.stderr).toMatch(/error\[ERR_SPIFFE_AGENT\].*nothing listens there/);

    const web = createHttpServer((_, response) => response.end("hello")).listen(at("web.sock"));
    await once(web, "listening");
    const wrong = await vend(`spiffe:unix://${at("web.sock")}`, uncached);
    web.close();
    expect(wrong.stderr).toMatch(/error\[ERR_SPIFFE_PROTOCOL\].*it does not speak HTTP\/2/);
  });

  it("within ten seconds is given up", async () => {
    const path = join(createScratch("silent"), "s.sock");
    const held: { destroy: () => unknown }[] = [];
    const silent = createServer((socket) => void held.push(socket)).listen(path);
    await once(silent, "listening");
    const { status, stderr } = await vend(`spiffe:unix://${path}`, uncached);
    held.forEach((socket) => socket.destroy());
    silent.close();
    expect(status).toBe(4);
    expect(stderr).toMatch(/error\[ERR_SPIFFE_TIMEOUT\]: .*nothing within 10 s/);
  });
});

describe("an SVID that cannot be used", () => {
  const svid = () => issueSvid(emulator.root, id);
  const changed = (change: Partial<OfferedSvid["issued"]>) => ({ ...svid(), issued: { ...svid().issued, ...change } });
  const ended = { notBefore: new Date(0), notAfter: new Date(Date.now() - 60_000) };
  it.each([
    [
      "ERR_CERTIFICATE_EXPIRED",
      /expired at[^]*the agent did not renew it/,
      () => issueSvid(emulator.root, id, "ec-p256", ended),
    ],
    ["ERR_CERTIFICATE", /no certificate that decodes/, () => changed({ der: Buffer.from("0123") })],
    [
      "ERR_KEY",
      /no private key that decodes/,
      () => changed({ key: { ...createKey("ec-p256"), privateKeyPem: "c2VjcmV0" } }),
    ],
    ["ERR_KEY_MISMATCH", /private key and certificate in the SVID/, () => changed({ key: createKey("ec-p256") })],
    ["ERR_CERTIFICATE_UNSUITABLE", /CA:TRUE/, () => issueSvid(emulator.root, id, "ec-p256", { authority: true })],
  ])("is refused with %s", async (code, words, make) => {
    agent.offer(make());
    const { status, stdout, stderr } = await vend(`spiffe:${agent.address}`, uncached);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain("secret");
  });
});

describe("other commands", () => {
  it("read-certificate-data lists what the agent gives, each with what selects it", async () => {
    const other = "spiffe://example.org/other";
    agent.offer(issueSvid(emulator.root, id), { ...issueSvid(emulator.root, other), hint: "a&b" });
    const { stdout, status } = await runCli(["read-certificate-data", "--certificate", `spiffe:${agent.address}`]);
    expect(status).toBe(0);
    const uris = [...stdout.matchAll(/^URI: (.*)$/gm)].map(([, uri = ""]) => uri);
    expect(uris).toEqual([
      `spiffe:${agent.address}?spiffe-id=${id}`,
      `spiffe:${agent.address}?spiffe-id=${other}&hint=a%26b`,
    ]);
    for (const uri of uris) expect(await vend(uri, uncached)).toMatchObject({ status: 0 });
  });

  it("check walks the rules over the SVID, and names an agent that is away", async () => {
    const good = await runCli(words("check", `spiffe:${agent.address}`), {
      env: { ...uncached, AWS_ENDPOINT_URL_STS: emulator.url },
    });
    expect(good.status, good.stdout).toBe(0);
    expect(good.stdout).toContain(`x509SAN/URI=${id}`);
    const bad = await runCli(words("check", "spiffe:unix:///nowhere/agent.sock"), { env: uncached });
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain("no SPIFFE agent at unix:///nowhere/agent.sock: no such socket");
  });

  it("trust-policy asks for the SPIFFE ID", async () => {
    const { stdout } = await runCli(words("trust-policy", `spiffe:${agent.address}`));
    expect(JSON.parse(stdout)).toMatchObject({
      Statement: [{ Condition: { StringEquals: { "aws:PrincipalTag/x509SAN/URI": id } } }],
    });
  });

  it("configure writes the socket that its own environment names", async () => {
    const home = createScratch("home");
    const { status, stderr } = await runCli([...words("configure", `spiffe:?spiffe-id=${id}`), "--profile", "app"], {
      env: { HOME: home, SPIFFE_ENDPOINT_SOCKET: agent.address },
    });
    expect(status, stderr).toBe(0);
    expect(readFileSync(join(home, ".aws", "config"), "utf8")).toContain(`spiffe:${agent.address}?spiffe-id=${id}`);
  });

  it("sign-string signs with the key of the SVID", async () => {
    const { status, stdout } = await runCli(["sign-string", "--certificate", `spiffe:${agent.address}`]);
    expect({ status, empty: stdout === "" }).toEqual({ status: 0, empty: false });
  });
});

describe("a spiffe: setting", () => {
  it.each([
    ["spiffe:", /names no socket, and SPIFFE_ENDPOINT_SOCKET is not set/],
    ["spiffe://example.org/app", /is the SPIFFE ID[^]*write spiffe:\?spiffe-id=spiffe:\/\/example\.org\/app/],
    ["spiffe:/run/agent.sock", /not the address of a Workload API, expected unix/],
    ["spiffe:tcp://10.0.0.1:8081", /on another host, expected a loopback address/],
    ["spiffe:unix:///a.sock?id=1", /has "id=1" after its \?/],
    ["spiffe:unix:///a.sock?spiffe-id=app", /has the SPIFFE ID "app"/],
    ["spiffe:unix:///%zz", /begins no percent-encoding/],
  ])("%s is refused with what to write", async (setting, words) => {
    const { status, stderr } = await vend(setting, uncached);
    expect(status).toBe(2);
    expect(stderr).toContain("error[ERR_SETTING]");
    expect(stderr).toMatch(words);
  });

  it("needs no private key, refuses one beside it, and wins over one that a weaker place has", async () => {
    const certificate = `spiffe:${agent.address}`;
    const key = join(emulator.folder, "ec-key.pem");
    const both = await vend(certificate, uncached, ["--private-key", key]);
    expect(both).toMatchObject({ status: 2 });
    expect(both.stderr).toMatch(/error\[ERR_CONFLICT\].*a SPIFFE agent gives certificate and key/);
    expect(await vend(certificate, { ...uncached, ROLESANYWHERE_TS_PRIVATE_KEY: key })).toMatchObject({ status: 0 });
  });
});
