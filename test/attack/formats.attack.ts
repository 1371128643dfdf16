import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { credentialFormatNames } from "../../src/delivery/formats/formats.js";
import type { CredentialFormat } from "../../src/delivery/formats/formats.js";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";
import type { ToolName } from "../support/tools.js";

/** Each would leave a file named PWNED when a shell, a config file's reader or a terminal acts on it. */
const hostile = [
  "t'; touch PWNED; '",
  't"; touch PWNED; "',
  "t$(touch PWNED)`touch PWNED`",
  "t\ntouch PWNED\n",
  "t\r\ntouch PWNED\r\n",
  "t\n\n[default]\ncredential_process = touch PWNED\n",
  "t & echo > PWNED & rem",
  "t\u2019; New-Item PWNED; \u2019",
  "t\\'; touch PWNED; #",
  "t; touch PWNED #",
  "t\u001b]0;owned\u0007\u009b2J",
  "t\u0000touch PWNED",
  "t\u202e\u2028touch PWNED",
] as const;

/** What takes in the statements of a format; the others are data that no shell reads. */
const shells: Partial<Record<CredentialFormat, readonly (readonly [ToolName, ...string[]])[]>> = {
  export: [["bash"], ["dash"], ["zsh", "-f"]],
  env: [["bash"]],
  dotenv: [["bash"]],
  fish: [["fish", "--no-config"]],
  powershell: [["pwsh", "-NoProfile", "-NonInteractive", "-File"]],
};

const members = ["accessKeyId", "secretAccessKey", "sessionToken", "expiration"] as const;
const plain = {
  accessKeyId: "ASIAEXAMPLEEXAMPLE00",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEA//8=",
  expiration: "2099-01-01T00:00:00Z",
};

/** Tokens take every value; the other members the three kinds that harm: a quote, a line end, an escape sequence. */
const hostileFor = (member: (typeof members)[number]) =>
  member === "sessionToken" ? hostile : [hostile[0], hostile[5], hostile[10]];

let identity: EmulatedIdentity;
let server: Server;
let answer: Readonly<Record<string, string>> = plain;
beforeAll(async () => {
  identity = await createEmulatedIdentity();
  server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    const roleArn = identity.roleArn("Demo");
    response.end(JSON.stringify({ credentialSet: [{ credentials: answer, roleArn }], subjectArn: roleArn }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await identity.emulator.stop();
});

function vend(command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const flags = identity.flags.map((word) => (word === identity.emulator.url ? endpoint : word));
  const line = [command, ...flags, "--role-arn", identity.roleArn("Demo"), ...words];
  return runCli(line, { env });
}

/** Nothing of a control character reaches a terminal; line ends that a format has itself are its own. */
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe.each(credentialFormatNames)("--format %s", (format) => {
  it("gives what is not hostile, so that an empty output below is a refusal", async () => {
    answer = plain;
    expect(await vend("credentials", ["--format", format])).toMatchObject({ status: 0, stderr: "" });
  });

  it.each(members)("gives a hostile %s to nobody who would act on it", async (member) => {
    for (const value of hostileFor(member)) {
      answer = { ...plain, [member]: value };
      const { stdout, stderr, status } = await vend("credentials", ["--format", format]);
      expect(stderr).not.toMatch(control);
      expect(status === 0 ? "" : stdout).toBe("");
      expect(shells[format] === undefined && format !== "cmd" ? stdout : "").not.toMatch(control);
      for (const [tool, ...words] of status === 0 ? (shells[format] ?? []) : []) {
        if (!requireTools(`hostile values of --format ${format}`, tool)) continue;
        const folder = createScratch("shell");
        writeFileSync(join(folder, "script.ps1"), stdout);
        await runProgram(tool, [...words, "script.ps1"], { cwd: folder });
        expect(existsSync(join(folder, "PWNED")), `${tool} ran ${JSON.stringify(value)}`).toBe(false);
      }
    }
  });
});

describe("a file that others read", () => {
  it.each(members)("has no line out of a hostile %s", async (member) => {
    for (const value of hostileFor(member)) {
      const home = createScratch("home");
      const file = join(home, "credentials");
      answer = { ...plain, [member]: value };
      await vend("update", ["--profile", "p", "--once"], { HOME: home, AWS_SHARED_CREDENTIALS_FILE: file });
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      expect(text).not.toMatch(/^\s*(?:credential_process|touch|\[default\])/m);
      expect(text).not.toMatch(control);
    }
  });
});
