// The Helm chart: Helm takes it, Kubernetes takes what it renders, values that cannot work are refused by name, and the
// container's arguments start a server that serves.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";
import { requireRoots, startInRoot, stopInRoot } from "../support/bare-root.js";
import { startEmulatorAccount } from "../support/emulator-account.js";
import { createPki } from "../support/pki.js";
import { createImage, environmentOf, mountVolumes, userOf } from "../support/pod.js";
import type { PodSpec } from "../support/pod.js";
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

interface Rendered {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: PodSpec } };
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

  it.skipIf(!requireRoots("the container of the Helm chart"))(
    "starts a server that gives credentials over TLS for the token, with the user and the modes of its pod",
    async () => {
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
      const objects = parseAllDocuments(stdout, { version: "1.1" }).map((document) => document.toJS() as Rendered);
      const pod = objects.find(({ kind }) => kind === "Deployment")?.spec.template.spec;
      const [container] = pod?.containers ?? [];
      if (pod === undefined || container === undefined) throw new Error(`there is no container: ${stdout}`);
      const leaf = createPki().leaf("ec-p256", {
        subject: [["CN", "app"]],
        alternativeNames: [["ip", "127.0.0.1"]],
        extendedKeyUsage: ["serverAuth"],
      });
      const folder = createScratch("secrets");
      const member = (name: string, text: string) => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
      };
      // The entry point of the image that the repository builds.
      const program = "/usr/bin/rolesanywhere-ts";
      const image = createImage(program);
      const writable = mountVolumes(image, pod, container, {
        "app-certificate": { "tls.crt": flag("--certificate"), "tls.key": flag("--private-key") },
        "server-certificate": {
          "tls.crt": member("tls.crt", leaf.pem),
          "tls.key": member("tls.key", leaf.key.privateKeyPem),
        },
        "app-token": { token: member("token", "a-token-of-the-test") },
      });
      expect({ user: userOf(pod), writable }).toEqual({ user: "65532:65532", writable: [] });
      const words = container.args.map((word) => (word === "0.0.0.0:9911" ? "127.0.0.1:0" : word));
      const server = startInRoot(image, [program, ...words], userOf(pod), environmentOf(container), writable);
      onTestFinished(() => stopInRoot(server));
      const port = await new Promise<string>((resolve, reject) => {
        let said = "";
        server.stderr.on("data", (chunk: Buffer) => {
          said += chunk.toString();
          const [, found] = /listening on 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
          if (found !== undefined) resolve(found);
        });
        server.once("close", () => reject(new Error(said)));
      });
      const script =
        "fetch(process.argv[1],{headers:{authorization:process.argv[2]}}).then(async(a)=>console.log(await a.text()))";
      const asked = ["--eval", script, `https://127.0.0.1:${port}/credentials`, "a-token-of-the-test"];
      const trusting = { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" };
      const answer = await runProgram(process.execPath, asked, { env: trusting });
      expect(JSON.parse(answer.stdout)).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) as string });
    },
  );
});
