import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPki } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { startMoto } from "../support/other-dynamodb.js";
import { requireTools } from "../support/tools.js";
import { issueSvid, startWorkloadApi } from "../support/workload-api.js";
import type { WorkloadApi } from "../support/workload-api.js";

const id = "spiffe://example.org/app";
const role = "arn:aws:iam::111122223333:role/Reader";
const audience = "sts.amazonaws.com";
let agent: WorkloadApi;
let sts: Server;
const requests: { readonly body: URLSearchParams; readonly authorization: string | undefined }[] = [];
let refusal: { readonly status: number; readonly code: string } | undefined;

beforeAll(async () => {
  agent = await startWorkloadApi();
  agent.offer(issueSvid(createPki().root, id), { ...issueSvid(createPki().root, `${id}/other`), hint: "other" });
  sts = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      requests.push({ body: new URLSearchParams(text), authorization: request.headers.authorization });
      response.writeHead(refusal?.status ?? 200, { "content-type": "text/xml" });
      response.end(
        refusal === undefined
          ? answer
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${refusal.code}</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
      );
    });
  }).listen(0, "127.0.0.1");
  await once(sts, "listening");
});
afterAll(async () => {
  sts.close();
  await agent.stop();
});

const answer =
  '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>' +
  "<Credentials><AccessKeyId>ASIAEXAMPLE123456789</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>" +
  "<SessionToken>token</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials>" +
  "<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/Reader/s</Arn><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId></AssumedRoleUser>" +
  "</AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>";

const assume = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(["assume-role", role, "--jwt-svid", audience, "--format", "json", ...words], {
    env: { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(sts.address() as AddressInfo).port}`, ...env },
  });
const claimsOf = (body: URLSearchParams | undefined) =>
  JSON.parse(Buffer.from(body?.get("WebIdentityToken")?.split(".")[1] ?? "", "base64url").toString()) as unknown;

describe("assume-role --jwt-svid", () => {
  it("assumes the role with a token of the agent and no signature", async () => {
    const more = ["--duration", "900", "--session-name", "app", "--policy", '{"Version":"2012-10-17","Statement":[]}'];
    const { stdout, stderr, status } = await assume(["--certificate", `spiffe:${agent.address}`, ...more]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ AccessKeyId: "ASIAEXAMPLE123456789", Region: "us-east-1" });
    expect(stderr).toContain(`base credentials: JWT-SVID of ${id} for ${audience}`);
    const { body, authorization } = requests.at(-1) ?? {};
    expect(authorization).toBeUndefined();
    expect(Object.fromEntries(body ?? [])).toMatchObject({
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: role,
      RoleSessionName: "app",
      DurationSeconds: "900",
    });
    expect(claimsOf(body)).toEqual({ sub: id, aud: audience });
    expect(stdout + stderr).not.toContain(body?.get("WebIdentityToken") ?? "none");
  });

  it("takes the agent of SPIFFE_ENDPOINT_SOCKET, and the SPIFFE ID or hint that is asked for", async () => {
    await assume([], { SPIFFE_ENDPOINT_SOCKET: agent.address });
    expect(claimsOf(requests.at(-1)?.body)).toEqual({ sub: id, aud: audience });
    for (const query of [`?spiffe-id=${id}/other`, "?hint=other"]) {
      await assume(["--certificate", `spiffe:${agent.address}${query}`]);
      expect(claimsOf(requests.at(-1)?.body)).toEqual({ sub: `${id}/other`, aud: audience });
    }
  });

  it.each([
    [403, "AccessDenied", "ERR_ACCESS_DENIED", /Federated principal[^]*PROVIDER:sub is spiffe:\/\/example\.org\/app/],
    [400, "InvalidIdentityToken", "ERR_SERVICE", /OIDC provider for the issuer/],
  ])("tells what HTTP %i %s means", async (status, code, expected, words) => {
    refusal = { status, code };
    const ended = await assume(["--certificate", `spiffe:${agent.address}`]);
    refusal = undefined;
    expect(ended).toMatchObject({ status: 1, stdout: "" });
    expect(ended.stderr).toContain(
      `error[${expected}]: AssumeRoleWithWebIdentity was refused for role ${role}: ${code}`,
    );
    expect(ended.stderr).toMatch(words);
  });

  it("refuses other base credentials, other certificates, and parameters that the operation does not have", async () => {
    for (const words of [
      ["--profile", "prod"],
      ["--external-id", "x"],
      ["--tag", "a=b"],
      ["--private-key", "k.pem"],
    ])
      expect(await assume(words), words.join(" ")).toMatchObject({ status: 2, stdout: "" });
    const file = await assume(["--certificate", "client.pem"]);
    expect(file.stderr).toMatch(/error\[ERR_CONFLICT\].*needs a SPIFFE agent/);
    expect((await assume([])).stderr).toMatch(/names no socket, and SPIFFE_ENDPOINT_SOCKET is not set/);
  });
});

describe.skipIf(!requireTools("a JWT-SVID against moto", "moto"))("with moto as STS", () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let url: string;
  beforeAll(async () => {
    moto = await startMoto();
    url = `http://127.0.0.1:${moto.port}`;
  });
  afterAll(() => moto.close());

  it("gives a session of the role", async () => {
    const { stdout, status, stderr } = await assume(["--certificate", `spiffe:${agent.address}`], {
      AWS_ENDPOINT_URL_STS: url,
    });
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      AssumedRoleArn: expect.stringContaining(":assumed-role/Reader/") as unknown,
    });
  });
});
