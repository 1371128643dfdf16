import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { runCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { showOnTerminal } from "../support/watched-terminal.js";
import { writeZip } from "../support/zip-writer.js";

/** Sets the title, clears the screen, rings, writes over the line, turns the direction; in both sets of controls. */
const hostile = "\u001b]0;owned\u0007\u001b[2J\u001b[1;1Hgone\r\u009b31m\u0090q\u009c\u202eexe.txt\u2066\u200b\u007f\b";
/** The same without a line end: values of flags that have one are taken for key material and not shown at all. */
const hostileName = hostile.replace("\r", "");
const home = createScratch("hostile-home");
const folder = join(createScratch("hostile"), `dir${hostileName}`);

let identity: EmulatedIdentity;
let certificate: string;
let s3: S3Server;
let server: Server;
let url: string;

/** Answers everything with a refusal whose every part is hostile. */
function refusal(format: "json" | "xml"): string {
  const latin = Buffer.from(hostile.replaceAll(/[\u0000-\u001f\u007f\u0100-\uffff]/g, ""), "latin1").toString("latin1");
  const body =
    format === "json"
      ? JSON.stringify({
          __type: `x#${hostile}`,
          message: `The Canonical String for this request should have been\n'GET\n${hostile}'\n\n`,
        })
      : `<?xml version="1.0"?><Error><Code>Odd&#x9b;2J&#x202e;</Code><Message>no&#x9b;31m</Message><RequestId>&#x9b;2J</RequestId></Error>`;
  const head = [
    `HTTP/1.1 403 For${latin}bidden`,
    `x-amzn-requestid: id${latin}`,
    `x-amz-request-id: id${latin}`,
    `x-amz-id-2: ${latin}`,
    ...(format === "json" ? [`x-amzn-errortype: ${latin}`] : []),
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${Buffer.from(body).toString("latin1")}`;
}

beforeAll(async () => {
  identity = await createEmulatedIdentity();
  mkdirSync(folder, { recursive: true });
  certificate = join(folder, "client.pem");
  identity.rotate({
    subject: [
      ["O", `Org${hostile}`],
      ["CN", "client"],
    ],
  });
  copyFileSync(identity.certificatePath, certificate);
  s3 = await startS3Server();
  const member = (name: string) => ({ name, data: `a,b\n1,"${hostile}"\n` });
  s3.put("acme", "names.zip", writeZip([member(`one${hostile}.csv`), member(`two${hostile}.csv`)]));
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (chunk) =>
      socket.end(refusal(/^(?:GET|HEAD) \/acme/.test(chunk.toString()) ? "xml" : "json"), "latin1"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await identity.emulator.stop();
  await s3[Symbol.asyncDispose]();
  server.close();
});

const keys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "us-east-1" };
const flags = () => [
  ...identity.flags.map((word) => (word === identity.certificatePath ? certificate : word)),
  "--role-arn",
  identity.roleArn("Demo"),
];
const astray = () => flags().map((word) => (word === identity.emulator.url ? url : word));

/** What a person sees of a command: stderr, and stdout where it is text. */
async function seen(words: readonly string[], options: CliOptions = {}, withStdout = true) {
  const { stdoutBytes, stderr } = await runCli(words, { ...options, env: { HOME: home, ...options.env } });
  const shown = await showOnTerminal(Buffer.concat([withStdout ? stdoutBytes : Buffer.alloc(0), Buffer.from(stderr)]));
  expect(shown.orders).toEqual([]);
  // oxlint-disable-next-line no-control-regex
  expect(shown.text).not.toMatch(/[\p{Cf}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
  return shown.text;
}

it("the terminal notices what hostile names would do", async () => {
  const { orders } = await showOnTerminal(Buffer.from(hostile));
  expect(orders).toEqual(expect.arrayContaining(["OSC 0", "CSI J", "CSI H", "CSI m", "DCS q"]));
});

describe("a terminal sees only text of", () => {
  it.each<[string, () => readonly string[], RegExp]>([
    ["a refusal of CreateSession", () => ["credential-process", ...astray()], /\\u001b\[2J/],
    ["its trace", () => ["credential-process", "--debug", "--no-cache", ...astray()], /debug: /],
    ["a check that is refused", () => ["check", ...astray()], /\\u001b/],
    ["a check of a certificate", () => ["check", "--offline", ...flags()], /Org\\u001b/],
    ["the path of a session that is kept", () => ["credential-process", "--debug", ...flags()], /\\u001b/],
    ["the list of sessions", () => ["cache", "list"], /dir\\u001b/],
    [
      "a file that is absent",
      () => ["credential-process", ...flags().map((word) => word.replace("client.pem", "absent.pem"))],
      /absent/,
    ],
    ["a profile that is absent", () => ["credential-process", "--settings-profile", hostileName], /\\u001b/],
    ["a flag that is unknown", () => ["credential-process", `--x${hostileName}`], /\\u001b/],
    ["a command that is unknown", () => [hostileName], /\\u001b/],
    [
      "an ARN that is none",
      () => ["credential-process", "--role-arn", `arn:aws:iam::1:role/${hostileName}`, ...identity.flags],
      /\\u/,
    ],
  ])("%s", async (_, words, expected) => {
    expect(await seen(words(), {}, words()[0] !== "credential-process")).toMatch(expected);
  });

  it("a refusal of a request, with its headers and the canonical request", async () => {
    const text = await seen(["request", "-v", `${url}/x`, "--service", "execute-api"], { env: keys }, false);
    expect(text).toMatch(/403 For.*\\u009b/);
    expect(text).toMatch(/theirs[^]*\\u001b\]0;owned/);
  });

  it.each([
    ["S3", ["read-s3", "s3://acme/key.csv"], /\\u009b2J/],
    ["DynamoDB", ["scan", "orders"], /\\u001b/],
    ["STS", ["assume-role", "arn:aws:iam::111122223333:role/Target"], /AssumeRole/],
  ])("a refusal of %s", async (_, words, expected) => {
    const env = { ...keys, AWS_ENDPOINT_URL: url };
    expect(await seen(words, { env })).toMatch(expected);
  });

  it("members of an archive, listed", async () => {
    const words = ["read-s3", "s3://acme/names.zip", "--dry-run", "--format", "table"];
    expect(await seen(words, { env: s3.env })).toMatch(/one\\u001b\]0;owned/);
  });

  it("cells of a table", async () => {
    const words = ["read-s3", "s3://acme/names.zip", "--member", "one*", "--format", "table"];
    expect(await seen(words, { env: s3.env })).toMatch(/\\u001b\]0;owned/);
  });

  it("a column that the members do not have", async () => {
    const words = ["read-s3", "s3://acme/names.zip", "--columns", `x${hostileName}`];
    expect(await seen(words, { env: s3.env }, false)).toMatch(/\\u001b/);
  });

  it("a config file that is broken", async () => {
    const config = join(folder, "config");
    writeFileSync(config, `[profile x]\nrolesanywhere_role_arn = ${hostile}\n`);
    const words = ["credential-process", ...identity.flags, "--settings-profile", "x"];
    expect(await seen(words, { env: { AWS_CONFIG_FILE: config } })).toMatch(/\\u001b/);
  });
});

it("rows for programs stay as they are", async () => {
  const { stdout } = await runCli(["read-s3", "s3://acme/names.zip", "--member", "one*"], {
    env: { HOME: home, ...s3.env },
  });
  expect(stdout).toContain(hostile.split("\r")[0]);
});
