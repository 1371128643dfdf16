import { describe, expect, test } from "vitest";
import { formatAnnouncement, formatFailure } from "../../src/commands/serve/report.js";
import type { ReaderShell } from "../../src/aws/reader-shell.js";
import { parseListenAddress } from "../../src/delivery/metadata-server/listen-address.js";
import { NetworkError } from "../../src/errors.js";

const announce = (listen: string, tls = false, shell: ReaderShell = "posix") =>
  formatAnnouncement(
    {
      addresses: [parseListenAddress(listen, "test")],
      tls,
      dialects: { container: true, metadata: true },
      bindings: [{ name: "reader", tokenFile: "/run/with a space/token" }],
    },
    shell,
  );

describe("formatAnnouncement", () => {
  test.each([
    ["127.0.0.1:9911", false, "http://127.0.0.1:9911"],
    ["0.0.0.0:9911", false, "http://127.0.0.1:9911"],
    ["[::]:9911", false, "http://[::1]:9911"],
    ["10.1.2.3:443", true, "https://10.1.2.3:443"],
  ])("tells how to reach %s", (listen, tls, url) => {
    const text = announce(listen, tls);
    expect(text).toContain(`export AWS_CONTAINER_CREDENTIALS_FULL_URI=${url}/credentials\n`);
    expect(text).toContain(`export AWS_EC2_METADATA_SERVICE_ENDPOINT=${url}\n`);
    expect(text).toContain("export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE='/run/with a space/token'\n");
  });

  test.each<[ReaderShell, string, string]>([
    [
      "powershell",
      "$env:AWS_EC2_METADATA_SERVICE_ENDPOINT = 'http://127.0.0.1:1';\n",
      "_FILE = '/run/with a space/token';\n",
    ],
    ["cmd", 'set "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1"\n', '_FILE=/run/with a space/token"\n'],
  ])("speaks %s", (shell, endpoint, file) => {
    const text = announce("127.0.0.1:1", false, shell);
    expect(text).toContain(endpoint);
    expect(text).toContain(file);
    expect(text).not.toContain("export");
  });

  test("names the token file of a server on a unix socket only", () => {
    const text = announce("unix:/run/aws/socket");
    expect(text).toContain("listening on unix:/run/aws/socket\n");
    expect(text).toContain("TOKEN_FILE=");
    expect(text).not.toContain("http");
  });
});

test("formatFailure says what went wrong, what is held, when the next attempt is, and hints once", () => {
  const error = new NetworkError("ERR_CONNECTION", "cannot reach AWS", { hints: ["check the network path"] });
  const expiration = new Date(Date.UTC(2026, 0, 1, 12));
  const held = {
    credentials: { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token", expiration },
    obtainedAtMs: 0,
    renewAtMs: 0,
  };
  const failure = { error, failedAtMs: 0, retryAtMs: 1500, attempts: 1 };
  expect(formatFailure("reader", failure, held)).toBe(
    "rolesanywhere-ts: warning: reader: no new session: cannot reach AWS [ERR_CONNECTION]; the current one expires at 2026-01-01T12:00:00Z; " +
      "next attempt in 2 s\nrolesanywhere-ts: hint: check the network path\n",
  );
  expect(formatFailure("reader", { ...failure, error: new Error("secret"), attempts: 2 }, undefined)).toBe(
    "rolesanywhere-ts: warning: reader: no new session: unexpected fault; no valid session; next attempt in 2 s\n",
  );
});
