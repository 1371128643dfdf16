// `renew` against an authority on loopback. The real servers, step-ca and GlobalSign's EST server, are in
// test/clients/certificate-authorities.test.ts.
import { X509Certificate, createPrivateKey } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { startCertificateAuthority } from "../support/certificate-authority.js";
import type { CertificateAuthority, Pair } from "../support/certificate-authority.js";
import { loadIdentity } from "../../src/identity/load-identity.js";
import { identityContext, identitySource } from "../support/identity-parts.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import { runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await startCertificateAuthority();
});
afterEach(() => {
  authority.spec = {};
  authority.intercept = () => false;
  authority.requests.length = 0;
});
afterAll(() => authority.stop());

const dayMs = 86_400_000;
/** A certificate of which a tenth of the life is left. */
const due = () => ({ notBefore: new Date(Date.now() - 90 * dayMs), notAfter: new Date(Date.now() + 10 * dayMs) });
const read = (file: string) => readFileSync(file, "utf8");
const leafIn = (file: string) => new X509Certificate(read(file));
const pathsOf = () => authority.requests.map(({ path }) => path);

const flagsOf = ({ certificate, key }: Pair, protocol: "step-ca" | "est" = "step-ca") => [
  "--certificate",
  certificate,
  "--private-key",
  key,
  `--${protocol}`,
  authority.url,
  "--authority-ca",
  authority.caFile,
];
const renew = (pair: Pair, ...words: readonly string[]) => runCli(["renew", ...flagsOf(pair), "--once", ...words]);
const renewByEst = (pair: Pair, ...words: readonly string[]) =>
  runCli(["renew", ...flagsOf(pair, "est"), "--once", ...words]);
const fits = (pair: Pair) => leafIn(pair.certificate).checkPrivateKey(createPrivateKey(read(pair.key)));

