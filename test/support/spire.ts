import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.js";

/** SPIRE server and agent below a test authority. */
export interface Spire {
  /** `unix:///…` of the Workload API. */
  readonly address: string;
  /** Registers this user's processes under a SPIFFE ID. */
  readonly register: (spiffeId: string, ...more: readonly string[]) => void;
  readonly stop: () => void;
}

const trustDomain = "example.org";

/** @param upstream Files of the authority's certificate and key, PEM */
export async function startSpire(upstream: { readonly certificate: string; readonly key: string }): Promise<Spire> {
  // The path of a socket has at most 107 characters.
  const folder = mkdtempSync(join(tmpdir(), "spire-"));
  const at = (name: string) => join(folder, name);
  const port = await freePort();
  writeFileSync(
    at("server.conf"),
    `server {
      bind_address = "127.0.0.1"
      bind_port = "${port}"
      socket_path = "${at("server.sock")}"
      trust_domain = "${trustDomain}"
      data_dir = "${at("server")}"
      log_level = "WARN"
    }
    plugins {
      DataStore "sql" { plugin_data { database_type = "sqlite3", connection_string = "${at("data.sqlite3")}" } }
      KeyManager "memory" { plugin_data {} }
      NodeAttestor "join_token" { plugin_data {} }
      UpstreamAuthority "disk" {
        plugin_data { cert_file_path = "${upstream.certificate}", key_file_path = "${upstream.key}" }
      }
    }`,
  );
  writeFileSync(
    at("agent.conf"),
    `agent {
      data_dir = "${at("agent")}"
      log_level = "WARN"
      server_address = "127.0.0.1"
      server_port = "${port}"
      socket_path = "${at("agent.sock")}"
      trust_domain = "${trustDomain}"
      insecure_bootstrap = true
    }
    plugins {
      KeyManager "memory" { plugin_data {} }
      NodeAttestor "join_token" { plugin_data {} }
      WorkloadAttestor "unix" { plugin_data {} }
    }`,
  );
  const children: ChildProcess[] = [];
  const run = (program: string, ...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", timeout: 30_000 });
    return { status, stdout, stderr };
  };
  const stop = () => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  const start = (program: string, ...words: readonly string[]) =>
    void children.push(spawn(program, words, { stdio: "ignore", cwd: folder }));
  const untilHealthy = async (program: string, socket: string) => {
    for (let tries = 0; tries < 300; tries++) {
      if (run(program, "healthcheck", "-socketPath", socket).status === 0) return;
      await sleep(200);
    }
    stop();
    throw new Error(`${program} does not become healthy`);
  };
  const server = ["-socketPath", at("server.sock")];
  start("spire-server", "run", "-config", at("server.conf"));
  await untilHealthy("spire-server", at("server.sock"));
  const node = `spiffe://${trustDomain}/node`;
  const { stdout } = run("spire-server", "token", "generate", ...server, "-spiffeID", node);
  const token = /Token: (\S+)/.exec(stdout)?.[1] ?? "";
  start("spire-agent", "run", "-config", at("agent.conf"), "-joinToken", token);
  await untilHealthy("spire-agent", at("agent.sock"));
  return {
    address: `unix://${at("agent.sock")}`,
    register(spiffeId, ...more) {
      const selector = ["-selector", `unix:uid:${process.getuid?.() ?? 0}`];
      const words = ["entry", "create", ...server, "-parentID", node, "-spiffeID", spiffeId, ...selector, ...more];
      const { status, stderr, stdout: said } = run("spire-server", ...words);
      if (status !== 0) throw new Error(stderr + said);
    },
    stop,
  };
}
