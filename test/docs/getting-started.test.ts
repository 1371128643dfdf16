// Follows docs/getting-started.md to the letter: its commands make authority, certificate, trust anchor, role and
// profile, by OpenSSL, by step and with AWS's own CLI, and its first call answers as the role. The account is a stand-in
// before the emulator; AWS Private CA is moto's.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { parsePage } from "../../scripts/docs/page.js";
import type { Block } from "../../scripts/docs/page.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { startAccountStandIn } from "../support/account-stand-in.js";
import type { AccountStandIn } from "../support/account-stand-in.js";
import { startMoto } from "../support/other-dynamodb.js";
import { executable, pythonEnvironment } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const page = readFileSync(new URL("../../docs/getting-started.md", import.meta.url), "utf8");

/** The blocks of a section of the page that have a language, `sh` unless told. */
function blocksOf(heading: string, language = "sh"): readonly string[] {
  const section = page.split(/^(?=#{2,3} )/m).find((piece) => piece.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`the page has no section "${heading}"`);
  const { blocks } = parsePage("section.md", section);
  return blocks.filter((block: Block) => block.language === language).map(({ text }) => text);
}

const admin = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

let emulator: Emulator;
let account: AccountStandIn;
beforeAll(async () => {
  emulator = await startEmulator();
  account = await startAccountStandIn(emulator);
});
afterAll(async () => {
  await account.stop();
  await emulator.stop();
});

/** Runs blocks one after the other in one shell that stops at the first failure. */
async function follow(blocks: readonly string[], env: Readonly<Record<string, string>> = {}, folder = createFolder()) {
  const HOME = join(folder, "home");
  mkdirSync(HOME, { recursive: true });
  const result = await runProgram("bash", ["-euo", "pipefail", "-c", blocks.join("\n")], {
    cwd: folder,
    env: {
      ...pythonEnvironment(),
      HOME,
      STEPPATH: join(HOME, "step"),
      PATH: `${createProgramFolder()}:${process.env["PATH"]}`,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL_ROLESANYWHERE: account.url,
      AWS_ENDPOINT_URL_STS: account.url,
      AWS_ENDPOINT_URL_IAM: account.url,
      ...env,
    },
  });
  return { ...result, folder };
}

const createFolder = () => createScratch("getting-started");

/** A folder for PATH with the program under its own name. */
function createProgramFolder(): string {
  const folder = createScratch("bin");
  symlinkSync(executable, join(folder, "rolesanywhere-ts"));
  return folder;
}

const withOpenssl = blocksOf("### With OpenSSL");
const inOneStep = blocksOf("### In one step");
const stepByStep = blocksOf("### Step by step");
const configure = blocksOf("## 3. The AWS config profile");
const firstCall = blocksOf("## 4. The first call");

/** What the client does runs without the administrator's keys. */
const asClient = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY";
const asDeploy = /"Arn": "arn:aws:sts::111122223333:assumed-role\/Deploy\/[0-9a-f]+"/;

describe.skipIf(!requireTools("getting started with OpenSSL and the AWS CLI", "aws", "bash", "openssl"))(
  "by OpenSSL and the AWS CLI",
  () => {
    test.each([
      ["in one step", inOneStep],
      ["step by step", stepByStep],
    ])("%s: the first call answers as the role", async (_, inAws) => {
      const before = emulator.state();
      const steps = account.made.length;
      const blocks = [...withOpenssl, ...inAws, asClient, ...configure, ...firstCall, "cat ~/.aws/config"];
      const { stdout, stderr, status } = await follow(blocks, admin);
      emulator.updateState(() => before);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stdout).toMatch(asDeploy);
      expect(account.made.slice(steps).toSorted()).toEqual([
        "AttachRolePolicy",
        "CreateProfile",
        "CreateRole",
        "CreateTrustAnchor",
      ]);
      expectShownConfig(stdout);
    });

    test("another certificate of the same authority does not get the role", async () => {
      const before = emulator.state();
      const other = withOpenssl.at(-1)!.replaceAll("web-1", "web-2").replaceAll("client.", "other.");
      const configureOther = configure.map((text) =>
        text.replaceAll("client.", "other.").replace("--keys", "--keys --no-check"),
      );
      const blocks = [...withOpenssl, other, ...inOneStep, asClient, ...configureOther, ...firstCall];
      const { stdout, status } = await follow(blocks, admin);
      emulator.updateState(() => before);
      expect(status).not.toBe(0);
      expect(stdout).toMatch(/FAIL CREATE_SESSION/);
      expect(stdout).not.toMatch(asDeploy);
    });
  },
);

describe.skipIf(
  !requireTools("getting started with trusted identity propagation", "aws", "bash", "botocore-1.44", "openssl"),
)("with trusted identity propagation", () => {
  test("the first call answers as the role, whose policy names what no caller can set", async () => {
    const [withOrigin = ""] = blocksOf("### Trusted identity propagation");
    const before = emulator.state();
    const newerAws = `export PYTHONPATH="${process.env["ROLESANYWHERE_TS_BOTOCORE"]}"`;
    const [, ...rest] = inOneStep;
    const blocks = [...withOpenssl, newerAws, withOrigin, ...rest, asClient, ...configure, ...firstCall];
    const { stdout, stderr, status } = await follow(blocks, admin);
    const [profile, role] = [emulator.state().profiles.at(-1), emulator.state().roles.at(-1)];
    emulator.updateState(() => before);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(asDeploy);
    expect(profile?.tipConfiguration).toEqual({ status: "ENABLED", subjectSource: "x509Subject/CN" });
    expect(role?.trust.originIdentity).toEqual({ Subject: "web-1" });
  });
});

describe.skipIf(!requireTools("getting started with step", "aws", "bash", "step"))("by step and the AWS CLI", () => {
  test("the first call answers as the role", async () => {
    const [withStep = ""] = blocksOf("### With step-ca");
    const before = emulator.state();
    const blocks = [withStep, ...inOneStep, asClient, ...configure, ...firstCall];
    const { stdout, stderr, status } = await follow(blocks, admin);
    emulator.updateState(() => before);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(asDeploy);
  });
});

describe.skipIf(!requireTools("getting started with a running step-ca", "aws", "bash", "step", "step-ca"))(
  "by a running step-ca and the AWS CLI",
  () => {
    test("the first call answers as the role, also with a renewed certificate", async () => {
      const [, withAuthority = ""] = blocksOf("### With step-ca");
      const port = await freePort();
      const authority = [
        "echo secret > password",
        `step ca init --name Example --dns localhost --address 127.0.0.1:${port} --provisioner admin ` +
          "--password-file password --provisioner-password-file password 2> /dev/null",
        "export STEP_PROVISIONER_PASSWORD_FILE=$PWD/password",
        "step-ca --password-file password $STEPPATH/config/ca.json > ca.log 2>&1 &",
        "trap 'kill %1' EXIT",
        "until step ca health 2> /dev/null; do sleep 0.2; done",
      ];
      const renewed = withAuthority.replace("--daemon", "--force");
      expect(renewed).not.toBe(withAuthority);
      const before = emulator.state();
      const blocks = [...authority, renewed, ...inOneStep, asClient, ...configure, ...firstCall];
      const { stdout, stderr, status } = await follow(blocks, { ...admin, NO_PROXY: "localhost,127.0.0.1" });
      emulator.updateState(() => before);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stdout).toMatch(asDeploy);
      expect(stdout).toMatch(/CHAIN_LENGTH +1 of at most 5/);
    });
  },
);

