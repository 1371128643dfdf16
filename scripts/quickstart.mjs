// Shows the whole path on this machine, without AWS: starts the emulator, has the AWS SDK run the executable, and calls
// GetCallerIdentity as the role. Removes everything that it created.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const startedMs = performance.now();
const executable = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "rolesanywhere-ts.cjs");
const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts quickstart-"));
let emulator;

// Ignore AWS settings and proxies of the caller.
for (const name of Object.keys(process.env)) {
  if (/^(AWS|ROLESANYWHERE_TS)_/i.test(name)) delete process.env[name];
}
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
process.env.AWS_EC2_METADATA_DISABLED = "true";
process.env.ROLESANYWHERE_TS_CACHE_DIR = join(folder, "cache");
process.env.NO_PROXY = [process.env.NO_PROXY, "127.0.0.1"].filter(Boolean).join(",");
process.env.no_proxy = process.env.NO_PROXY;

function say(text) {
  process.stdout.write(`${text}\n`);
}

function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(2)} s`;
}

/** Starts the emulator and sets the variables that it prints for a shell. Returns its URL. */
async function startEmulator() {
  const words = ["emulator", "--dir", folder, "--log", "none"];
  const sinceMs = performance.now();
  say(`$ rolesanywhere-ts emulator --dir "${folder}"`);
  emulator = spawn(process.execPath, [executable, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  await new Promise((resolve, reject) => {
    emulator.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.includes("# emulator ready")) resolve();
    });
    emulator.on("error", reject);
    emulator.on("exit", (status) => reject(new Error(`the emulator ended with status ${status}`)));
  });
  const url = /# emulator ready at (\S+)/.exec(output)[1];
  say(`  ready at ${url}, an IAM Roles Anywhere and an STS of your own (${seconds(sinceMs)})`);
  process.env.AWS_CONFIG_FILE = join(folder, "config");
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, "credentials");
  say(`$ export AWS_CONFIG_FILE="${process.env.AWS_CONFIG_FILE}"`);
  return url;
}

/** Resolves a profile through the SDK, which runs our executable, and asks STS for the identity. */
async function showProfile(profile, url, expected) {
  const [{ fromProcess }, { GetCallerIdentityCommand, STSClient }] = await Promise.all([
    import("@aws-sdk/credential-provider-process").then((module) => module.default ?? module),
    import("@aws-sdk/client-sts").then((module) => module.default ?? module),
  ]);
  const config = readFileSync(process.env.AWS_CONFIG_FILE, "utf8");
  const [, line] = new RegExp(`\\[profile ${profile}\\]\ncredential_process = (.*)`).exec(config);
  say(
    `\nProfile "${profile}": the AWS SDK for JavaScript runs its credential_process, which you could type as well:\n$ ${line}`,
  );
  const sinceMs = performance.now();
  const credentials = await fromProcess({ profile })();
  const left = Math.round((credentials.expiration.getTime() - Date.now()) / 60_000);
  say(`  credentials ${credentials.accessKeyId}, good for ${left} minutes (${seconds(sinceMs)})`);
  const identityMs = performance.now();
  const client = new STSClient({ endpoint: url, region: "us-east-1", credentials });
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  say(`  GetCallerIdentity: ${Arn} (${seconds(identityMs)})`);
  checkArn(Arn, expected);
}

function showAwsCli(profile, expected) {
  const words = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text", "--profile", profile];
  const sinceMs = performance.now();
  const { error, status, stdout, stderr } = spawnSync("aws", words, { encoding: "utf8" });
  if (error?.code === "ENOENT") return false;
  say(`$ aws ${words.join(" ")}`);
  if (status !== 0) throw new Error(`aws ended with status ${status}: ${stderr.trim()}`);
  say(`  ${stdout.trim()} (${seconds(sinceMs)})`);
  checkArn(stdout.trim(), expected);
  return true;
}

function checkArn(arn, expected) {
  if (!expected.test(arn)) throw new Error(`GetCallerIdentity answered "${arn}", expected ${expected}`);
}

async function main() {
  if (!existsSync(executable)) throw new Error(`${executable} is missing: run "npm ci" first`);
  say("A certificate becomes AWS credentials, on this machine alone.\n");
  const url = await startEmulator();
  const demo = /^arn:aws:sts::111122223333:assumed-role\/Demo\/[0-9a-f]+$/;
  const target = /^arn:aws:sts::111122223333:assumed-role\/Target\/[^/]+$/;
  await showProfile("single", url, demo);
  await showProfile("chained", url, target);
  say("\nThe AWS CLI, where it is installed:");
  if (showAwsCli("single", demo)) showAwsCli("chained", target);
  else say('  no "aws" on PATH: skipped');
  say(`\nAll good (${seconds(startedMs)}). Next: README.md, then "rolesanywhere-ts emulator --dir DIR" to play on.`);
}

async function cleanUp() {
  if (emulator !== undefined && emulator.exitCode === null && emulator.signalCode === null) {
    const ended = new Promise((resolve) => emulator.once("exit", resolve));
    emulator.kill();
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`quickstart failed: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
