// The Helm chart: Helm takes it, Kubernetes takes what it renders, values that cannot work are refused by name, and the
// container's arguments start a server that serves.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";
import { startEmulatorAccount } from "../support/emulator-account.js";
import { createPki } from "../support/pki.js";
import { startCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const chart = fileURLToPath(new URL("../../packaging/helm/rolesanywhere-ts", import.meta.url));
const values = {
  image: { repository: "registry.example.com/rolesanywhere-ts" },
  trustAnchorArn: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID",
  profileArn: "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID",
  roleArn: "arn:aws:iam::111122223333:role/App",
  secrets: { identity: "app-certificate", tls: "server-certificate", token: "app-token" },
};

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

interface Rendered {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

const helm = (command: readonly string[], given: object) => {
  const file = join(createScratch("values"), "values.yaml");
  writeFileSync(file, JSON.stringify(given));
  return runProgram("helm", [...command, chart, "--values", file]);
};
const render = (given: object) => helm(["template", "--namespace", "apps", "--kube-version", "1.30.0", "app"], given);

describe.skipIf(!requireTools("the Helm chart", "helm"))("the Helm chart", () => {
  it("is clean for helm lint", async () => {
    const { stdout, status } = await helm(["lint", "--strict"], values);
    expect(status, stdout).toBe(0);
  });

  it.each([
    [{ ...values, roleArn: values.profileArn }, "/roleArn"],
    [{ ...values, secrets: { ...values.secrets, token: "" } }, "/secrets/token"],
    [{ ...values, sessionDuration: 60 }, "/sessionDuration"],
    [{ ...values, image: {} }, "/image"],
    [{ ...values, rolArn: "" }, "rolArn"],
  ])("refuses values that cannot work: %#", async (given, named) => {
    const { stderr, status } = await render(given);
    expect(status).toBe(1);
    expect(stderr).toContain(named);
  });

  it.skipIf(!requireTools("that Kubernetes takes the chart's objects", "kubernetes_validate"))(
    "renders what Kubernetes takes",
    async () => {
      const { stdout, stderr, status } = await render(values);
      expect(status, stderr).toBe(0);
      const program =
        "import json, sys, kubernetes_validate\n" +
        "for item in json.load(sys.stdin): kubernetes_validate.validate(item, '1.30', strict=True)";
      const objects = parseAllDocuments(stdout).map((document) => document.toJS() as object);
      const input = JSON.stringify(objects);
      expect(objects.map((object) => (object as Rendered).kind).toSorted()).toEqual([
        "Deployment",
        "NetworkPolicy",
        "Service",
      ]);
      execFileSync("python3", ["-c", program], { input, encoding: "utf8" });
    },
  );

  it("starts a server that gives credentials over TLS for the token", async () => {
    const account = await startEmulatorAccount();
    onTestFinished(() => account.stop());
    const flag = (name: string) => account.flags[account.flags.indexOf(name) + 1] ?? "";
    const { stdout } = await render({
      ...values,
      trustAnchorArn: flag("--trust-anchor-arn"),
      profileArn: flag("--profile-arn"),
      roleArn: flag("--role-arn"),
      endpoint: account.url,
    });
    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
    const container = objects.find(({ kind }) => kind === "Deployment")?.spec.template.spec.containers[0];
    const leaf = createPki().leaf("ec-p256", {
      subject: [["CN", "app"]],
      alternativeNames: [["ip", "127.0.0.1"]],
      extendedKeyUsage: ["serverAuth"],
    });
    const folder = createScratch("mounts");
    const mount = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o440 });
      return path;
    };
    const mounts: Readonly<Record<string, string>> = {
      "/identity/tls.crt": flag("--certificate"),
      "/identity/tls.key": flag("--private-key"),
      "/tls/tls.crt": mount("tls.crt", leaf.pem),
      "/tls/tls.key": mount("tls.key", leaf.key.privateKeyPem),
      "/token/token": mount("token", "a-token-of-the-test"),
      "0.0.0.0:9911": "127.0.0.1:0",
    };
    const here = (word: string) => mounts[word] ?? word;
    const env = Object.fromEntries(container?.env.map(({ name, value }) => [name, here(value)]) ?? []);
    const server = startCli(container?.args.map(here) ?? [], { env });
    onTestFinished(async () => void (await server.stop()));
    const [, port] = await server.waitFor(/listening on 127\.0\.0\.1:(\d+)/, "stderr");
    const url = `https://127.0.0.1:${port}/credentials`;
    const words = [
      "--eval",
      "fetch(process.argv[1],{headers:{authorization:process.argv[2]}}).then(async(a)=>console.log(await a.text()))",
    ];
    const trusting = { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" };
    const answer = await runProgram(process.execPath, [...words, url, "a-token-of-the-test"], { env: trusting });
    expect(JSON.parse(answer.stdout)).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) as string });
  });
});