describe("renew --once", () => {
  test.each([
    ["step-ca", renew, ["/1.0/renew"]],
    ["est", renewByEst, ["/.well-known/est/cacerts", "/.well-known/est/simplereenroll"]],
  ] as const)(
    "replaces a certificate that is due, by %s, and keeps key, chain, mode and the one before",
    async (_name, run, asked) => {
      const pair = authority.enroll("ec-p256", due());
      const [before, key] = [read(pair.certificate), read(pair.key)];
      const { status, stderr, stdout } = await run(pair);
      expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
      expect(stderr).toMatch(
        /^rolesanywhere-ts: certificate "\S+client\.pem" is renewed: valid until \S+Z, next renewal at \S+Z; the one before is kept in \S+client\.pem\.previous\n$/,
      );
      expect(pathsOf()).toEqual(asked);
      expect(authority.requests[0]?.serial).toBe(new X509Certificate(before).serialNumber);
      expect(read(pair.certificate)).not.toBe(before);
      expect(read(pair.certificate).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      expect(fits(pair)).toBe(true);
      expect(read(pair.key)).toBe(key);
      expect(read(`${pair.certificate}.previous`)).toBe(before);
      expect(statSync(pair.certificate).mode & 0o777).toBe(0o644);
      expect(readdirSync(pair.folder).sort()).toEqual(["client.key", "client.pem", "client.pem.previous"]);
    },
  );

  test("asks nobody while more is left than --before says", async () => {
    const pair = authority.enroll("ec-p256", due());
    const { status, stderr } = await renew(pair, "--before", "9d");
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/client\.pem" is valid until \S+; renewal at \S+\n$/) as string,
    });
    expect(authority.requests).toEqual([]);
    await renew(pair, "--before", "9%");
    expect(authority.requests).toEqual([]);
    await renew(pair, "--before", "11d");
    expect(pathsOf()).toEqual(["/1.0/renew"]);
  });

  test.each(["ec-p384", "rsa-2048"] as const)(
    "replaces key and certificate with --rekey, of the kind %s",
    async (kind) => {
      for (const [run, path] of [
        [renew, "/1.0/rekey"],
        [renewByEst, "/.well-known/est/simplereenroll"],
      ] as const) {
        const pair = authority.enroll(kind, due());
        const [certificate, key] = [read(pair.certificate), read(pair.key)];
        const { status, stderr } = await run(pair, "--rekey");
        expect({ status, stderr }).toEqual({
          status: 0,
          stderr: expect.stringContaining("client.key.previous") as string,
        });
        expect(pathsOf()).toContain(path);
        expect(read(pair.key)).not.toBe(key);
        expect(fits(pair)).toBe(true);
        expect(read(pair.certificate).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
        const [found, expected] = [read(pair.key), key].map((pem) => createPrivateKey(pem).asymmetricKeyDetails);
        expect(found).toEqual(expected);
        expect([read(`${pair.certificate}.previous`), read(`${pair.key}.previous`)]).toEqual([certificate, key]);
        expect([pair.key, `${pair.key}.previous`].map((file) => statSync(file).mode & 0o777)).toEqual([0o640, 0o640]);
      }
    },
  );

  test("replaces one file that holds certificate, chain and key, in the order that it has", async () => {
    const { certificate, key, folder } = authority.enroll("ec-p256", due());
    const one = join(folder, "all.pem");
    writeFileSync(one, read(key) + read(certificate), { mode: 0o600 });
    const pair = { folder, certificate: one, key: one };
    for (const words of [[], ["--rekey", "--before", "1/1"]]) {
      authority.spec = { notAfter: new Date(Date.now() + (400 + words.length) * dayMs) };
      const before = read(one);
      expect(await renew(pair, ...words)).toMatchObject({ status: 0 });
      expect(read(one)).not.toBe(before);
      expect(read(one).match(/BEGIN [A-Z ]+/g)).toEqual([
        "BEGIN PRIVATE KEY",
        "BEGIN CERTIFICATE",
        "BEGIN CERTIFICATE",
      ]);
      expect(fits(pair)).toBe(true);
      expect(read(`${one}.previous`)).toBe(before);
    }
  });

  test("keeps the form of the key: SEC1, and PKCS#8 under its password", async () => {
    const pair = authority.enroll("ec-p256", due());
    const key = createPrivateKey(read(pair.key));
    writeFileSync(pair.key, key.export({ type: "sec1", format: "pem" }));
    expect(await renew(pair, "--rekey")).toMatchObject({ status: 0 });
    expect(read(pair.key)).toMatch(/^-----BEGIN EC PRIVATE KEY/);
    const cipher = { cipher: "aes-256-cbc", passphrase: "secret" } as const;
    const locked = authority.enroll("ec-p256", due());
    writeFileSync(locked.key, key.export({ type: "pkcs8", format: "pem", ...cipher }));
    const password = join(locked.folder, "password");
    writeFileSync(password, "secret\n");
    expect(await renew(locked, "--rekey", "--password-file", password)).toMatchObject({ status: 0 });
    expect(read(locked.key)).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY/);
    const opened = createPrivateKey({ key: read(locked.key), passphrase: "secret" });
    expect(leafIn(locked.certificate).checkPrivateKey(opened)).toBe(true);
  });

  test("keeps the chain where it is: in the file of --intermediates", async () => {
    const pair = authority.enroll("ec-p256", due());
    const blocks = read(pair.certificate).split(/(?=-----BEGIN)/);
    const intermediates = join(pair.folder, "chain.pem");
    writeFileSync(pair.certificate, blocks[0] ?? "");
    writeFileSync(intermediates, blocks[1] ?? "");
    const { status, stderr } = await renew(pair, "--intermediates", intermediates);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(read(pair.certificate).match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
    expect(read(intermediates)).toBe(blocks[1]);
  });

  test("swaps the folder behind a link, as Kubernetes lays out secrets", async () => {
    const { certificate, key, folder } = authority.enroll("ec-p256", due());
    mkdirSync(join(folder, "..1"));
    for (const [file, name] of [
      [certificate, "tls.crt"],
      [key, "tls.key"],
    ] as const) {
      writeFileSync(join(folder, "..1", name), read(file));
      symlinkSync(join("..data", name), join(folder, name));
    }
    writeFileSync(join(folder, "..1", "ca.crt"), "kept");
    chmodSync(join(folder, "..1", "tls.key"), 0o640);
    symlinkSync("..1", join(folder, "..data"));
    const pair = { folder, certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") };
    const { status, stderr } = await renew(pair, "--rekey");
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(join(folder, "..1")) as string });
    const target = readlinkSync(join(folder, "..data"));
    expect(target).toMatch(/^\.\.\d{4}(_\d\d){5}\.1\.data\.rolesanywhere-ts$/);
    expect(readdirSync(join(folder, target)).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
    expect(fits(pair)).toBe(true);
    expect(read(join(folder, "..1", "tls.key"))).toBe(read(key));
    expect(statSync(pair.key).mode & 0o777).toBe(0o640);
    authority.spec = { notAfter: new Date(Date.now() + 400 * dayMs) };
    await renew(pair, "--rekey", "--before", "1/1");
    authority.spec = { notAfter: new Date(Date.now() + 500 * dayMs) };
    await renew(pair, "--rekey", "--before", "1/1");
    expect(fits(pair)).toBe(true);
    const folders = readdirSync(folder).filter((name) => name.endsWith(".data.rolesanywhere-ts"));
    expect(folders).toHaveLength(2);
    expect(existsSync(join(folder, "..1"))).toBe(true);
  });

  test("runs a command after a renewal, and none without", async () => {
    const pair = authority.enroll("ec-p256", due());
    const copy = join(pair.folder, "copy");
    const hook = ["--exec", `cp '${pair.certificate}' '${copy}'`];
    await renew(pair, "--before", "1d", ...hook);
    expect(existsSync(copy)).toBe(false);
    await renew(pair, ...hook);
    expect(read(copy)).toBe(read(pair.certificate));
  });
});

