// The units of examples/systemd, set up by the steps of docs/install.md and started by systemd as they stand.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { executable, programFile } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireServiceManager, startServiceManager } from "../support/service-manager.js";
import type { ServiceManager } from "../support/service-manager.js";
import { requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "examples/systemd");
const units = readdirSync(folder).filter((name) => /\.(?:service|socket)$/.test(name));
const standalone = programFile !== executable;

test.skipIf(!requireTools("that systemd takes the example units", "systemd-analyze"))(
  "systemd takes the units without a warning",
  async () => {
    const copies = createScratch("units");
    for (const name of units) {
      // The checker wants the program of a unit to be there.
      const text = readFileSync(join(folder, name), "utf8").replaceAll("/usr/local/bin/rolesanywhere-ts", "/bin/true");
      writeFileSync(join(copies, name), text);
    }
    const paths = units.map((name) => join(copies, name));
    const { stdout, stderr } = await runProgram("systemd-analyze", ["verify", "--man=no", ...paths]);
    const about = `${stdout}${stderr}`.split("\n").filter((line) => units.some((name) => line.includes(name)));
    expect(about).toEqual([]);
  },
);

describe.skipIf(!requireServiceManager("that systemd starts the example units"))("systemd starts", () => {
  let system: ServiceManager;
  beforeAll(async () => {
    const page = readFileSync(join(root, "docs/install.md"), "utf8");
    const steps = /^```sh\n(install [^]*?rolesanywhere-ts\.conf[^]*?)^```$/m.exec(page)?.[1] ?? "exit 1";
    system = await startServiceManager({
      "root/checkout/examples/systemd": folder,
      "root/checkout/dist/rolesanywhere-ts.cjs": programFile,
      "usr/local/bin/node": process.execPath,
      "etc/rolesanywhere-test/emulator.cjs": executable,
    });
    const emulator = "node /etc/rolesanywhere-test/emulator.cjs emulator --dir /srv/emulator --listen 127.0.0.1:8911";
    await system.expect(`systemd-run --quiet --unit emulator sh -c "${emulator}"`);
    await system.expect("until test -f /srv/emulator/env.sh; do sleep 0.1; done");
    await system.expect(
      "mkdir /etc/pki && cd /srv/emulator && cp ec-chain.pem /etc/pki/client.pem && cp ec-key.pem /etc/pki/client.key",
    );
    await system.expect(`set -e; cd /root/checkout; ${steps}`);
    await system.expect("useradd --groups rolesanywhere app && useradd stranger");
    await system.expect(fillConfig);
  }, 240_000);
  afterAll(() => system?.stop());

  const journal = (unit: string) => system.expect(`journalctl --no-pager --output cat --unit ${unit}`);
  const ask = (user: string) =>
    system.run(`node -e '${request}' "$(cat /run/rolesanywhere/token)"`, user).then(({ stdout }) => stdout);

  test("rolesanywhere-serve.service, which is ready with its first session and serves its group alone", async () => {
    const { status, stderr } = await system.run("systemctl enable --now rolesanywhere-serve");
    expect(status, `${stderr}${await journal("rolesanywhere-serve")}`).toBe(0);
    expect(await ask("app")).toBe("200 ASIA");
    expect(await ask("stranger")).toBe("401");
    expect((await system.run("cat /run/rolesanywhere/token", "stranger")).status).toBe(1);
    expect(await system.expect("stat -c %U:%G:%a /etc/rolesanywhere /etc/rolesanywhere/client.key")).toBe(
      "root:rolesanywhere:750\nroot:rolesanywhere:640\n",
    );
    await system.expect("systemctl disable --now rolesanywhere-serve");
    expect(await system.expect("systemctl show --property Result rolesanywhere-serve")).toBe("Result=success\n");
  });

  test.skipIf(standalone)("rolesanywhere-serve.socket, whose first reader starts the service", async () => {
    await system.expect("systemctl enable --now rolesanywhere-serve.socket");
    expect(await system.run("systemctl is-active rolesanywhere-serve")).toMatchObject({ stdout: "inactive\n" });
    expect(await system.expect(`node -e '${request}' ""`)).toBe("401");
    expect(await ask("app")).toBe("200 ASIA");
    await system.expect("systemctl disable --now rolesanywhere-serve.socket rolesanywhere-serve.service");
  });

  test("rolesanywhere-update.service, whose file its group reads", async () => {
    const { status, stderr } = await system.run("systemctl enable --now rolesanywhere-update");
    expect(status, stderr).toBe(0);
    const read = "grep --quiet '^aws_access_key_id *= *ASIA' /var/lib/rolesanywhere/credentials";
    expect((await system.run(`for i in $(seq 300); do ${read} && exit; sleep 0.1; done; exit 1`, "app")).status).toBe(
      0,
    );
    expect((await system.run(read, "stranger")).status).not.toBe(0);
    await system.expect("systemctl disable --now rolesanywhere-update");
  });

  test("rolesanywhere-renew.service, which waits until the certificate is due", async () => {
    await system.expect("install -m 600 -o rolesanywhere -g rolesanywhere /etc/pki/client.* /var/lib/rolesanywhere/");
    await system.expect("cp /etc/pki/client.pem /etc/rolesanywhere/root_ca.crt");
    const { status, stderr } = await system.run("systemctl enable --now rolesanywhere-renew");
    expect(status, stderr).toBe(0);
    const said = "journalctl --unit rolesanywhere-renew | grep --quiet 'is valid until .*; renewal at'";
    const { status: found } = await system.run(`for i in $(seq 300); do ${said} && exit; sleep 0.1; done; exit 1`);
    expect(found, await journal("rolesanywhere-renew")).toBe(0);
    expect(await system.run("systemctl is-active rolesanywhere-renew")).toMatchObject({ stdout: "active\n" });
  });
});

/** Takes the number signs away, and fills in the three ARNs as the emulator has them. */
const fillConfig = `set -e
arn() { sed -n "s/.*--$1 \\([^ ]*\\).*/\\1/p" /srv/emulator/config | head -1; }
sed -i -e 's/^#\\(\\[\\|rolesanywhere_\\)/\\1/' \\
  -e "s|= arn:aws:rolesanywhere:.*:trust-anchor/ID|= $(arn trust-anchor-arn)|" \\
  -e "s|= arn:aws:rolesanywhere:.*:profile/ID|= $(arn profile-arn)|" \\
  -e "s|= arn:aws:iam.*|= $(arn role-arn)\\nrolesanywhere_endpoint = http://127.0.0.1:8911|" /etc/rolesanywhere/config
`;

/** Prints the status and the beginning of the key, for a token. */
const request = `fetch("http://127.0.0.1:9911/credentials", { headers: { authorization: process.argv[1] } }).then(async (answer) =>
  process.stdout.write(answer.ok ? "200 " + (await answer.json()).AccessKeyId.slice(0, 4) : String(answer.status)))`;
