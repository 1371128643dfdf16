// The entry of the GitHub Action: runs the one executable file of this program with the inputs, and hands the session to
// the steps that follow. docs/install.md says what it promises.
"use strict";
const { execFileSync } = require("node:child_process");
const { randomUUID } = require("node:crypto");
const { appendFileSync, chmodSync, existsSync, mkdtempSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
/** Inputs that are settings of the program by the same name. */
const settings = ["trust-anchor-arn", "profile-arn", "role-arn", "assume-role-arn", "session-duration", "endpoint"];

/** The executable: beside this file in a release's archive, in `dist` in a copy of the repository that was built. */
function findExecutable() {
  const places = [join(__dirname, "rolesanywhere-ts.cjs"), join(__dirname, "../../dist/rolesanywhere-ts.cjs")];
  const found = places.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(
      "rolesanywhere-ts.cjs is not beside this action: take the action from a release, or run npm ci first",
    );
  return found;
}

/** Keeps a text out of the job's log, line by line, since the runner masks no text of several lines. */
function mask(text) {
  for (const line of text.split(/\r?\n/)) if (line.length >= 4 && !line.startsWith("-----")) command("add-mask", line);
}

function command(name, value) {
  const escaped = value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  process.stdout.write(`::${name}::${escaped}\n`);
}

/** Hands values on through one of the runner's files; a delimiter that nobody can guess keeps a value one value. */
function hand(file, values) {
  const path = process.env[file];
  if (path === undefined || path === "")
    throw new Error(`${file} is not set: this file is the entry of a GitHub Action`);
  const delimiter = `end-${randomUUID()}`;
  for (const [name, value] of Object.entries(values))
    appendFileSync(path, `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
}

/** The environment of the program: the runner's, without inputs and without credentials of other steps. */
function environment(added) {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:INPUT|ROLESANYWHERE_TS|STATE)_/i.test(name));
  const given = settings.map((name) => [`ROLESANYWHERE_TS_${name.toUpperCase().replaceAll("-", "_")}`, input(name)]);
  return { ...Object.fromEntries(own), ...Object.fromEntries(given.filter(([, value]) => value !== "")), ...added };
}

function run(words, added) {
  return execFileSync(process.execPath, [findExecutable(), ...words], {
    env: environment(added),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** One session, in the environment of the steps that follow. Nothing is written to a file but the runner's own. */
function exportSession(region) {
  const output = run(["credential-process"], {
    ROLESANYWHERE_TS_CACHE: "off",
    ROLESANYWHERE_TS_CERTIFICATE: "env:RA_CERTIFICATE",
    ROLESANYWHERE_TS_PRIVATE_KEY: "env:RA_PRIVATE_KEY",
    ROLESANYWHERE_TS_PKCS8_PASSWORD: input("private-key-password"),
    RA_CERTIFICATE: input("certificate"),
    RA_PRIVATE_KEY: input("private-key"),
  });
  const session = JSON.parse(output);
  mask(session.SecretAccessKey);
  mask(session.SessionToken);
  hand("GITHUB_ENV", {
    AWS_ACCESS_KEY_ID: session.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: session.SecretAccessKey,
    AWS_SESSION_TOKEN: session.SessionToken,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  });
  hand("GITHUB_OUTPUT", { expiration: session.Expiration });
}

/** A profile whose credential_process asks as often as needed. Its folder goes when the job ends. */
function writeProfile(name, region) {
  const folder = mkdtempSync(join(process.env.RUNNER_TEMP || tmpdir(), "rolesanywhere-"));
  hand("GITHUB_STATE", { folder });
  chmodSync(folder, 0o700);
  const keep = (file, text) => {
    writeFileSync(join(folder, file), `${text}\n`, { mode: 0o600 });
    return join(folder, file);
  };
  const config = keep("config", "");
  const cache = join(folder, "cache");
  const password = input("private-key-password");
  const words = ["--certificate", keep("client.pem", input("certificate")), "--private-key"];
  words.push(keep("client.key", input("private-key")));
  if (password !== "") words.push("--password-file", keep("password", password));
  for (const setting of settings) if (input(setting) !== "") words.push(`--${setting}`, input(setting));
  run(["configure", "--profile", name, "--keys", ...words], {
    AWS_CONFIG_FILE: config,
    ROLESANYWHERE_TS_CACHE_DIR: cache,
  });
  hand("GITHUB_ENV", {
    AWS_CONFIG_FILE: config,
    AWS_PROFILE: name,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ROLESANYWHERE_TS_CACHE_DIR: cache,
  });
  hand("GITHUB_OUTPUT", { expiration: "" });
}

function main() {
  for (const name of ["certificate", "private-key", "trust-anchor-arn", "profile-arn", "role-arn"]) {
    if (input(name) === "")
      throw new Error(`the input ${name} is missing or empty; a secret that does not exist is empty too`);
  }
  for (const name of ["private-key", "private-key-password"]) mask(input(name));
  const region = input("region") || input("trust-anchor-arn").split(":")[3] || "";
  const profile = input("profile");
  if (profile === "") exportSession(region);
  else writeProfile(profile, region);
}

try {
  main();
} catch (error) {
  // What the program itself says is on stderr already.
  command("error", error.status === undefined ? error.message : `rolesanywhere-ts ended with status ${error.status}`);
  process.exitCode = 1;
}