describe("files of other layouts", () => {
  test("a file with two names keeps its inode", async () => {
    const pair = authority.enroll("ec-p256", due());
    for (const file of [pair.certificate, pair.key]) linkSync(file, `${file}.name`);
    const inodes = () => [pair.certificate, pair.key].map((file) => statSync(file).ino);
    const before = inodes();
    const { status, stderr } = await renew(pair, "--rekey");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(inodes()).toEqual(before);
    expect(fits(pair)).toBe(true);
    expect(read(`${pair.key}.name`)).toBe(read(pair.key));
    expect(readdirSync(pair.folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("a link is followed, and stays", async () => {
    const { certificate, key, folder } = authority.enroll("ec-p256", due());
    const pair = { folder, certificate: join(folder, "link.pem"), key: join(folder, "link.key") };
    symlinkSync(certificate, pair.certificate);
    symlinkSync(key, pair.key);
    expect(await renew(pair, "--rekey")).toMatchObject({ status: 0 });
    expect(readlinkSync(pair.certificate)).toBe(certificate);
    expect(fits(pair)).toBe(true);
    expect(existsSync(`${certificate}.previous`)).toBe(true);
  });

  test("intermediates of a new issuer are added to their file before the certificate changes", async () => {
    const pair = authority.enroll("ec-p256", due());
    const blocks = read(pair.certificate).split(/(?=-----BEGIN)/);
    const intermediates = join(pair.folder, "chain.pem");
    writeFileSync(pair.certificate, blocks[0] ?? "");
    writeFileSync(intermediates, blocks[1] ?? "");
    const issuer = createAuthority(
      keyOf("ec-p256", "next"),
      { subject: [["CN", "Next Intermediate"]] },
      authority.root,
    );
    const spec = { subject: [["CN", "web-1"]], alternativeNames: [["dns", "web-1"]] } as const;
    const leaf = issueCertificate(keyOf("ec-p256", "first"), spec, issuer);
    authority.intercept = (_request, response) => {
      response.writeHead(201).end(JSON.stringify({ crt: leaf.pem, ca: issuer.pem }));
      return true;
    };
    const { status, stderr } = await renew(pair, "--intermediates", intermediates);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(read(pair.certificate)).toBe(leaf.pem);
    expect(read(intermediates)).toBe(issuer.pem + (blocks[1] ?? ""));
  });
});

describe("readers that read all the time", () => {
  test("find a whole pair each time, while key and certificate are replaced", async () => {
    const pair = authority.enroll("ec-p256", due());
    const source = identitySource({ certificate: pair.certificate, "private-key": pair.key });
    const serials = new Set<string>();
    const reading = new AbortController();
    const readers = Array.from({ length: 3 }, async () => {
      while (!reading.signal.aborted) {
        const { leaf } = await loadIdentity(source, identityContext());
        serials.add(leaf.x509.serialNumber);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const seen = (count: number) => expect.poll(() => serials.size, { timeout: 20_000 }).toBe(count);
    await seen(1);
    for (let run = 1; run <= 3; run++) {
      authority.spec = { notAfter: new Date(Date.now() + (400 + run) * dayMs) };
      expect(await renew(pair, "--rekey", "--before", "1/1")).toMatchObject({ status: 0 });
      await seen(run + 1);
    }
    reading.abort();
    await Promise.all(readers);
  });
});

describe("two renewers at once", () => {
  test("make one request, and both find the new certificate", async () => {
    const pair = authority.enroll("ec-p256", due());
    const runs = await Promise.all(Array.from({ length: 5 }, () => renew(pair, "--rekey")));
    expect(runs.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0]);
    expect(pathsOf()).toEqual(["/1.0/rekey"]);
    expect(runs.filter(({ stderr }) => stderr.includes("is renewed"))).toHaveLength(1);
    expect(fits(pair)).toBe(true);
  });
});

describe("a certificate that is not taken", () => {
  const strange = createAuthority(keyOf("ec-p256", "strange"), { subject: [["CN", "Strange"]] });

  test.each([
    [
      "of another subject",
      { subject: [["CN", "admin"]] },
      "ERR_SERVICE_RESPONSE",
      1,
      /for another subject \(CN=admin instead of CN=web-1\)/,
    ],
    [
      "with other names",
      { alternativeNames: [["dns", "admin"]] },
      "ERR_SERVICE_RESPONSE",
      1,
      /with other alternative names/,
    ],
    [
      "that ends sooner",
      { notAfter: new Date(Date.now() + dayMs) },
      "ERR_SERVICE_RESPONSE",
      1,
      /no longer than the present one/,
    ],
    ["of an authority", { authority: true }, "ERR_CERTIFICATE_UNSUITABLE", 3, /CA:TRUE/],
  ] as const)("%s: the present one stays", async (_what, spec, code, status, reason) => {
    const pair = authority.enroll("ec-p256", due());
    const before = read(pair.certificate);
    authority.spec = spec;
    const result = await renew(pair);
    expect(result).toMatchObject({ status });
    expect(result.stderr).toContain(`error[${code}]`);
    expect(result.stderr).toMatch(reason);
    expect(read(pair.certificate)).toBe(before);
    expect(readdirSync(pair.folder).sort()).toEqual(["client.key", "client.pem"]);
  });

  test("for another key", async () => {
    const pair = authority.enroll("ec-p256", due());
    const other = authority.enroll("ec-p384");
    authority.intercept = (_request, response) => {
      response.writeHead(201).end(JSON.stringify({ crt: read(other.certificate) }));
      return true;
    };
    const { stderr, status } = await renew(pair);
    expect(status).toBe(1);
    expect(stderr).toContain("step-ca returns a certificate for another key: the present one stays");
  });

  test("outside the trust anchor that is given", async () => {
    const pair = authority.enroll("ec-p256", due());
    const anchors = join(pair.folder, "anchors.pem");
    writeFileSync(anchors, strange.pem);
    const refused = await renew(pair, "--trust-anchor-bundle", anchors);
    expect(refused).toMatchObject({ status: 3 });
    expect(refused.stderr).toMatch(/error\[ERR_CHAIN\].*which is not in the trust anchor: the present one stays/);
    writeFileSync(anchors, strange.pem + authority.root.pem);
    expect(await renew(pair, "--trust-anchor-bundle", anchors)).toMatchObject({ status: 0 });
  });
});

describe("an authority that does not renew", () => {
  const answering = (statusCode: number, body: string, headers: Readonly<Record<string, string>> = {}) => {
    authority.intercept = (_request, response) => {
      response.writeHead(statusCode, headers).end(body);
      return true;
    };
  };
  const html = { "content-type": "text/html; charset=utf-8" };

  test.each([
    [
      "forbids it",
      401,
      '{"status":401,"message":"The request lacked necessary authorization"}',
      {},
      "ERR_ACCESS_DENIED",
      /HTTP 401, The request lacked necessary authorization/,
      /disableRenewal/,
    ],
    [
      "answers with a web page",
      200,
      "<!DOCTYPE html><html>Login</html>",
      html,
      "ERR_SERVICE_RESPONSE",
      /answers renew with a web page/,
      /check the URL/,
    ],
    [
      "has no such path",
      404,
      "404 page not found\n",
      {},
      "ERR_SERVICE_RESPONSE",
      /answers renew with HTTP 404/,
      /check the URL/,
    ],
    ["answers with other JSON", 200, "{}", {}, "ERR_SERVICE_RESPONSE", /JSON without a certificate/, /check the URL/],
  ] as const)("%s: a code and the next step", async (_what, statusCode, body, headers, code, reason, hint) => {
    const pair = authority.enroll("ec-p256", due());
    answering(statusCode, body, headers);
    const { status, stderr } = await renew(pair);
    expect(status).toBe(1);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(hint);
  });

  test("is away: status 4", async () => {
    const pair = authority.enroll("ec-p256", due());
    const { status, stderr } = await runCli([
      "renew",
      ...flagsOf(pair).map((word) => word.replace(authority.url, "https://127.0.0.1:1")),
      "--once",
    ]);
    expect(status).toBe(4);
    expect(stderr).toMatch(/error\[ERR_CONNECTION\]: cannot reach 127\.0\.0\.1:1: connection refused/);
  });

  test("drops the connection: the hint names the certificate", async () => {
    const pair = authority.enroll("ec-p256", due());
    const stranger = createAuthority(keyOf("ec-p256", "strange"), { subject: [["CN", "Strange"]] });
    writeFileSync(pair.certificate, issueCertificate(keyOf("ec-p256", "first"), due(), stranger).pem);
    const { status, stderr } = await renew(pair);
    expect(status).toBe(4);
    expect(stderr).toMatch(/connection was dropped\n/);
    expect(stderr).toContain("if it does not know the certificate's issuer");
  });

  test("has a server certificate of an unknown root: --authority-ca is named", async () => {
    const pair = authority.enroll("ec-p256", due());
    const { status, stderr } = await runCli(["renew", ...flagsOf(pair).slice(0, -2), "--once"]);
    expect(status).toBe(4);
    expect(stderr).toMatch(/error\[ERR_TLS\].*unknown/);
    expect(stderr).toContain("--authority-ca root_ca.crt");
  });

  test("is not asked with an expired certificate", async () => {
    const pair = authority.enroll("ec-p256", {
      notBefore: new Date(Date.now() - 9 * dayMs),
      notAfter: new Date(Date.now() - dayMs),
    });
    const { status, stderr } = await renew(pair);
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /error\[ERR_CERTIFICATE_EXPIRED\].*an authority renews only a valid one\n.*step ca certificate/,
    );
    expect(authority.requests).toEqual([]);
  });

  test("has not decided yet: the run says when to come back, and changes nothing", async () => {
    const pair = authority.enroll("ec-p256", due());
    const before = read(pair.certificate);
    authority.intercept = ({ path }, response) => {
      if (!path.endsWith("/simplereenroll")) return false;
      response.writeHead(202, { "retry-after": "3600" }).end();
      return true;
    };
    const { status, stderr } = await renewByEst(pair);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining("the authority has not decided yet; next attempt at") as string,
    });
    expect(read(pair.certificate)).toBe(before);
  });
});

describe("what cannot be renewed", () => {
  test.each([
    ["no authority", ["--certificate", "x.pem"], /--step-ca and --est are missing/],
    [
      "http",
      ["--certificate", "x.pem", "--step-ca", "http://ca.example.com"],
      /--step-ca is an http URL, expected https/,
    ],
    ["a token", ["--certificate", "pkcs11:object=a", "--step-ca", "https://ca.example.com"], /is in a device/],
    [
      "a SPIFFE agent",
      ["--certificate", "spiffe:", "--step-ca", "https://ca.example.com"],
      /a SPIFFE agent renews its certificates by itself/,
    ],
    [
      "a variable",
      ["--certificate", "env:CERT", "--step-ca", "https://ca.example.com"],
      /"env:CERT" cannot be replaced, expected a file/,
    ],
    [
      "a wrong margin",
      ["--certificate", "x.pem", "--step-ca", "https://ca.example.com", "--before", "soon"],
      /--before is "soon", expected a share/,
    ],
  ] as const)("%s: refused before anything is asked", async (_what, words, reason) => {
    const { status, stderr } = await runCli(["renew", "--once", ...words]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(reason) as string });
  });
});

describe("renew", () => {
  test("goes on after an authority that was away, and stops at a signal", async () => {
    const pair = authority.enroll("ec-p256", due());
    let failures = 0;
    authority.intercept = (_request, response) => {
      if (failures >= 3) return false;
      failures++;
      response.writeHead(503).end();
      return true;
    };
    const cli = startCli(["renew", ...flagsOf(pair)]);
    await cli.waitFor(/HTTP 503/, "stderr");
    await cli.waitFor(/is renewed: valid until/, "stderr");
    expect(await cli.stop()).toMatchObject({ status: 0 });
    expect(fits(pair)).toBe(true);
  });

  test("ends with an error that no retry can fix", async () => {
    const folder = createScratch("empty");
    const pair = { folder, certificate: join(folder, "none.pem"), key: join(folder, "none.key") };
    const { status, stderr } = await runCli(["renew", ...flagsOf(pair)]);
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining("ERR_CERTIFICATE") as string });
  });
});

