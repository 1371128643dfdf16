// configure --kubeconfig: the user entry that logs kubectl in to an EKS cluster.
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import { programFile, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

let account: EmulatorAccount;
beforeAll(async () => {
  account = await startEmulatorAccount();
});
afterAll(() => account.stop());

const present = `# mine
apiVersion: v1
kind: Config
users:
- name: old   # of another program
  user:
    token: abc
# the end
`;

function newFile(content = present): string {
  const file = join(createScratch("kube"), "config");
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const read = (file: string) => readFileSync(file, "utf8");
const configure = (kubeconfig: string | undefined, ...words: readonly string[]) =>
  runCli(["configure", "--kubeconfig", "--profile", "chained", ...words], {
    env: { ...account.variables, KUBECONFIG: kubeconfig },
  });

describe("configure --kubeconfig", () => {
  test("adds a user, and changes no other byte", async () => {
    const file = newFile();
    const { stdout, stderr, status } = await configure(file, "--cluster", "prod", "--region", "eu-west-1");
    expect({ stdout, status }, stderr).toEqual({ stdout: "", status: 0 });
    const entry = `- name: prod
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ${programFile}
      args:
      - token
      - eks
      - --cluster
      - prod
      - --settings-profile
      - chained
      - --region
      - eu-west-1
      interactiveMode: Never
      provideClusterInfo: false
`;
    expect(read(file)).toBe(present.replace("# the end\n", `${entry}# the end\n`));
    expect(stderr).toContain(`user "prod" written to ${file}\n`);
    expect(stderr).toContain('"kubectl config set-context --current --user prod"');
    await configure(file, "--cluster", "prod", "--region", "eu-west-1");
    expect(read(file)).toBe(present.replace("# the end\n", `${entry}# the end\n`));
  });

  test("does not change the user of another program without --replace, and with it keeps a comment", async () => {
    const file = newFile();
    account.clearRequests();
    const refused = await configure(file, "--cluster", "prod", "--user-alias", "old");
    expect(refused).toMatchObject({ stdout: "", status: 2 });
    expect(refused.stderr).toContain(`user "old" in ${file} is another one: nothing is written`);
    expect(read(file)).toBe(present);
    expect(account.count("CreateSession")).toBe(0);
    expect((await configure(file, "--cluster", "prod", "--user-alias", "old", "--replace")).status).toBe(0);
    expect(read(file)).toContain("    # replaced by rolesanywhere-ts configure: token: abc\n# the end\n");
    expect(read(file)).toContain("- name: old   # of another program\n");
    // Its own user it may change.
    expect((await configure(file, "--cluster", "other", "--user-alias", "old")).status).toBe(0);
    expect(read(file)).toContain("      - other\n");
    expect(read(file)).not.toContain("      - prod\n");
  });

  test("creates a private file, and makes an existing one private", async () => {
    const made = join(createScratch("kube"), "new", "config");
    const open = newFile("");
    chmodSync(open, 0o644);
    for (const file of [made, open]) {
      expect((await configure(file, "--cluster", "prod", "--no-check")).status).toBe(0);
      expect(read(file)).toMatch(/^apiVersion: v1\nkind: Config\nusers:\n- name: prod\n/);
      expect((statSync(file).mode & 0o777).toString(8)).toBe(process.platform === "win32" ? "666" : "600");
    }
  });

  test("writes the file that kubectl would: the one with the user, else the first that exists", async () => {
    const [absent, first, second] = [join(createScratch("kube"), "absent"), newFile("kind: Config\n"), newFile()];
    const files = [absent, first, second].join(delimiter);
    await configure(files, "--cluster", "prod", "--user-alias", "old", "--replace", "--no-check");
    await configure(files, "--cluster", "prod", "--no-check");
    expect(existsSync(absent)).toBe(false);
    expect(read(second)).toContain("replaced by");
    expect(read(first)).toContain("- name: prod\n");
    expect(read(second)).not.toContain("- name: prod\n");
  });

  test("writes nothing when there is no token", async () => {
    const file = newFile();
    const { stderr, status } = await runCli(["configure", "--kubeconfig", "--profile", "nobody", "--cluster", "prod"], {
      env: { ...account.variables, KUBECONFIG: file },
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain("these settings give no token: nothing is written");
    expect(read(file)).toBe(present);
  });

  test.each<[string, string, readonly string[], string]>([
    ["a file that is not YAML", "users: [\n  token: secret", ["--cluster", "p"], "is not YAML, in line 2"],
    ["a file that is not a kubeconfig", "users: secret\n", ["--cluster", "p"], "is not a kubeconfig"],
    ["no cluster", present, [], "configure --kubeconfig needs --cluster"],
    ["settings", present, ["--cluster", "p", "--role-arn", "x"], "configure --kubeconfig does not take --role-arn"],
  ])("refuses %s, and quotes nothing of the file", async (_, content, words, message) => {
    const file = newFile(content);
    const { stderr, status } = await configure(file, ...words);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
    expect(read(file)).toBe(content);
  });
});

describe.skipIf(!requireTools("the kubeconfig through kubectl", "kubectl"))("kubectl", () => {
  test("logs in with a token of the user that was written", async () => {
    const authorizations: (string | undefined)[] = [];
    // Without TLS kubectl sends no token.
    const certificate = issueCertificate(keyOf("ec-p256"), { subject: [["CN", "localhost"]] });
    const tls = { cert: certificate.pem, key: certificate.key.privateKeyPem };
    const api = createServer(tls, (request, response) => {
      authorizations.push(request.headers.authorization);
      response.writeHead(200, { "content-type": "application/json" }).end('{"kind":"Status","status":"Success"}');
    });
    await new Promise<void>((resolve) => void api.listen(0, "127.0.0.1", resolve));
    const file = newFile();
    expect((await configure(file, "--cluster", "prod")).status).toBe(0);
    const server = `https://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const env = { ...account.variables, PATH: process.env["PATH"], HOME: createScratch("home"), KUBECONFIG: file };
    const view = await runProgram("kubectl", ["config", "view", "-o", "json"], { env });
    expect(JSON.parse(view.stdout).users.map(({ name }: { name: string }) => name)).toEqual(["old", "prod"]);
    const words = ["--insecure-skip-tls-verify", "--server", server, "--user", "prod", "get", "--raw", "/version"];
    const { stdout, stderr, status } = await runProgram("kubectl", words, { env });
    api.close();
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toContain("Success");
    expect(authorizations.at(-1)).toMatch(/^Bearer k8s-aws-v1\.[\w-]+$/);
  });
});
