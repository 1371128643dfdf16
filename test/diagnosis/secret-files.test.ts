// Files with secrets: keys, passwords and PINs, in a home folder, in a Kubernetes volume, and of another user.
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { canGiveAway, canMakeDevices, openFolder, stranger } from "../support/hostile-places.js";
import { copyProgram, programWords, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const folder = createScratch("secret-files");
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

function write(name: string, text: string, mode: number, place = folder): string {
  const path = join(place, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const env = { AWS_EC2_METADATA_DISABLED: "true" };
const words = (flags: Readonly<Record<string, string | undefined>>) => [
  "check",
  "--offline",
  ...emulatorFlags(emulator, flags),
];

async function check(flags: Readonly<Record<string, string | undefined>>): Promise<readonly Finding[]> {
  const { stdout } = await runCli([...words(flags), "--json"], { env });
  return (JSON.parse(stdout) as { readonly findings: Finding[] }).findings;
}

const modes = (findings: readonly Finding[]) => findings.filter(({ code }) => code === "SECRET_FILE_MODE");
const key = () => readFileSync(join(emulator.folder, "ec-key.pem"), "utf8");

describe("a password file and a PIN file are secret files", () => {
  test.each(["password-file", "pkcs11-pin-file"])("--%s that others can read is a warning", async (name) => {
    const path = write(name, "secret\n", 0o644);
    const found = modes(await check({ [name]: path }));
    expect(found).toMatchObject([{ level: "pass" }, { level: "warn", fix: { kind: "mode", path } }]);
    expect(found[1]?.subject).toContain(`--${name}`);
  });

  test.each([
    ["password-file", "PASSWORD_FILE"],
    ["pkcs11-pin-file", "PIN_FILE"],
  ] as const)("--%s that does not exist fails as %s", async (name, code) => {
    const findings = await check({ [name]: join(folder, "nowhere") });
    expect(findings.filter(({ level }) => level === "fail")).toMatchObject([{ code, message: "no such file" }]);
  });
});

/** A file as kubelet puts it into a volume: a link to a file in a folder that a link `..data` names. */
function volume(mode: number): string {
  const place = mkdtempSync(join(folder, "volume-"));
  mkdirSync(join(place, "..2026_11_30"));
  write("tls.key", key(), mode, join(place, "..2026_11_30"));
  symlinkSync("..2026_11_30", join(place, "..data"));
  symlinkSync(join("..data", "tls.key"), join(place, "tls.key"));
  return join(place, "tls.key");
}

describe("in a Kubernetes volume", () => {
  test.each([0o440, 0o400, 0o640])("mode %o passes", async (mode) => {
    expect(modes(await check({ "private-key": volume(mode) }))).toMatchObject([{ level: "pass" }]);
  });

  test("the default mode 0644 is a warning that --fix does not repair", async () => {
    const path = volume(0o644);
    const [finding] = modes(await check({ "private-key": path }));
    expect(finding).toMatchObject({ level: "warn" });
    expect(finding?.fix).toBeUndefined();
    expect(finding?.hint).toContain("fsGroup");
    const { stderr, status } = await runCli([...words({ "private-key": path }), "--fix", "--yes"], { env });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });
});

describe.skipIf(!canGiveAway("files of another user") || !requireTools("check as another user", "setpriv"))(
  "for a user that does not own the file",
  () => {
    test.each([
      ["mode 0640 for its group passes", 0o640, "pass"],
      ["mode 0644 is a warning without a chmod", 0o644, "warn"],
    ] as const)("%s", async (_, mode, level) => {
      const place = openFolder();
      const program = copyProgram(place);
      chmodSync(program, 0o755);
      const path = write("key.pem", key(), mode, place);
      chownSync(path, 0, 2_002);
      copyFileSync(join(emulator.folder, "ec.pem"), join(place, "ec.pem"));
      chmodSync(join(place, "ec.pem"), 0o644);
      const user = [`--reuid=${stranger}`, `--regid=${stranger}`, "--groups=2002"];
      const flags = words({ "private-key": path, certificate: join(place, "ec.pem") });
      const { stdout } = await runProgram(
        "setpriv",
        [...user, ...programWords({ executable: program }), ...flags, "--json"],
        { env: { ...env, HOME: place }, cwd: place },
      );
      const [finding] = modes((JSON.parse(stdout) as { findings: Finding[] }).findings);
      expect(finding).toMatchObject({ level });
      expect(finding?.fix).toBeUndefined();
      expect(finding?.hint ?? "").not.toContain("chmod");
    });
  },
);

describe("the command that a hint shows", () => {
  test.each(["a b.key", "it's.key", "$HOME;touch RAN.key", "(x)&.key", "über.key"])(
    "runs in a shell without changes: %s",
    async (name) => {
      const place = createScratch("odd");
      const path = write(name, key(), 0o644, place);
      const [finding] = modes(await check({ "private-key": path }));
      expect(await runProgram("sh", ["-c", finding?.hint ?? ""], { cwd: place })).toMatchObject({ status: 0 });
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );

  test.skipIf(!requireTools("hints of check in PowerShell", "pwsh"))(
    "is quoted for PowerShell in PowerShell",
    async () => {
      const path = write("it's a $key.pem", key(), 0o644);
      const program = [...programWords(), ...words({ "private-key": path }), "--json"];
      const call = program.map((word) => `'${word.replaceAll("'", "''")}'`).join(" ");
      const { stdout } = await runProgram("pwsh", ["-NoProfile", "-Command", `& ${call}`], { env });
      const [finding] = modes((JSON.parse(stdout) as { findings: Finding[] }).findings);
      const ran = await runProgram("pwsh", ["-NoProfile", "-Command", finding?.hint ?? ""]);
      expect(ran, ran.stderr).toMatchObject({ status: 0 });
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );
});

test.skipIf(!canMakeDevices("--fix on a read-only disk"))(
  "--fix on a read-only disk reports the failure and exits with 0",
  async () => {
    const place = createScratch("read-only");
    const path = write("key.pem", key(), 0o644, place);
    const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
    const program = [...programWords(), ...words({ "private-key": path }), "--fix", "--yes"];
    const { stderr, status } = await runProgram("unshare", ["-m", "sh", "-c", script, place, ...program], { env });
    expect({ stderr, status }).toEqual({
      stderr: `rolesanywhere-ts: not repaired (EROFS): chmod 600 ${path}\n`,
      status: 0,
    });
  },
);
