import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority, issueCertificate, keyOf } from "./pki.js";
import type { CertificateSpec, Issued, KeyKind } from "./pki.js";
import { freePort } from "./free-port.js";
import { runProgram } from "./run-program.js";
import { createScratch } from "./scratch.js";

export interface RunningAuthority {
  readonly url: string;
  /** Root of its server certificate. */
  readonly caFile: string;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

export interface StepAuthority extends RunningAuthority {
  /** Writes `client.pem`, with the chain, and `client.key` into a new folder. */
  readonly enroll: (...words: readonly string[]) => Promise<{ readonly certificate: string; readonly key: string }>;
}

/** Starts Smallstep's step-ca with two provisioners: `admin`, and `frozen`, which forbids renewal. */
export async function startStepCa(): Promise<StepAuthority> {
  const folder = createScratch("step-ca");
  const at = (path: string) => join(folder, path);
  const port = await freePort();
  const env = { HOME: folder, STEPPATH: at("step"), NO_PROXY: "localhost" };
  const password = at("password");
  writeFileSync(password, "secret\n");
  const step = async (...words: readonly string[]) => {
    const { status, stderr } = await runProgram("step", words, { env, cwd: folder });
    if (status !== 0) throw new Error(`step ${words.join(" ")}: ${stderr}`);
  };
  const name = ["--name", "Example", "--dns", "localhost", "--address", `127.0.0.1:${port}`, "--provisioner", "admin"];
  await step("ca", "init", ...name, "--password-file", password, "--provisioner-password-file", password);
  const config = JSON.parse(readFileSync(at("step/config/ca.json"), "utf8")) as StepConfig;
  const claims = { minTLSCertDuration: "1s", defaultTLSCertDuration: "24h" };
  const [admin] = config.authority.provisioners;
  config.authority.claims = claims;
  config.authority.provisioners.push({ ...admin, name: "frozen", claims: { ...claims, disableRenewal: true } });
  writeFileSync(at("step/config/ca.json"), JSON.stringify(config));
  const server = await startServer("step-ca", ["--password-file", password, at("step/config/ca.json")], port);
  return {
    ...server,
    url: `https://localhost:${port}`,
    caFile: at("step/certs/root_ca.crt"),
    async enroll(...words) {
      const pair = createScratch("pair");
      const [certificate, key] = [join(pair, "client.pem"), join(pair, "client.key")];
      const provisioner = words.includes("--provisioner") ? [] : ["--provisioner", "admin"];
      const flags = [...words, ...provisioner, "--provisioner-password-file", password];
      await step("ca", "certificate", "web-1", certificate, key, ...flags);
      return { certificate, key };
    },
  };
}

interface StepConfig {
  readonly authority: { readonly provisioners: Record<string, unknown>[]; claims?: object };
}

export interface EstAuthority extends RunningAuthority {
  readonly root: Issued;
  readonly enroll: (kind: KeyKind, spec?: CertificateSpec) => { readonly certificate: string; readonly key: string };
}

/** Starts GlobalSign's EST server with a test authority. */
export async function startEstServer(): Promise<EstAuthority> {
  const folder = createScratch("est");
  const at = (path: string) => join(folder, path);
  const port = await freePort();
  const root = createAuthority(keyOf("ec-p256", "est root"), { subject: [["CN", "EST Root"]] });
  const serverKey = keyOf("ec-p256", "est server");
  const own = issueCertificate(
    serverKey,
    { subject: [["CN", "localhost"]], alternativeNames: [["dns", "localhost"]] },
    root,
  );
  writeFileSync(at("ca.pem"), root.pem);
  writeFileSync(at("ca.key"), root.key.privateKeyPem);
  writeFileSync(at("server.pem"), own.pem);
  writeFileSync(at("server.key"), serverKey.privateKeyPem);
  const config = {
    mock_ca: { certificates: at("ca.pem"), private_key: at("ca.key") },
    tls: {
      listen_address: `127.0.0.1:${port}`,
      certificates: at("server.pem"),
      private_key: at("server.key"),
      client_cas: [at("ca.pem")],
    },
    allowed_hosts: ["localhost"],
    rate_limit: 1000,
    timeout: 30,
  };
  writeFileSync(at("config.json"), JSON.stringify(config));
  const server = await startServer("estserver", ["-config", at("config.json")], port);
  return {
    ...server,
    url: `https://localhost:${port}`,
    caFile: at("ca.pem"),
    root,
    enroll(kind, spec = {}) {
      const pair = createScratch("pair");
      const [certificate, key] = [join(pair, "client.pem"), join(pair, "client.key")];
      const issued = issueCertificate(keyOf(kind, "est client"), spec, root);
      writeFileSync(certificate, issued.pem);
      writeFileSync(key, issued.key.privateKeyPem, { mode: 0o600 });
      return { certificate, key };
    },
  };
}

async function startServer(program: string, words: readonly string[], port: number) {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  await listening(child, port, () => log);
  return {
    log: () => log,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

async function listening(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${log()}`);
    const socket = connect(port, "127.0.0.1");
    const [event] = await Promise.race([
      once(socket, "connect").then(() => ["connect"]),
      once(socket, "error").then(
        () => ["error"],
        () => ["error"],
      ),
    ]).catch(() => ["error"]);
    socket.destroy();
    if (event === "connect") return;
    await sleep(50);
  }
}
