// Runs the examples of every command's help as they are printed, in a home of their own, against an account with the
// ARNs and hosts that they name. Ports of servers are free ones, and programs of other people are stand-ins.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Page } from "../../scripts/docs/page.js";
import { registry } from "../../src/commands/registry.js";
import { findOutcomeFaults, followPage } from "../support/follow-page.js";
import { startPageAccount } from "../support/page-account.js";
import type { PageAccount } from "../support/page-account.js";
import { createPageHome } from "../support/page-home.js";
import type { PageHome } from "../support/page-home.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createSoftToken, pin, softHsmLibrary } from "../support/soft-token.js";
import { startSwtpm, stopSwtpms } from "../support/swtpm.js";
import { requireCondition, requireTools } from "../support/tools.js";

const hasBash = requireTools("the examples of the help", "bash");
const hasTpm = requireTools("examples with a key in a TPM", "swtpm", "tpm2_create");
const hasToken = requireTools("examples with a PKCS#11 token", "softhsm2-util", "pkcs11-tool", "pkcs11js");

let account: PageAccount;
const helps = new Map<string, string>();

beforeAll(async () => {
  const names = ["", ...Object.keys(registry)];
  const shown = await Promise.all(names.map((name) => runCli([name, "--help"].filter((word) => word !== ""))));
  for (const [index, { stdout }] of shown.entries()) helps.set(names[index] ?? "", stdout);
  const roles = [...helps.values()].flatMap((help) => help.match(/arn:aws:iam::\d{12}:role\/\w+/g) ?? []);
  account = await startPageAccount([...new Set([...roles, "arn:aws:iam::111122223333:role/App"])]);
});
afterAll(async () => {
  stopSwtpms();
  await account.close();
});

/** The command lines below "Examples:", as a person copies them. */
function readExamples(help: string): readonly string[] {
  const [, examples = ""] = help.split("\nExamples:\n");
  return examples.split(/^ {2}\S.*:\n/m).flatMap((text) => {
    const line = text.replaceAll(/^ {4}/gm, "").trim();
    return line === "" ? [] : [line];
  });
}

/** What an example needs that is not on this machine, or who runs it instead. */
function exemptionOf(line: string): string | undefined {
  if (line.includes("Invoke-Expression") && !requireTools("examples for PowerShell", "pwsh")) return "no PowerShell";
  if (line === "rolesanywhere-ts configure") return "asks on a terminal: the page on configure shows and runs it";
  if (line.includes("spiffe:")) return "no SPIFFE agent: test/cli/jwt-svid.test.ts has one";
  if (line.includes("handle:0x") && !hasTpm) return "no TPM";
  const token = requireCondition("examples with a PKCS#11 token", softHsmLibrary !== undefined, "SoftHSM's library");
  if (line.includes("pkcs11:") && !(hasToken && token)) return "no PKCS#11 token";
  return undefined;
}

/** The same line where it is meant for another shell than bash. */
function inItsShell(line: string): string {
  if (line.includes("completion zsh")) return `zsh -fc 'autoload -Uz compinit && compinit -D && ${line}'`;
  return line.includes("Invoke-Expression") ? `pwsh -NoProfile -Command '${line}'` : line;
}

function toPage(name: string, lines: readonly string[]): Page {
  const blocks = lines.map((line, index) => {
    const exemption = exemptionOf(line);
    return {
      text: inItsShell(line),
      language: "sh",
      line: index + 1,
      directives: new Map(exemption === undefined ? [] : [["run", `no, ${exemption}`]]),
    };
  });
  return { path: `${name} --help`, text: "", anchors: new Set(), links: [], spans: [], blocks };
}

