// The home folder of a person who follows a page, with certificate, key and profiles where the pages expect them.
import { createPrivateKey } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { issueCertificate, keyOf } from "./pki.js";
import type { PageAccount } from "./page-account.js";
import { profileArn, roleArn, trustAnchorArn } from "./page-account.js";
import { cleanEnvironment, executable, pythonEnvironment } from "./run-cli.js";
import { createScratch } from "./scratch.js";

export interface PageHome {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Adds a page's section of an AWS config file; sections of the same name are replaced. */
  readonly addConfig: (text: string) => void;
  /** Replaces folders that only root may write by folders of this home. */
  readonly localise: (text: string) => string;
}

/** Profiles that readers are assumed to have, with the roles of their sessions. */
const profiles = {
  default: roleArn,
  prod: roleArn,
  "prod-identity": roleArn,
  app: "arn:aws:iam::111122223333:role/App",
};

export function createPageHome({ emulator, internet }: PageAccount): PageHome {
  const folder = createScratch("home");
  const write = (path: string, text: string | Uint8Array, mode = 0o600) => {
    mkdirSync(join(folder, path, ".."), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, path), text, { mode });
    chmodSync(join(folder, path), mode);
  };
  const key = keyOf("ec-p256", "page");
  const subject = [
    ["O", "Org"],
    ["CN", "client"],
  ] as const;
  const leaf = issueCertificate(key, { subject, serial: 0x15d196n }, emulator.intermediate);
  for (const place of ["", "etc/pki/", ".pki/", "pki/"]) {
    write(`${place}client.pem`, leaf.pem);
    write(`${place}client.key`, key.privateKeyPem);
    write(`${place}intermediate.pem`, emulator.intermediate.pem);
    write(`${place}ca.pem`, emulator.root.pem);
  }
  write("client-encrypted.key", encrypt(key.privateKeyPem, "example"));
  write("chain.pem", emulator.intermediate.pem);
  // Code on the pages reads it without opening it.
  write("client.p12", "");
  write("all.pem", leaf.pem + emulator.intermediate.pem + key.privateKeyPem);
  write("certs/client.crt", leaf.pem);
  write("certs/client.key", key.privateKeyPem);
  write("internet.pem", internet.authority);
  mkdirSync(join(folder, "run/aws"), { recursive: true });
  write("p12-password", "correct horse\n");
  write("zip-password", "correct horse\n");
  write("pin", "1234\n");
  write("pet.json", '{"name":"Rex"}');
  write(
    "worker",
    "#!/bin/sh\nexec node -e 'fetch(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI,{headers:{Authorization:process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN}}).then(({ok})=>process.exit(ok?0:1))'\n",
    0o700,
  );
  const localise = (text: string) =>
    text.replaceAll(/(?<![\w.~/-])\/(?=etc\/|run\/aws|run\/rolesanywhere|usr\/local\/bin\/)/g, `${folder}/`);
  write(
    ".aws/config",
    Object.entries(profiles)
      .map(([name, role]) => formatProfile(name, role, folder))
      .join("\n"),
  );
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(executable, join(bin, "rolesanywhere-ts"));
  symlinkSync(process.execPath, join(bin, "node"));
  const proxy = { HTTPS_PROXY: internet.proxyUrl, https_proxy: internet.proxyUrl };
  return {
    folder,
    localise,
    addConfig(text) {
      const path = join(folder, ".aws/config");
      const added = splitSections(localise(text));
      const kept = splitSections(readFileSync(path, "utf8")).filter(
        ({ header }) => !added.some((section) => section.header === header),
      );
      writeFileSync(path, [...kept, ...added].map((section) => `${section.text.trim()}\n`).join("\n"));
    },
    env: cleanEnvironment({
      ...pythonEnvironment(),
      ...proxy,
      HOME: folder,
      PATH: [bin, process.env["PATH"]].join(delimiter),
      NO_PROXY: "127.0.0.1,localhost",
      no_proxy: "127.0.0.1,localhost",
      AWS_CA_BUNDLE: join(folder, "internet.pem"),
      NODE_EXTRA_CA_CERTS: join(folder, "internet.pem"),
      REQUESTS_CA_BUNDLE: join(folder, "internet.pem"),
      CURL_CA_BUNDLE: join(folder, "internet.pem"),
      AWS_EC2_METADATA_DISABLED: "true",
      TMPDIR: createScratch("tmp"),
    }),
  };
}

function encrypt(pem: string, passphrase: string): string {
  return createPrivateKey(pem).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }) as string;
}

function splitSections(text: string) {
  return text
    .split(/^(?=\[)/m)
    .filter((part) => part.startsWith("["))
    .map((part) => ({ header: part.slice(0, part.indexOf("]")), text: part }));
}

/** Formats a profile as docs/configuration.md describes it. */
function formatProfile(name: string, role: string, home: string): string {
  return [
    name === "default" ? "[default]" : `[profile ${name}]`,
    "region = us-east-1",
    `credential_process = rolesanywhere-ts credential-process --settings-profile ${name}`,
    `rolesanywhere_certificate = ${home}/etc/pki/client.pem`,
    `rolesanywhere_private_key = ${home}/etc/pki/client.key`,
    `rolesanywhere_trust_anchor_arn = ${trustAnchorArn}`,
    `rolesanywhere_profile_arn = ${profileArn}`,
    `rolesanywhere_role_arn = ${role}`,
    "",
  ].join("\n");
}
