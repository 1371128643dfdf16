// An emulator in a process of its own, and the flags that name what it has.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @returns The process, and the flags of its trust anchor, profile, role and endpoint. */
export async function startEmulator(executable, folder) {
  const process = spawn(globalThis.process.execPath, [executable, "emulator", "--dir", folder], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let announced = "";
  process.stdout.on("data", (chunk) => (announced += chunk));
  while (!announced.includes("# emulator ready")) await new Promise((resolve) => setTimeout(resolve, 20));
  const [, endpoint] = /AWS_ENDPOINT_URL_ROLESANYWHERE=(\S+)/.exec(announced);
  const { trustAnchors, profiles, roles } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
  const arns = [
    "--trust-anchor-arn",
    trustAnchors[0].arn,
    "--profile-arn",
    profiles[0].arn,
    "--role-arn",
    roles[0].arn,
  ];
  return { process, flags: [...arns, "--endpoint", endpoint] };
}