describe.skipIf(!requireTools("getting started with AWS Private CA", "aws", "bash", "openssl", "moto"))(
  "by AWS Private CA",
  () => {
    // Six runs of the AWS CLI, each of seconds on a busy machine. moto's certificates lack the key usage that their template gives them in AWS, so they end here.
    test("the AWS CLI and moto take every command, and the certificate is the one asked for", async () => {
      const moto = await startMoto();
      try {
        const shown = "openssl verify -CAfile ca.pem client.pem; openssl x509 -in client.pem -noout -subject";
        const { stdout, stderr, status } = await follow([...blocksOf("### With AWS Private CA"), shown], {
          ...admin,
          AWS_ENDPOINT_URL_ACM_PCA: `http://127.0.0.1:${moto.port}`,
        });
        expect({ status, stderr }).toMatchObject({ status: 0 });
        expect(stdout).toMatch(/client\.pem: OK\nsubject=.*web-1/);
      } finally {
        await moto.close();
      }
    }, 180_000);
  },
);

/**
 * Arguments that the pages of Terraform's AWS provider name.
 *
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rolesanywhere_trust_anchor
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rolesanywhere_profile
 * @see https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
 */
const terraformArguments: Readonly<Record<string, string>> = {
  aws_rolesanywhere_trust_anchor:
    "enabled name tags notification_settings source source_type source_data acm_pca_arn x509_certificate_data",
  aws_rolesanywhere_profile:
    "accept_role_session_name duration_seconds enabled managed_policy_arns name require_instance_properties role_arns session_policy tags",
  aws_iam_role:
    "assume_role_policy description force_detach_policies max_session_duration name name_prefix path permissions_boundary tags",
};

