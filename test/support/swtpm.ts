import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.js";
import { createScratch } from "./scratch.js";

/** Software TPM in a separate folder. */
export interface SoftTpm {
  /** Value for TPM_DEVICE. */
  readonly device: string;
  readonly folder: string;
  /** Runs OpenSSL with its TPM provider, or a program of tpm2-tools. */
  readonly run: (program: string, ...words: readonly string[]) => Buffer;
  readonly stop: () => Promise<void>;
}

const running = new Set<ChildProcess>();

/** Ends every swtpm that a failed test left running, for `afterAll`. */
export function stopSwtpms(): void {
  for (const child of running) child.kill();
}

/** Starts swtpm on a Unix socket, or on TCP if requested. */
export async function startSwtpm(kind: "unix" | "tcp" = "unix"): Promise<SoftTpm> {
  const folder = createScratch("tpm");
  mkdirSync(join(folder, "state"));
  const socket = join(folder, "tpm");
  const port = kind === "tcp" ? await freePort() : 0;
  const server = kind === "tcp" ? `type=tcp,port=${port}` : `type=unixio,path=${socket}`;
  const child = spawn(
    "swtpm",
    ["socket", "--tpm2", "--tpmstate", `dir=${join(folder, "state")}`, "--server", server].concat([
      "--ctrl",
      `type=unixio,path=${socket}.ctrl`,
      "--flags",
      "not-need-init,startup-clear",
    ]),
    { stdio: "ignore" },
  );
  running.add(child);
  const ended = once(child, "exit");
  const sockets = kind === "unix" ? [socket, `${socket}.ctrl`] : [`${socket}.ctrl`];
  while (!sockets.every((path) => existsSync(path))) await sleep(10);
  const tcti = `swtpm:path=${socket}`;
  return {
    device: kind === "tcp" ? `tcp:127.0.0.1:${port}` : socket,
    folder,
    run: (program, ...words) =>
      execFileSync(program, words, {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, TPM2OPENSSL_TCTI: tcti, TPM2TOOLS_TCTI: tcti },
      }),
    stop: async () => {
      child.kill();
      await ended;
      running.delete(child);
    },
  };
}
