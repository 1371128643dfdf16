// What the benches of whole runs share: an emulator over TLS, a clean environment, timed runs and what a table needs.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The editions of this program, the official helper and the others that a row may need. */
export const programs = {
  bundle: here("../dist/rolesanywhere-ts.cjs"),
  launcher: here("../dist/bin/rolesanywhere-ts.cjs"),
  standalone: here("../dist/standalone/rolesanywhere-ts"),
  lean: here("../dist/lean/rolesanywhere-ts"),
  minimum: here("minimum.cjs"),
  sessionLibrary: here("session-library.py"),
  helper: process.env["AWS_SIGNING_HELPER"],
};

const timer = works(["/usr/bin/time", "-f", "%M", "true"]) ? ["/usr/bin/time", "-f", "peak %M"] : [];
const peaks = new Map();

/** Starts the emulator in a process of its own. */
export async function startTlsEmulator(folder) {
  const child = spawn(
    process.execPath,
    [programs.bundle, "emulator", "--dir", join(folder, "emulator"), "--tls", "--log", "none"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes("ready at")) break;
  }
  const url = /ready at (\S+)/.exec(output)[1];
  const files = join(folder, "emulator");
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  process.removeAllListeners("warning");
  const control = async (method, path, body) => {
    const ask = () => fetch(`${url}/_emulator/${path}`, { method, body: body && JSON.stringify(body) });
    // Timed runs block this process, so it does not see in time that an idle connection was closed.
    const answer = await ask().catch(ask);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { trustAnchors, profiles, roles } = await control("GET", "state");
  return {
    child,
    url,
    file: (name) => join(files, name),
    arns: { anchor: trustAnchors[0].arn, profile: profiles[0].arn, role: roles[0].arn },
    /** Makes roles that each trust the one before; returns their ARNs. */
    async makeRoleChain(length) {
      const state = await control("GET", "state");
      const [first] = state.roles;
      const arns = Array.from({ length }, (_, at) => first.arn.replace(/[^/]+$/, `Hop${at + 1}`));
      const chain = arns.map((arn, at) => ({
        ...state.roles.find(({ arn: other }) => other.endsWith("/Target")),
        arn,
        roleId: `AROAHOP${at + 1}`.padEnd(21, "X"),
        trust: {
          principals: [at === 0 ? first.arn : arns[at - 1]],
          actions: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        },
      }));
      await control("PUT", "state", { ...state, roles: [...state.roles, ...chain] });
      return arns;
    },
    async setLatency(milliseconds) {
      await control("DELETE", "faults");
      if (milliseconds > 0) await control("POST", "faults", [{ kind: "latency", milliseconds }]);
    },
    async takeCount() {
      const { counts } = await control("GET", "requests");
      await control("DELETE", "requests");
      return counts.CreateSession ?? 0;
    },
  };
}

/** The words of a `credential-process` for the emulator's identity, and the arguments of `minimum.cjs`. */
export function wordsFor({ file, url, arns }) {
  const files = [file("ec.pem"), file("ec-key.pem"), file("intermediate.pem")];
  const [certificate, key, intermediates] = files;
  const identity = ["--certificate", certificate, "--private-key", key, "--intermediates", intermediates];
  const resources = ["--trust-anchor-arn", arns.anchor, "--profile-arn", arns.profile, "--role-arn", arns.role];
  return {
    words: ["credential-process", ...identity, ...resources, "--endpoint", url],
    minimum: [...files, arns.anchor, arns.profile, arns.role, url],
  };
}

/** A home of its own, with an empty config file. */
export function environment(folder, name, emulator) {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const config = join(home, "config");
  writeFileSync(config, "");
  const { PATH, PYENV_ROOT, PYTHONUSERBASE = join(process.env["HOME"] ?? "", ".local") } = process.env;
  return {
    PATH,
    PYENV_ROOT,
    PYTHONUSERBASE,
    HOME: home,
    AWS_CA_BUNDLE: emulator.file("ca.pem"),
    AWS_CONFIG_FILE: config,
    AWS_ENDPOINT_URL_STS: emulator.url,
  };
}

/** Runs a program to its end. */
export function runTimed(command, env) {
  const started = performance.now();
  const { status, stderr, error } = spawnSync(command[0], command.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
  const wallMs = performance.now() - started;
  if (status !== 0) throw error ?? new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
  return { wallMs, peakMiB: peakOf(command, env) };
}

/** Peak memory, measured apart so that the timer's own start does not count; three runs are enough for it. */
function peakOf(command, env) {
  const key = command.join(" ");
  const known = peaks.get(key) ?? [];
  peaks.set(key, known);
  if (timer.length > 0 && known.length < 3) {
    const { stderr } = spawnSync(timer[0], [...timer.slice(1), ...command], { env, encoding: "utf8" });
    known.push(Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024);
  }
  return known.length === 0 ? Number.NaN : median(known);
}

export function works(command) {
  return spawnSync(command[0], command.slice(1), { stdio: "ignore" }).status === 0;
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Reads an option's list of numbers, such as `0,30`. */
export function numbers(text) {
  return text.split(",").filter(Boolean).map(Number);
}

export function describeMachine() {
  return `${cpus()[0]?.model ?? "unknown processor"} x ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}`;
}
