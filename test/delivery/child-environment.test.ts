import { describe, expect, it } from "vitest";
import { servedEnvironment } from "../../src/delivery/child-environment.js";

const metadata = { container: undefined, metadataUrl: "http://127.0.0.1:9911", region: "eu-west-1" };
const container = {
  container: { url: "http://127.0.0.1:9911/creds", token: "T" },
  metadataUrl: undefined,
  region: undefined,
};

describe("the environment of a child that asks a server", () => {
  it.each([
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
  ])("holds no %s of before, in whatever case Windows has it", (name) => {
    const mixed = `${name.slice(0, 5)}${name.slice(5).toLowerCase()}`;
    for (const spelt of [name, name.toLowerCase(), mixed])
      expect(servedEnvironment({ [spelt]: "old", KEEP: "1" }, metadata)).toEqual({
        KEEP: "1",
        AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:9911",
        AWS_EC2_METADATA_DISABLED: "false",
        AWS_REGION: "eu-west-1",
        AWS_DEFAULT_REGION: "eu-west-1",
      });
  });

  it("names the container's URL and token", () => {
    expect(servedEnvironment({}, container)).toEqual({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9911/creds",
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "T",
    });
  });

  it.each([
    [{ HTTP_PROXY: "http://p" }, "127.0.0.1"],
    [{ http_proxy: "http://p", NO_PROXY: "a" }, "a,127.0.0.1"],
    [{ ALL_PROXY: "http://p", no_proxy: "b", NO_PROXY: "a" }, "b,127.0.0.1"],
    [{ all_proxy: "http://p" }, "127.0.0.1"],
    [{ NO_PROXY: "a" }, undefined],
    [{ HTTPS_PROXY: "http://p" }, undefined],
  ])("with %j goes past the proxy to the server: %s", (variables, expected) => {
    const { NO_PROXY, no_proxy } = servedEnvironment(variables, container);
    expect([no_proxy, expected === undefined ? expected : NO_PROXY]).toEqual([expected, expected]);
  });
});
