import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { credentialFormatNames } from "../../src/delivery/formats/formats.js";
import { SecretSearch, plantKey } from "../support/canary.js";
import type { PlantedKey } from "../support/canary.js";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { canGiveAway, sharedFolder, stranger } from "../support/hostile-places.js";
import { afterShell, programWords, runCli, startCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { credentials, readServed } from "../support/served.js";

const password = "canary-Passw0rd-7f3a";
const keyId = "AKIAIOSFODNN7EXAMPLE";
let identity: EmulatedIdentity;
let key: PlantedKey;
let encryptedKey: string;

beforeAll(async () => {
  identity = await createEmulatedIdentity();
  const pem = readFileSync(identity.certificatePath, "utf8");
  const plain = createPrivateKey(pem);
  key = plantKey(String(plain.export({ type: "pkcs8", format: "pem" })));
  encryptedKey = join(createScratch("secrets"), "encrypted.key");
  const cipher = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password } as const;
  writeFileSync(encryptedKey, plain.export(cipher), { mode: 0o600 });
});
afterAll(() => identity.emulator.stop());

const role = () => ["--role-arn", identity.roleArn("Demo")];
const flags = () => [...identity.flags, ...role()];

/** Runs, and looks for secrets in both streams and in every file that is there afterwards. */
async function probe(line: readonly string[], options: CliOptions = {}, more: readonly string[] = []) {
  const home = options.env?.["HOME"] ?? createScratch("home");
  const cwd = createScratch("work");
  const env = { AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "us-east-1", AWS_MAX_ATTEMPTS: "1", ...options.env };
  const result = await runCli(line, { ...options, cwd, env: { ...env, HOME: home }, timeoutMs: 30_000 });
  const search = new SecretSearch([...key.secrets, password, ...more]);
  search.text(result.stdout, "stdout");
  search.text(result.stderr, "stderr");
  search.files(cwd, "folder it ran in");
  if (options.env?.["HOME"] === undefined) search.files(home, "HOME");
  return { ...result, leaks: search.leaks, places: search.places, home };
}

/** Command lines that take a private key, without one. */
const takers: Readonly<Record<string, () => readonly string[]>> = {
  "credential-process --debug": () => ["credential-process", "--debug", ...flags()],
  credentials: () => ["credentials", ...flags()],
  check: () => ["check", ...flags()],
  "check --json": () => ["check", "--json", ...flags()],
  "update --once": () => ["update", "--once", "--profile", "p", ...flags()],
  request: () => ["request", "-v", `${identity.emulator.url}/`, "--service", "s3", ...flags()],
  "serve --lazy": () => ["serve", "--lazy", "--port", "0", ...flags()],
  "assume-role": () => ["assume-role", identity.roleArn("Target"), ...flags()],
};

describe.each(Object.keys(takers))("a private key given to %s by value", (name) => {
  const line = () => takers[name]?.() ?? [];

  it("as a flag is shown and kept nowhere", async () => {
    const { status, leaks } = await probe([...line(), "--private-key", key.disguises["escaped PEM text"] ?? ""]);
    expect({ leaks, failed: status !== 0 }).toEqual({ leaks: [], failed: true });
  });

  it("in the environment is shown and kept nowhere", async () => {
    const { status, leaks } = await probe(line(), { env: { ROLESANYWHERE_TS_PRIVATE_KEY: key.pem } });
    expect({ leaks, failed: status !== 0 }).toEqual({ leaks: [], failed: true });
  });

  it("in a profile is not shown", async () => {
    const home = createScratch("home");
    mkdirSync(join(home, ".aws"));
    const value = key.disguises["escaped PEM text"] ?? "";
    writeFileSync(join(home, ".aws", "config"), `[profile app]\nrolesanywhere_private_key = ${value}\n`);
    const { status, leaks } = await probe([...line(), "--settings-profile", "app"], { env: { HOME: home } });
    expect({ leaks, failed: status !== 0 }).toEqual({ leaks: [], failed: true });
  });
});

describe("configure", () => {
  it.each(["PEM text", "escaped PEM text", "base64 of PEM text", "bare base64"])("writes no %s", async (form) => {
    const line = [
      "configure",
      "--no-check",
      "--profile",
      "app",
      ...flags(),
      "--private-key",
      key.disguises[form] ?? "",
    ];
    const { status, leaks } = await probe(line);
    expect({ leaks, failed: status !== 0 }).toEqual({ leaks: [], failed: true });
  });

  it.each(["--pkcs8-password", "--pkcs12-password", "--pkcs11-pin", "--tpm-key-password"])(
    "writes no %s",
    async (flag) => {
      const { leaks } = await probe(["configure", "--no-check", "--profile", "app", ...flags(), flag, password]);
      expect(leaks).toEqual([]);
    },
  );
});

