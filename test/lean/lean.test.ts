import { spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { installLean, requireLean } from "../support/lean.js";
import { cleanEnvironment, executable, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec, KeyKind } from "../support/pki.js";
import { createScratch } from "../support/scratch.js";

const hasLean = requireLean("the lean edition");
const standalone = fileURLToPath(new URL("../../dist/standalone/rolesanywhere-ts", import.meta.url));
/** More in a run of its own, since each costs a process. */
const crowdSize = Number(process.env["ROLESANYWHERE_TS_CROWD"] ?? "30");
const password = "canary-Passw0rd-91c2";

describe.skipIf(!hasLean)("the lean edition", () => {
  let emulator: Emulator;
  let home: string;
  beforeAll(async () => {
    emulator = await startEmulator({ tls: true });
  });
  afterAll(() => emulator.stop());
  beforeEach(() => {
    emulator.clearRequests();
    home = createScratch("lean-home");
  });

  type Flags = Readonly<Record<string, string | undefined>>;
  type Variables = Readonly<Record<string, string | undefined>>;

  const trusting = () => ({ HOME: home, AWS_CA_BUNDLE: emulator.variables["AWS_CA_BUNDLE"] });
  const vend = (file: string, flags: Flags = {}, more: readonly string[] = [], env: Variables = trusting()) =>
    runCli(["credential-process", ...emulatorFlags(emulator, flags), ...more], { executable: file, env });
  const count = () => emulator.count("CreateSession");

  /** Writes a certificate of the emulator's authority and its key. */
  function identity(kind: KeyKind, format: (key: ReturnType<typeof createPrivateKey>) => string | Buffer): Flags {
    const folder = createScratch("lean-identity");
    const { key, pem } = issueCertificate(keyOf(kind, "client"), {}, emulator.intermediate);
    writeFileSync(join(folder, "client.pem"), pem + emulator.intermediate.pem);
    writeFileSync(join(folder, "client.key"), format(createPrivateKey(key.privateKeyPem)), { mode: 0o600 });
    return {
      certificate: join(folder, "client.pem"),
      "private-key": join(folder, "client.key"),
      intermediates: undefined,
    };
  }

  const pkcs8 = (key: ReturnType<typeof createPrivateKey>) => key.export({ type: "pkcs8", format: "pem" });
  const encrypted = (key: ReturnType<typeof createPrivateKey>) =>
    key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password });

  it.each([
    ["P-256", "ec-p256", pkcs8, []],
    ["P-256 in SEC1", "ec-p256", (key) => key.export({ type: "sec1", format: "pem" }), []],
    ["P-384", "ec-p384", pkcs8, []],
    ["RSA of 2048 bits", "rsa-2048", pkcs8, []],
    ["RSA of 3072 bits", "rsa-3072", pkcs8, []],
    ["RSA of 4096 bits in PKCS#1", "rsa-4096", (key) => key.export({ type: "pkcs1", format: "pem" }), []],
    ["encrypted P-256", "ec-p256", encrypted, ["--pkcs8-password", password]],
    ["encrypted P-384", "ec-p384", encrypted, ["--pkcs8-password", password]],
    ["encrypted RSA", "rsa-2048", encrypted, ["--pkcs8-password", password]],
  ] as const satisfies readonly (readonly [string, KeyKind, Parameters<typeof identity>[1], readonly string[]])[])(
    "gets a session with a key of the kind %s, which the bundle then finds",
    async (_, kind, format, more) => {
      const flags = identity(kind, format);
      const first = await vend(installLean(), flags, more);
      expect(first).toMatchObject({ stderr: "", status: 0 });
      const { stdout } = await vend(executable, flags, more);
      expect(stdout).toBe(first.stdout);
      expect(count()).toBe(1);
    },
  );

  it("finds the session of the bundle, also by the bundle's index", async () => {
    const flags = identity("ec-p256", pkcs8);
    const { stdout } = await vend(executable, flags);
    const lean = installLean();
    expect((await vend(lean, flags)).stdout).toBe(stdout);
    expect((await vend(lean, flags)).stdout).toBe(stdout);
    expect(count()).toBe(1);
  });

  it(`makes one request in a crowd of ${crowdSize} processes of all editions`, { timeout: 120_000 }, async () => {
    const flags = identity("ec-p256", pkcs8);
    const editions = [executable, installLean(), ...(existsSync(standalone) ? [standalone] : [])];
    const results = await Promise.all(
      Array.from({ length: crowdSize }, (_, index) => vend(editions[index % editions.length] ?? executable, flags)),
    );
    expect(new Set(results.map(({ status, stderr }) => `${status} ${stderr}`))).toEqual(new Set(["0 "]));
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(count()).toBe(1);
  });

  it("reports a refusal of the service as the bundle does", async () => {
    const flags = { "role-arn": roleArn(emulator, "Untrusting") };
    const [lean, bundle] = [await vend(installLean(), flags), await vend(executable, flags)];
    expect(lean).toMatchObject({ stdout: "", status: 1 });
    expect(lean.stderr.replaceAll(/request id [\w-]+/g, "")).toBe(bundle.stderr.replaceAll(/request id [\w-]+/g, ""));
  });

  it.each([
    ["a missing certificate", { certificate: "/nowhere/client.pem" }, 3],
    ["a missing ARN", { "role-arn": undefined }, 2],
    ["a wrong ARN", { "profile-arn": "arn:aws:iam::111122223333:role/Demo" }, 2],
  ])("reports %s as the bundle does", async (_, flags, status) => {
    const [lean, bundle] = [await vend(installLean(), flags), await vend(executable, flags)];
    expect(lean).toMatchObject({ stdout: "", stderr: bundle.stderr, status });
  });

  describe("the server", () => {
    /** Starts a server that counts requests, with a certificate by an authority. */
    async function serve(spec: CertificateSpec, issuer?: Parameters<typeof issueCertificate>[2]) {
      const { key, pem } = issueCertificate(keyOf("ec-p256", "server"), spec, issuer);
      let requests = 0;
      const server = createServer({ key: key.privateKeyPem, cert: pem }, (_, response) => {
        requests++;
        response.writeHead(403).end("{}");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return { server, port: (server.address() as AddressInfo).port, requests: () => requests };
    }

    const own = {
      alternativeNames: [["ip", "127.0.0.1"]],
      extendedKeyUsage: ["serverAuth"],
    } as const satisfies CertificateSpec;
    const anHourAgo = new Date(Date.now() - 3_600_000);
    const authority = createAuthority(keyOf("ec-p256", "server-root"), { subject: [["CN", "Server Root"]] });
    const other = createAuthority(keyOf("ec-p256", "other-root"), { subject: [["CN", "Other Root"]] });
    const bundle = join(createScratch("lean-roots"), "roots.pem");
    writeFileSync(bundle, `# two roots\n${other.pem}\n${authority.pem}`);
    const asking = (file: string, port: number, variables: Variables = { AWS_CA_BUNDLE: bundle }) =>
      vend(file, { endpoint: `https://127.0.0.1:${port}` }, ["--no-cache"], { HOME: home, ...variables });

    it("is asked when the second root of the bundle vouches for it", async () => {
      const { server, port, requests } = await serve(own, authority);
      const { status, stderr } = await asking(installLean(), port);
      server.close();
      expect([requests(), status]).toEqual([1, 1]);
      expect(stderr).toContain("error[ERR_ACCESS_DENIED]");
    });

    it.each([
      ["of another name", { ...own, alternativeNames: [["dns", "rolesanywhere.us-east-1.amazonaws.com"]] }, authority],
      ["that has expired", { ...own, notBefore: new Date(0), notAfter: anHourAgo }, authority],
      ["that is not valid yet", { ...own, notBefore: new Date(Date.now() + 3_600_000) }, authority],
      ["of an unknown authority", own, createAuthority(keyOf("ec-p256", "third-root"))],
      ["signed by itself", own, undefined],
      ["for clients only", { ...own, extendedKeyUsage: ["clientAuth"] }, authority],
    ] as const satisfies readonly (readonly [string, CertificateSpec, Parameters<typeof serve>[1]])[])(
      "with a certificate %s gets no request",
      async (_, spec, issuer) => {
        const { server, port, requests } = await serve(spec, issuer);
        const alone = await asking(installLean(), port);
        const handedOver = await asking(installLean("bundle"), port);
        server.close();
        expect(requests()).toBe(0);
        expect(alone).toMatchObject({ stdout: "", status: 4 });
        expect(handedOver).toMatchObject({ stdout: "", status: 4 });
        expect(handedOver.stderr).toContain("cannot reach 127.0.0.1");
      },
    );

    it("is not trusted for being known to another program", async () => {
      const { server, port, requests } = await serve(own, authority);
      const { status } = await asking(installLean(), port, { LLRT_EXTRA_CA_CERTS: bundle });
      server.close();
      expect([requests(), status]).toEqual([0, 4]);
    });

    it("that never answers is given up after the time limit", async () => {
      const server = createTcpServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const startedMs = performance.now();
      const result = await asking(installLean(), port, { ROLESANYWHERE_TS_TIME_LIMIT_MS: "1500" });
      server.close();
      expect(result).toMatchObject({ stdout: "", status: 4 });
      expect(result.stderr).toContain("not done within 1.5 s");
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    });
  });

  describe("what it does not do", () => {
    const told = ['printf "%s|" "$$" "$MARK" "$@"', "cat", "echo oops >&2", "exit 7"].join("\n");

    it("is done by the full program in the same process: words, variables, streams and status", async () => {
      const file = installLean({ script: told });
      const child = spawn(file, ["exec", "--profile", "a b", "--", "c*"], {
        env: cleanEnvironment({ MARK: "m", LLRT_LOG: "x" }),
      });
      const output = { stdout: "", stderr: "" };
      child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
      child.stdin.end("from stdin");
      const [status] = (await once(child, "close")) as [number];
      expect(output).toEqual({ stdout: `${child.pid}|m|exec|--profile|a b|--|c*|from stdin`, stderr: "oops\n" });
      expect(status).toBe(7);
    });

    it("is done by the full program with the signals it gets", async () => {
      const file = installLean({ script: 'trap "echo caught; exit 9" TERM\necho ready\nwhile :; do sleep 0.1; done' });
      const child = spawn(file, ["serve"], { env: cleanEnvironment() });
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output === "ready\n") child.kill("SIGTERM");
      });
      const [status] = (await once(child, "close")) as [number];
      expect([output, status]).toEqual(["ready\ncaught\n", 9]);
    });

    it.each([
      ["--no-verify-ssl", ["--no-verify-ssl"], {}],
      ["a proxy", [], { HTTPS_PROXY: "http://127.0.0.1:1" }],
      ["roots in SSL_CERT_FILE", [], { SSL_CERT_FILE: "/etc/ssl/cert.pem" }],
      ["role chaining", ["--assume-role-arn", "arn:aws:iam::111122223333:role/Target"], {}],
    ])("%s leaves no lock to the full program", async (_, more, variables) => {
      const script = 'ls "$HOME/.cache/rolesanywhere-ts" | grep -c "[.]lock$"; exit 0';
      const result = await vend(installLean({ script }), {}, more, { ...trusting(), ...variables });
      expect(result).toMatchObject({ stdout: "0\n", stderr: "" });
      expect(count()).toBe(0);
    });

    it("is named when the full program is not there", async () => {
      const file = installLean();
      for (const [more, reason] of [
        [["--assume-role-arn", "arn:aws:iam::111122223333:role/Target"], "chain roles"],
        [["--spelling"], "correct command lines"],
      ] as const) {
        const { stdout, stderr, status } = await vend(file, {}, more);
        expect([stdout, status]).toEqual(["", 2]);
        expect(stderr).toContain(`error[ERR_NOT_AVAILABLE]: the lean edition does not ${reason}`);
        expect(stderr).toContain(`there is no ${file}-full`);
        expect(stderr).toContain(`hint: install rolesanywhere-ts as ${file}-full:`);
      }
    });

    it.each([
      ["a link to it", symlinkSync],
      ["a copy of it", copyFileSync],
    ])("is refused when the full program is the lean edition itself: %s", async (_, place) => {
      const file = installLean();
      place(file, `${file}-full`);
      const { stdout, stderr, status } = await runProgram(file, ["check"]);
      expect([stdout, status]).toEqual(["", 2]);
      expect(stderr).toContain(
        `the lean edition does not have this command, and ${file}-full is the lean edition too\n`,
      );
    });

    it("takes words that are no UTF-8 to the full program unchanged", async () => {
      const file = installLean({ script: 'printf "%s" "$2" | od -An -tx1' });
      const { stdout } = await runCli([], { executable: "-c", runtime: ["sh"], env: { FILE: file } }).then(async () =>
        runCli(['exec "$FILE" scan "$(printf "\\377")"'], { executable: "-c", runtime: ["sh"], env: { FILE: file } }),
      );
      expect(stdout.trim()).toBe("ff");
    });
  });

  it.each([
    ["a vend", identityWith(pkcs8), []],
    ["the right password", identityWith(encrypted), ["--pkcs8-password", password]],
    ["a wrong password", identityWith(encrypted), ["--pkcs8-password", `${password}x`]],
    ["a damaged key", identityWith((key) => String(pkcs8(key)).replace("MIG", "MIX")), []],
  ])("shows no secret: %s, with a trace", async (_, make, more) => {
    const flags = make();
    const result = await vend(installLean(), flags, [...more, "--debug"]);
    const lines = readFileSync(flags["private-key"] ?? "", "utf8")
      .split("\n")
      .slice(1, -3);
    for (const secret of [password, ...lines]) expect(result.stderr).not.toContain(secret);
    rmSync(home, { recursive: true, force: true });
  });

  function identityWith(format: Parameters<typeof identity>[1]) {
    return () => identity("ec-p256", format);
  }
});
