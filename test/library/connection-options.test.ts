import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileNames } from "../../src/emulator/folder.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createSession, fromRolesAnywhere } from "../../src/index.js";
import { roleArn, sessionArns } from "../support/emulator-flags.js";
import { libraryOptions } from "../support/library-options.js";
import { createScratch } from "../support/scratch.js";

let emulator: Emulator;
let secure: Emulator;
let proxy: Server;
let tunnels: string[];
beforeAll(async () => {
  emulator = await startEmulator();
  secure = await startEmulator({ tls: true });
  tunnels = [];
  proxy = createServer().on("connect", (request, client: Socket) => {
    tunnels.push(request.url ?? "");
    const [, port] = (request.url ?? "").split(":");
    const server = connect(Number(port), "127.0.0.1");
    for (const socket of [client, server]) socket.on("error", () => [client, server].map((one) => one.destroy()));
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    client.pipe(server).pipe(client);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
});
afterAll(async () => {
  await Promise.all([emulator.stop(), secure.stop()]);
  proxy.closeAllConnections();
  proxy.close();
});

describe("connection options", () => {
  test("trust what caBundle names, for hops too", async () => {
    const options = libraryOptions(secure, { hops: [{ RoleArn: roleArn(secure, "Target") }] });
    await expect(fromRolesAnywhere(options)()).rejects.toMatchObject({ code: "ERR_TLS" });
    const caBundle = join(secure.folder, fileNames.root);
    expect((await fromRolesAnywhere({ ...options, caBundle })()).accessKeyId).toMatch(/^ASIA/);
    expect((await fromRolesAnywhere({ ...options, verifySsl: false })()).accessKeyId).toMatch(/^ASIA/);
    await expect(fromRolesAnywhere({ ...options, caBundle: "/nowhere.pem" })()).rejects.toMatchObject({
      code: "ERR_SETTING",
      message: "caBundle names /nowhere.pem, which cannot be read: ENOENT",
    });
  });

  test("go through the proxy that is given, for hops too, or through none", async () => {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const caBundle = join(secure.folder, fileNames.root);
    const options = libraryOptions(secure, { caBundle, hops: [{ RoleArn: roleArn(secure, "Target") }] });
    await fromRolesAnywhere({ ...options, proxy: url })();
    expect(tunnels).toEqual([new URL(secure.url).host, new URL(secure.url).host]);
    await fromRolesAnywhere({ ...options, proxy: "" })();
    expect(tunnels).toHaveLength(2);
    await expect(fromRolesAnywhere({ ...options, proxy: "socks4://me:pw@squid:3128" })()).rejects.toMatchObject({
      code: "ERR_SETTING",
      message: 'the proxy that was given is not a supported proxy, found "socks4://***@squid:3128"',
    });
  });

  test("come from AWS's own variables where options leave them open", async () => {
    const { endpoint: _, stsEndpoint: __, ...options } = libraryOptions(emulator);
    const environment = {
      AWS_ENDPOINT_URL_ROLESANYWHERE: emulator.url,
      AWS_ENDPOINT_URL_STS: emulator.url,
      ROLESANYWHERE_TS_ROLE_ARN: "arn:aws:iam::111122223333:role/Ignored",
      AWS_PROFILE: "ignored",
    };
    const hops = [{ RoleArn: roleArn(emulator, "Target") }];
    expect((await fromRolesAnywhere({ ...options, environment, hops })()).accountId).toBe("111122223333");
  });

  test("choose FIPS and dual-stack endpoints, though not of a custom one", async () => {
    const lines: string[] = [];
    const { endpoint: _, ...options } = libraryOptions(emulator, {
      useFipsEndpoint: true,
      useDualstackEndpoint: true,
      timeouts: { overallMs: 1 },
      debug: (line) => void lines.push(line),
    });
    await createSession(options).catch(() => undefined);
    expect(lines.join("\n")).toContain("rolesanywhere-fips.us-east-1.api.aws");
    expect(() => fromRolesAnywhere(libraryOptions(emulator, { useFipsEndpoint: true }))).toThrow(
      "useFipsEndpoint cannot change the endpoint that endpoint sets",
    );
  });
});

describe("settingsProfile", () => {
  const configOf = (lines: readonly string[]) => {
    const path = join(createScratch("config"), "config");
    writeFileSync(path, `[profile prod]\n${lines.join("\n")}\n`);
    return { AWS_CONFIG_FILE: path };
  };

  test("completes what options leave out, and loses against them", async () => {
    const { trustAnchorArn, profileArn, roleArn: role } = sessionArns(emulator);
    const environment = configOf([
      `rolesanywhere_trust_anchor_arn = ${trustAnchorArn}`,
      `rolesanywhere_profile_arn = ${profileArn}`,
      `rolesanywhere_role_arn = ${role.replace("Demo", "Untrusting")}`,
      `rolesanywhere_certificate = ${join(emulator.folder, fileNames.ecChain)}`,
      `rolesanywhere_private_key = ${join(emulator.folder, fileNames.ecKey)}`,
      `rolesanywhere_endpoint = ${emulator.url}`,
    ]);
    const session = await createSession({ settingsProfile: "prod", roleArn: role, environment });
    expect(session.roleArn).toBe(role);
    await expect(createSession({ settingsProfile: "prod", environment })).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
    });
  });

  test("is refused where it is not there", () => {
    const environment = configOf(["region = us-east-1"]);
    expect(() => fromRolesAnywhere({ settingsProfile: "staging", environment })).toThrow(
      /^profile "staging" is not in /,
    );
    expect(() => fromRolesAnywhere({ settingsProfile: "prod", environment })).toThrow(
      "trustAnchorArn, profileArn, roleArn are missing",
    );
  });
});
