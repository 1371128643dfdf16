import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Rooms that read variables for their own use; `diagnosis` and the children of `exec` only look at other tools' ones. */
const rooms = ["aws", "identity", "readers", "request", "settings", "vending", "delivery/metadata-server", "commands"];
const prefixes =
  "AWS|XDG|LISTEN|NOTIFY|TPM|JOB|RUNTIME|LOCALAPPDATA|NODE_EXTRA|HTTPS?_PROXY|ALL_PROXY|NO_PROXY|NO_COLOR|TERM";

test("docs/configuration.md names every variable that the program reads", () => {
  const page = readFileSync(join(root, "docs/configuration.md"), "utf8");
  const sources = rooms.flatMap((room) =>
    readdirSync(join(root, "src", room), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(root, "src", room, name), "utf8")),
  );
  const inCode = sources.join("\n").replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, "");
  // As a key of the environment: variables["NAME"], variables.NAME, { NAME, OTHER } = variables, or in a list of names.
  const named = [...inCode.matchAll(new RegExp(`(?<=["{,.\\s])(?:${prefixes})(?:_[A-Z\\d]+)*(?=["},\\s])`, "g"))];
  const names = [...new Set(named.map(([name]) => name))].filter((name) => !onlyPassedOn.has(name));
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

/** Named in words to a person, or set for a child. */
const onlyPassedOn = new Set([
  "AWS",
  "TPM",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
  "AWS_EC2_METADATA_DISABLED",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
]);