/** What the examples speak of, besides what every reader of the pages has. */
async function prepare(home: PageHome, lines: readonly string[]): Promise<PageHome> {
  const at = (path: string) => join(home.folder, path);
  const key = keyOf("ec-p256", "example");
  writeFileSync(at("app.pem"), issueCertificate(key, {}, account.emulator.intermediate).pem);
  writeFileSync(at("app-key.pem"), key.privateKeyPem, { mode: 0o600 });
  writeFileSync(at("big.bin"), Buffer.alloc(9 * 1024 * 1024));
  const bindings = ["Reader", "Admin"].map((role) => ({ "role-arn": `arn:aws:iam::111122223333:role/${role}` }));
  writeFileSync(at("roles.json"), JSON.stringify(bindings));
  mkdirSync(at(".config/fish/completions"), { recursive: true });
  for (const program of ["terraform", "systemctl"]) {
    writeFileSync(at(`bin/${program}`), "#!/bin/sh\ntest $# -gt 0\n", { mode: 0o700 });
  }
  const text = lines.join("\n");
  // What the flags leave open is a setting of the environment.
  const settings: Record<string, string> = text.includes("roles.json")
    ? { ROLESANYWHERE_TS_SETTINGS_PROFILE: "prod" }
    : {};
  if (text.includes("handle:0x81000101") && hasTpm) settings["TPM_DEVICE"] = await prepareTpm();
  if (text.includes("pkcs11:") && hasToken && softHsmLibrary !== undefined) Object.assign(settings, prepareToken(home));
  return { ...home, env: { ...home.env, ...settings } };
}

async function prepareTpm(): Promise<string> {
  const tpm = await startSwtpm();
  const attributes = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|noda";
  tpm.run("tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "p.ctx");
  tpm.run("tpm2_create", "-Q", "-C", "p.ctx", "-G", "ecc256", "-a", attributes, "-u", "k.pub", "-r", "k.priv");
  tpm.run("tpm2_flushcontext", "-t");
  tpm.run("tpm2_load", "-Q", "-C", "p.ctx", "-u", "k.pub", "-r", "k.priv", "-c", "k.ctx");
  tpm.run("tpm2_evictcontrol", "-Q", "-C", "o", "-c", "k.ctx", "0x81000101");
  tpm.run("tpm2_flushcontext", "-t");
  return tpm.device;
}

function prepareToken({ folder }: PageHome): Record<string, string> {
  const token = createSoftToken("my token");
  token.tool("--write-object", join(folder, "client.pem"), "--type", "cert", "--label", "client", "--id", "01");
  return {
    ...token.environment,
    ROLESANYWHERE_TS_PKCS11_LIB: softHsmLibrary ?? "",
    ROLESANYWHERE_TS_PKCS11_PIN: pin,
  };
}

describe("the help of every command", () => {
  it("fits 80 columns, but for its command lines, and ends with examples", () => {
    for (const [name, help] of helps) {
      // A command line is one line, whatever its length, so that it can be pasted into any shell.
      expect(help.split("\n").filter((line) => line.length > 80 && !/^ {4}\S/.test(line))).toEqual([]);
      expect(readExamples(help), name).not.toEqual([]);
      expect(help, name).toMatch(/^Usage: rolesanywhere-ts /);
    }
  });

  it("is the same at any terminal width, and for subcommands", async () => {
    const narrow = await runCli(["scan", "--help"], { env: { COLUMNS: "40" } });
    expect(narrow.stdout).toBe(helps.get("scan"));
    for (const words of [
      ["cache", "list", "--help"],
      ["help", "cache"],
      ["cache", "-h"],
    ]) {
      expect(await runCli(words)).toMatchObject({ stdout: helps.get("cache"), stderr: "", status: 0 });
    }
  });
});

describe.skipIf(!hasBash)("the examples of", () => {
  it.concurrent.each(["", ...Object.keys(registry)].map((name) => [name === "" ? "the program" : name, name] as const))(
    "%s run without changes",
    async (_, name) => {
      const lines = readExamples(helps.get(name) ?? "");
      const home = await prepare(createPageHome(account), lines);
      const outcomes = await followPage(toPage(name, lines), home);
      const faults = findOutcomeFaults(outcomes);
      expect(faults, faults.join("\n\n")).toEqual([]);
      expect(outcomes).toHaveLength(lines.length);
      for (const outcome of outcomes) {
        if (outcome.kind === "skipped") requireCondition(`an example of ${outcome.place}`, false, outcome.program);
      }
    },
  );

  it("read-s3 write a Parquet file, and leave no partial one", async () => {
    const lines = readExamples(helps.get("read-s3") ?? "");
    const home = await prepare(createPageHome(account), lines);
    await followPage(toPage("read-s3", lines), home);
    const report = readFileSync(join(home.folder, "report.parquet"));
    expect(report.subarray(0, 4).toString("latin1")).toBe("PAR1");
    expect(readdirSync(home.folder).filter((entry) => entry.includes(".partial"))).toEqual([]);
  });
});