describe("a password", () => {
  const wrong = `${password}-not`;
  it.each<[string, () => readonly string[], () => CliOptions["env"]]>([
    ["of a key, right", () => ["--private-key", encryptedKey, "--pkcs8-password", password], () => ({})],
    ["of a key, wrong", () => ["--private-key", encryptedKey, "--pkcs8-password", wrong], () => ({})],
    ["in the environment", () => ["--private-key", encryptedKey], () => ({ ROLESANYWHERE_TS_PKCS8_PASSWORD: wrong })],
    ["in a PKCS#11 URI", () => ["--private-key", `pkcs11:object=x?pin-value=${password}`], () => ({})],
    ["in an endpoint", () => ["--endpoint", `http://u:${password}@127.0.0.1:1`], () => ({})],
    ["in an endpoint's query", () => ["--endpoint", `http://127.0.0.1:1/?token=${password}`], () => ({})],
    ["in a proxy's address", () => [], () => ({ HTTPS_PROXY: `http://u:${password}@127.0.0.1:1`, NO_PROXY: "" })],
    ["in a proxy's broken address", () => [], () => ({ HTTPS_PROXY: `http://u:${password}@h:x` })],
  ])("%s is shown by neither a vend, its trace nor check", async (_, words, env) => {
    for (const line of [["credential-process", "--no-cache", "--debug"], ["check"], ["check", "--json"]]) {
      const { leaks } = await probe([...line, ...flags(), ...words()], { env: env() ?? {} });
      expect(leaks).toEqual([]);
    }
  });

  it("of a failing credential_process line is not shown", async () => {
    const home = createScratch("home");
    mkdirSync(join(home, ".aws"));
    const line = `${programWords().join(" ")} credential-process --pkcs8-password ${password} --certificate /nowhere.pem`;
    writeFileSync(join(home, ".aws", "config"), `[profile app]\nregion = us-east-1\ncredential_process = ${line}\n`);
    for (const words of [
      ["exec", "--profile", "app", "--", "true"],
      ["check", "--profile", "app"],
      ["assume-role", identity.roleArn("Target"), "--source-profile", "app"],
    ]) {
      expect((await probe(words, { env: { HOME: home } })).leaks).toEqual([]);
    }
  });
});

describe("a session", () => {
  it.each(credentialFormatNames)("is not on stderr with --format %s", async (format) => {
    const document = await runCli(["credentials", "--format", "json", ...flags()]);
    expect(document.status).toBe(0);
    const { stderr } = await probe(["credentials", "--format", format, "--debug", ...flags()]);
    // None of the members of any session: the key id alone may be told.
    expect(stderr).not.toMatch(/SecretAccessKey|SECRET_ACCESS_KEY=|SESSION_TOKEN=/);
    const token = /"SessionToken": ?"([^"]{40})/.exec(document.stdout)?.[1] ?? "none";
    expect(stderr).not.toContain(token);
  });
});