describe("serve and update with renewal", () => {
  let account: EmulatorAccount;
  beforeAll(async () => {
    account = await startEmulatorAccount();
    account.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, certificates: authority.root.pem })),
    }));
  });
  afterAll(() => account.stop());
  const prepare = (pair: Pair) => {
    const file = join(createScratch("update"), "credentials");
    const session = account.flags.slice(account.flags.indexOf("--trust-anchor-arn"));
    return {
      file,
      words: ["update", ...session, "--endpoint", account.url, ...flagsOf(pair)],
      options: { env: { ...account.variables, AWS_SHARED_CREDENTIALS_FILE: file } },
    };
  };

  test("--once renews a certificate that is due, silently, and writes a session of the new one", async () => {
    const pair = authority.enroll("ec-p256", due());
    const { file, words, options } = prepare(pair);
    expect(await runCli([...words, "--once"], options)).toEqual(
      expect.objectContaining({ status: 0, stdout: "", stderr: "" }),
    );
    expect(pathsOf()).toEqual(["/1.0/renew"]);
    expect(read(file)).toContain("aws_session_token");
    expect(Date.parse(leafIn(pair.certificate).validTo)).toBeGreaterThan(Date.now() + 300 * dayMs);
  });

  test("--once writes a session also while the authority is away, and says so", async () => {
    const pair = authority.enroll("ec-p256", due());
    const { file, words, options } = prepare(pair);
    authority.intercept = (_request, response) => {
      response.writeHead(401).end();
      return true;
    };
    const { status, stderr } = await runCli([...words, "--once"], options);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^rolesanywhere-ts: warning: the certificate is not renewed: step-ca refuses renew: HTTP 401/,
    );
    expect(read(file)).toContain("aws_session_token");
  });

  test("writes a new session when the certificate is renewed", async () => {
    const pair = authority.enroll("ec-p256", {
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + 20_000),
    });
    const { file, words, options } = prepare(pair);
    const cli = startCli([...words, "--before", "16s"], options);
    await cli.waitFor(/is valid until .*\n.*in \S+ is valid until/, "stderr");
    const before = read(file);
    await cli.waitFor(/is renewed: [^]*profile "default" in \S+ is valid until/, "stderr");
    expect(read(file)).not.toBe(before);
    expect(await cli.stop()).toMatchObject({ status: 0 });
  });

  test.each(["serve", "update"])("%s refuses a part of the flags without an authority", async (command) => {
    const { status, stderr } = await runCli([command, "--rekey", ...account.flags]);
    expect(status).toBe(2);
    expect(stderr).toContain("--step-ca and --est are missing");
  });
});
