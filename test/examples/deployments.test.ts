// The examples beside aws-config: their files are well-formed to the programs that read them, and every command line of
// ours in them is one that the program takes.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseArguments } from "../../src/commands/line/arguments.js";
import { registry } from "../../src/commands/registry.js";
import { environmentName } from "../../src/message.js";
import { certificateOptions } from "../../src/commands/sources/credential-source.js";
import { startEmulatorAccount } from "../support/emulator-account.js";
import { runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const yamlFiles = ["docker-compose/compose.yaml", "kubernetes/sidecar.yaml", "github-actions/deploy.yaml"];
const read = (name: string) => readFileSync(join(examples, name), "utf8");

type Yaml = string | number | boolean | null | readonly Yaml[] | { readonly [key: string]: Yaml };

function readYaml(name: string): readonly Yaml[] {
  const program = "import json, sys, yaml\nprint(json.dumps(list(yaml.load_all(sys.stdin, yaml.BaseLoader))))";
  return JSON.parse(execFileSync("python3", ["-c", program], { input: read(name), encoding: "utf8" })) as Yaml[];
}

function findAll(value: Yaml, key: string): readonly Yaml[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => findAll(item as Yaml, key));
  return Object.entries(value).flatMap(([name, item]) => [...(name === key ? [item] : []), ...findAll(item, key)]);
}

async function expectCommand(words: readonly string[]): Promise<void> {
  const [name = "", ...rest] = words;
  const registered = Object.hasOwn(registry, name) ? registry[name] : undefined;
  expect(registered, words.join(" ")).toBeDefined();
  const command = await registered!.load();
  const { positionals } = parseArguments(rest, command.options, command.passThrough === true);
  expect(positionals).toEqual([]);
}

describe.skipIf(!requireTools("the example YAML files", "yaml"))("examples in YAML", () => {
  test.each(yamlFiles)("%s runs commands that exist", async (name) => {
    const documents = readYaml(name);
    const lists = documents.flatMap((document) => [...findAll(document, "command"), ...findAll(document, "args")]);
    const words = lists.flatMap((list) =>
      Array.isArray(list) && list[0] === "/usr/local/bin/rolesanywhere-ts" ? [list.slice(1) as string[]] : [],
    );
    const lines = documents
      .flatMap((document) => findAll(document, "run"))
      .flatMap((script) => [...(script as string).matchAll(/^rolesanywhere-ts (.*?)(?: > .*)?$/gm)])
      .map(([, line = ""]) => line.split(" "));
    const commands = [...words, ...lines];
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) await expectCommand(command);
  });

  test.each(yamlFiles)("%s names settings that exist", (name) => {
    const known = new Set(Object.keys(certificateOptions).map(environmentName));
    const named = read(name).match(/ROLESANYWHERE_TS_\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((variable) => !known.has(variable))).toEqual([]);
  });
});

describe.skipIf(!requireTools("the manifests against Kubernetes' own schemas", "kubernetes_validate", "yaml"))(
  "Kubernetes takes",
  () => {
    const page = readFileSync(fileURLToPath(new URL("../../docs/containers.md", import.meta.url)), "utf8");
    const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
    const manifests = readdirSync(join(examples, "kubernetes")).map((name) => read(join("kubernetes", name)));
    const onPage = blocks.map((text) => (text.startsWith("apiVersion:") ? text : asSidecar(text)));

    test.each([...manifests, ...onPage].filter((text) => !text.includes("cert-manager.io/")))("manifest %#", (text) => {
      const program = [
        "import sys, yaml, kubernetes_validate",
        "for document in yaml.safe_load_all(sys.stdin): kubernetes_validate.validate(document, '1.37', strict=True)",
      ].join("\n");
      const { status, stderr } = spawnSync("python3", ["-c", program], { input: text, encoding: "utf8" });
      expect({ status, stderr: stderr.trim().split("\n").at(-1) }).toEqual({ status: 0, stderr: "" });
    });
  },
);

/** A pod around what a page shows of a container. */
function asSidecar(text: string): string {
  const container = ["name: credentials", "image: example", ...text.trimEnd().split("\n")];
  const lines = container.map((line, index) => `${index === 0 ? "    - " : "      "}${line}`);
  const head = ["apiVersion: v1", "kind: Pod", "metadata: { name: app }", "spec:"];
  return [...head, "  containers: [{ name: app, image: example }]", "  initContainers:", ...lines, ""].join("\n");
}

describe("the examples' way to serve", () => {
  test("takes every setting from the environment and opens to the token alone", async () => {
    const account = await startEmulatorAccount();
    const [, certificate, , key, , anchor, , profile, , role] = account.flags;
    const token = join(createScratch("token"), "token");
    const server = startCli(["serve", "--token-file", token, "--imds=false", "--port", "0"], {
      env: {
        ...account.variables,
        ROLESANYWHERE_TS_CERTIFICATE: certificate,
        ROLESANYWHERE_TS_PRIVATE_KEY: key,
        ROLESANYWHERE_TS_TRUST_ANCHOR_ARN: anchor,
        ROLESANYWHERE_TS_PROFILE_ARN: profile,
        ROLESANYWHERE_TS_ROLE_ARN: role,
      },
    });
    const [, url] = await server.waitFor(/AWS_CONTAINER_CREDENTIALS_FULL_URI=(http:\S+)\/credentials/, "stderr");
    const statuses = await Promise.all([
      fetch(`${url}/healthz`),
      fetch(`${url}/credentials`, { headers: { Authorization: readFileSync(token, "utf8") } }),
      fetch(`${url}/credentials`),
      fetch(`${url}/latest/api/token`, { method: "PUT" }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 401, 404]);
    expect((await server.stop()).status).toBe(0);
    await account.stop();
  });

  test("takes certificate and key out of the environment for one command", async () => {
    const account = await startEmulatorAccount();
    const [, certificate, , key, , anchor, , profile, , role] = account.flags;
    const { stdout, status } = await runCli(["exec", "--", process.execPath, "-p", "process.env.AWS_ACCESS_KEY_ID"], {
      env: {
        ...account.variables,
        ROLESANYWHERE_TS_CERTIFICATE: "env:CLIENT_CERTIFICATE",
        ROLESANYWHERE_TS_PRIVATE_KEY: "env:CLIENT_KEY",
        ROLESANYWHERE_TS_TRUST_ANCHOR_ARN: anchor,
        ROLESANYWHERE_TS_PROFILE_ARN: profile,
        ROLESANYWHERE_TS_ROLE_ARN: role,
        CLIENT_CERTIFICATE: readFileSync(certificate!, "utf8"),
        CLIENT_KEY: readFileSync(key!, "utf8"),
      },
    });
    expect({ stdout: stdout.slice(0, 4), status }).toEqual({ stdout: "ASIA", status: 0 });
    await account.stop();
  });
});