describe("request", () => {
  const secrets = {
    "x-amz-server-side-encryption-customer-key": "Y2FuYXJ5LXNzZS1jLWtleQ==",
    "x-api-key": "canary-api-key",
    cookie: "session=canary-cookie",
    "x-vault-token": "canary-vault",
  };

  /** A service that refuses the signature and tells the canonical request that it made, secrets and all. */
  async function refused(words: readonly string[]) {
    const server = createServer((request, response) => {
      const [path = "", query = ""] = (request.url ?? "").split("?");
      const lines = Object.entries(request.headers).map(([name, value]) => `${name}:${String(value)}`);
      const told = ["GET", path, query, ...lines.sort(), "", "host", "UNSIGNED"].join("\n").replaceAll("&", "&amp;");
      response.writeHead(403, { "content-type": "application/xml", "set-cookie": "canary-set-cookie" });
      response.end(`<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>${told}</CanonicalRequest></Error>`);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a`;
    const env = { AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: password };
    const line = ["request", ...words.map((word) => word.replace("URL", url)), "--service", "s3"];
    const result = await probe(line, { env });
    server.close();
    expect(result.stderr).toContain("canonical requests side by side");
    return result;
  }

  it.each(Object.entries(secrets))("shows no %s, neither with -v nor in the table of a 403", async (name, value) => {
    for (const words of [["URL"], ["-v", "URL"]]) {
      const { stderr, leaks } = await refused([...words, "-H", `${name}: ${value}`]);
      expect(leaks).toEqual([]);
      expect(stderr.replaceAll(/\s|\|/g, "")).not.toContain(value.replaceAll(/\s/g, ""));
      expect(stderr).not.toContain("canary-set-cookie");
    }
  });

  it("shows no secret of the query", async () => {
    const { stderr } = await refused(["-v", "URL?sig=canary-sig&X-Amz-Security-Token=canary-token&apikey=canary-key"]);
    expect(stderr.replaceAll(/\s|\|/g, "")).not.toMatch(/canary-/);
  });
});

describe("serve", () => {
  it("tells no secret in what it answers while it has no session", async () => {
    const damaged = join(createScratch("damaged"), "client.key");
    writeFileSync(damaged, key.pem.replace("MIG", "MIX"), { mode: 0o600 });
    const words = ["--private-key", damaged, "--pkcs8-password", password];
    const cli = startCli(["serve", "--lazy", "--container", "--imds", "--port", "0", ...flags(), ...words]);
    const served = await readServed(cli);
    const search = new SecretSearch([...key.secrets, password]);
    for (const path of ["/credentials", "/healthz", "/metrics", "/latest/meta-data/", "/nowhere", `/${password}x`]) {
      const { body } = await credentials(served, path);
      if (!path.includes(password)) search.text(body, path);
    }
    const { stderr } = await cli.stop();
    search.text(stderr.replaceAll(`${password}x`, ""), "stderr");
    expect(search.leaks).toEqual([]);
    expect(stderr).not.toContain(served.token);
  });

  /** Files that are planted in place of one of serve's own. */
  function tokenFile(mode: number): string {
    const file = join(createScratch("token"), "token");
    writeFileSync(file, "planted-token-of-an-attacker-0123456789");
    chmodSync(file, mode);
    return file;
  }
  const serve = (file: string) => probe(["serve", "--port", "0", "--token-file", file, ...flags()]);

  it.each([0o666, 0o644, 0o604, 0o602, 0o660])("takes no token from a file of mode %o", async (mode) => {
    const { status, stderr } = await serve(tokenFile(mode));
    expect(status).not.toBe(0);
    expect(stderr).toContain("token file");
    expect(stderr).not.toContain("planted-token");
  });

  it.skipIf(!canGiveAway("token files of other users"))("takes no token from another user's file or link", async () => {
    const own = tokenFile(0o600);
    chownSync(own, stranger, stranger);
    expect((await serve(own)).stderr).toContain(`belongs to user ${stranger}`);
    const link = join(sharedFolder(), "token");
    symlinkSync(tokenFile(0o600), link);
    lchownSync(link, stranger, stranger);
    expect((await serve(link)).stderr).toContain(`is a link that user ${stranger} made`);
  });
});

describe("a planted password file", () => {
  it.each([0o666, 0o622, 0o602])("of mode %o is refused unread", async (mode) => {
    const file = join(createScratch("password"), "password");
    writeFileSync(file, password);
    chmodSync(file, mode);
    const words = ["--private-key", encryptedKey, "--password-file", file];
    const { status, leaks } = await probe(["credential-process", ...flags(), ...words]);
    expect({ leaks, failed: status !== 0 }).toEqual({ leaks: [], failed: true });
  });
});

describe("what a run writes with umask 0", () => {
  const open = () => afterShell("umask 0");
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  it("is for its owner alone: the cache", async () => {
    const { home, status } = await probe(["credential-process", ...flags()], open());
    expect(status).toBe(0);
    expect(modeOf(join(home, ".cache", "rolesanywhere-ts"))).toBe("700");
  });

  it("is for its owner alone: update's file", async () => {
    const { home } = await probe(["update", "--once", "--profile", "p", ...flags()], open());
    expect(modeOf(join(home, ".aws", "credentials"))).toBe("600");
  });

  it("is for its owner alone: --save-to-file", async () => {
    const file = join(createScratch("saved"), "session.env");
    await probe(["credentials", "--format", "env-file", "--save-to-file", file, ...flags()], open());
    expect(modeOf(file)).toBe("600");
  });

  it("is for its owner alone: serve's token", async () => {
    const cli = startCli(["serve", "--port", "0", ...flags()], open());
    const { tokenFile } = await readServed(cli);
    expect(modeOf(tokenFile)).toBe("600");
    await cli.stop();
  });

  it("is for its owner alone: the emulator's keys", async () => {
    const folder = join(createScratch("emulator"), "folder");
    const cli = startCli(["emulator", "--dir", folder, "--log", "none"], open());
    await Promise.any([cli.waitFor(/emulator ready/), cli.waitFor(/emulator ready/, "stderr")]);
    await cli.stop();
    for (const name of ["ec-key.pem", "rsa-key.pem"]) expect(modeOf(join(folder, name))).toBe("600");
  });
});
