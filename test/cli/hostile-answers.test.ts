import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const good = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE//+a==",
  expiration: "2099-01-01T00:00:00Z",
};
const command = "t\n\n[default]\ncredential_process = touch PWNED\n";

let identity: EmulatedIdentity;
let server: Server;
let url: string;
let answer: { readonly type: string; readonly body: string };

beforeAll(async () => {
  identity = await createEmulatedIdentity();
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": answer.type }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await identity.emulator.stop();
  server.close();
});

const astray = () => [
  ...identity.flags.map((word) => (word === identity.emulator.url ? url : word)),
  "--role-arn",
  identity.roleArn("Demo"),
];

function answerSession(credentials: object, members: object = {}, more: object = {}): void {
  answer = {
    type: "application/json",
    body: JSON.stringify({ credentialSet: [{ credentials: { ...good, ...credentials }, ...members }], ...more }),
  };
}

describe("an answer of CreateSession is refused and written nowhere when it has", () => {
  it.each<[string, object, object?, object?]>([
    ["a token with a section of its own", { sessionToken: command }],
    ["a token with a carriage return", { sessionToken: "t\rx" }],
    ["a token with an escape sequence", { sessionToken: "t\u001b[2J" }],
    ["a token with a blank", { sessionToken: "t x" }],
    ["a token with a line separator", { sessionToken: "t\u2028x" }],
    ["a secret with a line end", { secretAccessKey: "s\naws_x = y" }],
    ["an access key with a line end", { accessKeyId: "A\nB" }],
    ["an access key with a quote", { accessKeyId: "A';touch PWNED;'" }],
    ["an expiration in words", { expiration: "next year" }],
    ["an expiration with a second line", { expiration: "2099-01-01T00:00:00Z\n[default]" }],
    ["an expiration of six digits", { expiration: "+200000-01-01T00:00:00Z" }],
    ["a number for a token", { sessionToken: 7 }],
    ["a role ARN with a line end", {}, { assumedRoleUser: { arn: "arn:aws:sts::1:x\ny", assumedRoleId: "A:b" } }],
    ["a role id with a line end", {}, { assumedRoleUser: { arn: "arn:aws:sts::1:x", assumedRoleId: "A\nb" } }],
    ["a source identity with a control character", {}, { sourceIdentity: "CN=\u009b31m" }],
    ["a subject with a line end", {}, {}, { subjectArn: "arn:aws:rolesanywhere:us-east-1:1:subject/x\ny" }],
  ])("%s", async (_, credentials, members, more) => {
    answerSession(credentials, members, more);
    const home = createScratch("hostile-answer");
    const words = ["update", "--once", "--profile", "app", ...astray()];
    const { status, stdout, stderr } = await runCli(words, { env: { HOME: home } });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/the answer of CreateSession (has a malformed|lacks) /);
    expect(existsSync(join(home, ".aws/credentials"))).toBe(false);
  });

  it("nothing but a token of 20,000 characters is taken as it is", async () => {
    const sessionToken = "x/+=".repeat(5_000);
    answerSession({ sessionToken });
    const home = createScratch("long-token");
    const { status, stderr } = await runCli(["update", "--once", "--profile", "app", ...astray()], {
      env: { HOME: home },
    });
    expect({ status, refused: stderr.includes("malformed") }).toEqual({ status: 0, refused: false });
    expect(readFileSync(join(home, ".aws/credentials"), "utf8")).toContain(`aws_session_token = ${sessionToken}\n`);
  });
});

describe("an answer of AssumeRole is refused when it has", () => {
  it.each([
    ["SessionToken", "t&#10;&#10;[default]&#10;credential_process = touch PWNED"],
    ["SecretAccessKey", "s&#x9b;31m"],
    ["AccessKeyId", "A&#10;B"],
    ["Arn", "arn:aws:sts::111122223333:assumed-role/x&#10;[default]"],
    ["AssumedRoleId", "A b"],
  ])("a malformed %s", async (name, value) => {
    const members: Record<string, string> = {
      AccessKeyId: good.accessKeyId,
      SecretAccessKey: good.secretAccessKey,
      SessionToken: good.sessionToken,
      Expiration: good.expiration,
      Arn: "arn:aws:sts::111122223333:assumed-role/Target/x",
      AssumedRoleId: "AROAEXAMPLE:x",
      [name]: value,
    };
    const element = (key: string) => `<${key}>${members[key]}</${key}>`;
    const credentials = ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"].map(element).join("");
    const user = ["Arn", "AssumedRoleId"].map(element).join("");
    answer = {
      type: "text/xml",
      body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${credentials}</Credentials><AssumedRoleUser>${user}</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`,
    };
    const env = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_ENDPOINT_URL_STS: url };
    const words = ["assume-role", identity.roleArn("Target"), "--region", "us-east-1", "--format", "env-file"];
    const { status, stdout, stderr } = await runCli(words, { env });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/the answer of AssumeRole .* has a malformed /);
  });
});

it("credentials of a container endpoint are refused when they hold a line end", async () => {
  answer = {
    type: "application/json",
    body: JSON.stringify({
      AccessKeyId: good.accessKeyId,
      SecretAccessKey: good.secretAccessKey,
      Token: command,
      Expiration: good.expiration,
    }),
  };
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials` };
  const { status, stderr } = await runCli(["exec", "--", "true"], { env });
  expect(status).toBe(2);
  expect(stderr).toContain("stands in the sessionToken of the credentials (default credential chain)");
});