describe.skipIf(!requireTools("getting started with Terraform", "bash", "openssl"))("by Terraform", () => {
  const isFormatted = requireTools("that Terraform takes what is written for it", "terraform");

  test("the written file and the one on the page name arguments that the provider has", async () => {
    const [written = ""] = blocksOf("### With Terraform");
    const command = written.split("\nterraform ", 1);
    const { folder, stdout, status } = await follow([...withOpenssl, ...command, "cat roles-anywhere.tf"]);
    expect(status).toBe(0);
    const [onPage = ""] = blocksOf("### With Terraform", "hcl");
    for (const text of [stdout, onPage]) {
      const used = [...text.matchAll(/^resource "(\w+)" "\w+" \{\n([^]*?)^\}/gm)];
      expect(used.map(([, type]) => type)).toEqual(Object.keys(terraformArguments).toSorted(byAppearance));
      for (const [, type = "", body = ""] of used) {
        const plain = body.replaceAll(/<<-(\w+)\n[^]*?^\s*\1$/gm, "").replaceAll(/jsonencode\(\{[^]*?^ {2}\}\)/gm, "");
        const names = [...plain.matchAll(/^\s*(\w+)(?=\s*(?:=|\{))/gm)].map(([, name = ""]) => name);
        expect(names.length).toBeGreaterThan(1);
        expect(names.filter((name) => !terraformArguments[type]!.split(" ").includes(name))).toEqual([]);
      }
    }
    if (!isFormatted) return;
    writeFileSync(join(folder, "page.tf"), `${onPage}\n`);
    const formatted = await runProgram("terraform", ["fmt", "-check", "-diff", join(folder, "ca")]);
    expect({ output: formatted.stdout, status: formatted.status }).toEqual({ output: "", status: 0 });
    const shown = await runProgram("terraform", ["fmt", "-check", "-diff", join(folder, "page.tf")]);
    expect({ output: shown.stdout, status: shown.status }).toEqual({ output: "", status: 0 });
  });
});

const order = ["aws_rolesanywhere_trust_anchor", "aws_iam_role", "aws_rolesanywhere_profile"];
const byAppearance = (one: string, other: string) => order.indexOf(one) - order.indexOf(other);

/** The section that the page shows is the one that `configure` has written, but for paths and ids. */
function expectShownConfig(printed: string): void {
  const tidy = (text: string) =>
    text
      .slice(text.indexOf("[profile deploy]"))
      .trim()
      .replaceAll(/= \S*rolesanywhere-ts\S* credential-process/g, "= rolesanywhere-ts credential-process")
      .replaceAll(/(?<=_(?:certificate|private_key) = )\S*\//g, "")
      .replaceAll(/(?<=trust-anchor\/|:profile\/)\S+/g, "ID");
  expect(tidy(printed)).toBe(tidy(blocksOf("## 3. The AWS config profile", "ini")[0]!));
}
