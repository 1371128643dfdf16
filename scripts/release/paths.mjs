// Shared by the parts of a release: paths, file names, and running programs.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
export const { version, description } = manifest;

/** Linux processors that have packages and images: Node.js's name, and the name of Debian, OCI and Go. */
export const linuxArchitectures = { x64: "amd64", arm64: "arm64" };

/** Runs a program and returns its stdout. */
export function run(command, words, { cwd = root, env = process.env } = {}) {
  return execFileSync(command, words, {
    cwd,
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
  });
}

/** Tells whether a program is installed. */
export function has(command) {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Returns the time of the commit, in seconds since 1970, so that two builds of one commit have the same file times. */
export function commitTime() {
  if (process.env.SOURCE_DATE_EPOCH !== undefined) return Number(process.env.SOURCE_DATE_EPOCH);
  try {
    return Number(run("git", ["log", "-1", "--format=%ct"]).trim());
  } catch {
    return 0;
  }
}
