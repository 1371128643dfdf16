// Every file that `npm run release:files` left in release/: whole, installed as its page says, and good for a session.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeLinuxPackages } from "../../scripts/release/linux-packages.mjs";
import { readProject } from "../../scripts/project.mjs";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import {
  createBareDebian,
  requireBareDebian,
  requireRoots,
  runInRoot,
  startInRoot,
  stopInRoot,
} from "../support/bare-root.js";
import { neededLibraries } from "../support/elf.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { npmEnvironment } from "../support/package-build.js";
import type { CliResult } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { sha256Hex } from "../support/sha256.js";
import { requireCondition, requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const release = join(root, "release");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
const fileOf = (ending: string) => join(release, `rolesanywhere-ts-${version}${ending}`);
const files = readdirSync(release);

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

/** Puts the emulator's certificate and key into a root folder, and gives the flags that name them there. */
function identityIn(folder: string): readonly string[] {
  mkdirSync(join(folder, "etc/rolesanywhere"), { recursive: true });
  for (const name of ["ec-chain.pem", "ec-key.pem"]) {
    copyFileSync(join(emulator.folder, name), join(folder, "etc/rolesanywhere", name));
  }
  return emulatorFlags(emulator, {
    certificate: "/etc/rolesanywhere/ec-chain.pem",
    "private-key": "/etc/rolesanywhere/ec-key.pem",
  });
}

function expectSession({ stdout, stderr, status }: CliResult): void {
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(JSON.parse(stdout)).toMatchObject({ Version: 1, AccessKeyId: expect.stringMatching(/^ASIA/) as string });
}

describe("SHA256SUMS", () => {
  const sums = new Map(
    readFileSync(join(release, "SHA256SUMS"), "utf8")
      .trim()
      .split("\n")
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );

  it("names every file beside itself and the notes, with its checksum", () => {
    expect([...sums.keys()].toSorted()).toEqual(
      files.filter((name) => !["SHA256SUMS", "NOTES.md"].includes(name)).toSorted(),
    );
    for (const [name, digest] of sums) expect(sha256Hex(readFileSync(join(release, name))), name).toBe(digest);
  });

  it("agrees with the statement of how the files were made", () => {
    const name = `rolesanywhere-ts-${version}.intoto.json`;
    const statement = JSON.parse(readFileSync(join(release, name), "utf8")) as {
      readonly _type: string;
      readonly predicateType: string;
      readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
      readonly predicate: { readonly buildDefinition: { readonly resolvedDependencies: readonly unknown[] } };
    };
    expect([statement._type, statement.predicateType]).toEqual([
      "https://in-toto.io/Statement/v1",
      "https://slsa.dev/provenance/v1",
    ]);
    const subjects = statement.subject.map((subject) => [subject.name, subject.digest.sha256]);
    expect(subjects).toEqual([...sums].filter(([file]) => file !== name));
    expect(JSON.stringify(statement.predicate.buildDefinition.resolvedDependencies)).toMatch(
      /"gitCommit":"[0-9a-f]{40}"/,
    );
  });
});

describe("the npm tarball", () => {
  it("installs without a script or a warning, and its command gives a session", async () => {
    const project = createScratch("project");
    writeFileSync(join(project, "package.json"), '{"private":true}');
    const words = ["install", "--offline", "--omit=optional", "--no-audit", "--no-fund", fileOf(".tgz")];
    const installed = await runProgram("npm", words, {
      cwd: project,
      env: { ...npmEnvironment(), npm_config_update_notifier: "false" },
    });
    expect({ stderr: installed.stderr, status: installed.status }).toEqual({ stderr: "", status: 0 });
    const folder = join(project, "node_modules/rolesanywhere-ts");
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Readonly<
      Record<string, unknown>
    >;
    expect(Object.keys(manifest)).not.toContain("scripts");
    expect(Object.keys(manifest)).not.toContain("devDependencies");
    const command = join(project, "node_modules/.bin/rolesanywhere-ts");
    expectSession(await runProgram(command, ["credential-process", ...emulatorFlags(emulator)]));
  });
});

describe("the one file for Node.js", () => {
  it("gives a session", async () => {
    const words = [fileOf(".cjs"), "credential-process", ...emulatorFlags(emulator)];
    expectSession(await runProgram(process.execPath, words));
  });
});

describe("the action's archive", () => {
  it("has an executable that gives a session", async () => {
    const folder = createScratch("action");
    await runProgram("tar", ["-xzf", fileOf("-action.tar.gz"), "-C", folder]);
    const program = join(folder, "packaging/action/rolesanywhere-ts.cjs");
    expectSession(await runProgram(program, ["credential-process", ...emulatorFlags(emulator)]));
  });
});

const bareDebian = requireBareDebian("that release files install on a bare Debian");

describe.skipIf(!bareDebian)("the standalone file on a bare Debian", () => {
  it("gives a session", async () => {
    const folder = createBareDebian();
    copyFileSync(fileOf("-linux-x64"), join(folder, "usr/bin/rolesanywhere-ts"));
    expectSession(await runInRoot(folder, ["rolesanywhere-ts", "credential-process", ...identityIn(folder)]));
  });
});

const lean = fileOf("-lean-linux-x64");
const hasLean = requireCondition("the lean file on a bare Debian", existsSync(lean), "cargo, when the files were made");

describe.skipIf(!bareDebian || !hasLean)("the lean file on a bare Debian", () => {
  it("gives a session by itself, and the standalone file beside it runs what it leaves", async () => {
    const folder = createBareDebian();
    const place = join(folder, "opt/rolesanywhere");
    mkdirSync(place);
    copyFileSync(lean, join(place, "rolesanywhere-ts"));
    chmodSync(join(place, "rolesanywhere-ts"), 0o755);
    const program = "/opt/rolesanywhere/rolesanywhere-ts";
    expectSession(await runInRoot(folder, [program, "credential-process", ...identityIn(folder)]));
    copyFileSync(fileOf("-linux-x64"), join(place, "rolesanywhere-ts-full"));
    const { stdout, status } = await runInRoot(folder, [program, "read-certificate-data", "--help"]);
    expect({ status, usage: stdout.split("\n")[0] }).toEqual({
      status: 0,
      usage: expect.stringContaining("read-certificate-data") as string,
    });
  });
});

const rpmHere = requireTools("that the .rpm installs", "rpm");

describe.skipIf(!bareDebian)("on a bare Debian", () => {
  const install = {
    deb: async (folder: string) => {
      copyFileSync(fileOf("-linux-x64.deb"), join(folder, "tmp/package.deb"));
      return runInRoot(folder, ["dpkg", "--install", "/tmp/package.deb"]);
    },
    // The database of rpm is empty there, so it knows no C library.
    rpm: (folder: string) =>
      runProgram("rpm", ["--root", folder, "--nodeps", "--nosignature", "--install", fileOf("-linux-x64.rpm")]),
  };

  describe.each(rpmHere ? (["deb", "rpm"] as const) : (["deb"] as const))("the .%s", (format) => {
    let folder: string;
    let installed: CliResult;
    beforeAll(async () => {
      folder = createBareDebian();
      installed = await install[format](folder);
    });
    const inRoot = async (script: string) => (await runInRoot(folder, ["sh", "-c", script])).stdout;

    it("installs, with a system user and settings for its group alone", async () => {
      expect(installed.status, installed.stderr).toBe(0);
      expect(await inRoot("id -gn rolesanywhere && getent passwd rolesanywhere")).toMatch(
        /^rolesanywhere\nrolesanywhere:x:\d{3}:\d{3}:IAM Roles Anywhere:\/var\/lib\/rolesanywhere:\/usr\/sbin\/nologin\n$/,
      );
      expect(await inRoot("stat -c '%a %U:%G' /etc/rolesanywhere /etc/rolesanywhere/config")).toBe(
        "750 root:rolesanywhere\n640 root:rolesanywhere\n",
      );
    });

    it("brings the manual page, completion and the licences", async () => {
      expect(await inRoot("gzip -dc /usr/share/man/man1/rolesanywhere-ts.1.gz | head -1")).toContain(".TH");
      expect(
        await inRoot("grep -c credential-process /usr/share/bash-completion/completions/rolesanywhere-ts"),
      ).not.toBe("0\n");
      expect(await inRoot("ls /usr/share/doc/rolesanywhere-ts")).toBe(
        "CHANGELOG.md\nTHIRD-PARTY-LICENSES.txt\ncopyright\n",
      );
    });

    it("gives a session", async () => {
      expectSession(await runInRoot(folder, ["rolesanywhere-ts", "credential-process", ...identityIn(folder)]));
    });

    it("has a service whose credentials its group can read, and nobody else", async () => {
      identityIn(folder);
      await inRoot("chgrp rolesanywhere /etc/rolesanywhere/ec-* && chmod 640 /etc/rolesanywhere/ec-*");
      await inRoot("useradd --groups rolesanywhere app && useradd stranger");
      await inRoot("install -d -m 750 -o rolesanywhere -g rolesanywhere /run/rolesanywhere");
      const [trustAnchor] = emulator.state().trustAnchors;
      const [profile] = emulator.state().profiles;
      const settings = {
        certificate: "/etc/rolesanywhere/ec-chain.pem",
        private_key: "/etc/rolesanywhere/ec-key.pem",
        trust_anchor_arn: trustAnchor?.arn,
        profile_arn: profile?.arn,
        role_arn: emulator.state().roles.find(({ arn }) => arn.endsWith("/Demo"))?.arn,
        endpoint: emulator.url,
      };
      const lines = Object.entries(settings).map(([name, value]) => `rolesanywhere_${name} = ${value}\n`);
      writeFileSync(join(folder, "etc/rolesanywhere/config"), `[profile serve]\n${lines.join("")}`);
      const unit = readFileSync(join(folder, "usr/lib/systemd/system/rolesanywhere-serve.service"), "utf8");
      const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
      const environment = Object.fromEntries([setting("Environment").split("=") as [string, string]]);
      const script = `umask ${setting("UMask")}; ${setting("ExecStartPre")}; exec ${setting("ExecStart")} --listen 127.0.0.1:0`;
      const server = startInRoot(folder, ["sh", "-c", script], `${setting("User")}:${setting("Group")}`, environment);
      try {
        const url = await listeningAt(server);
        const token = (user: string) =>
          runInRoot(folder, ["cat", "/run/rolesanywhere/token"], { user: `${user}:${user}` });
        // As app alone, without its groups: chroot takes those of the user unless it is told a group.
        const asApp = await runInRoot(folder, ["cat", "/run/rolesanywhere/token"], { user: "app" });
        expect(asApp.status, asApp.stderr).toBe(0);
        expect((await token("stranger")).status).toBe(1);
        const answer = await fetch(`${url}/credentials`, { headers: { authorization: asApp.stdout } });
        expect(await answer.json()).toMatchObject({ AccessKeyId: expect.stringMatching(/^ASIA/) as string });
        expect((await fetch(`${url}/credentials`)).status).toBe(401);
      } finally {
        await stopInRoot(server);
      }
    });

    it("has units that systemd takes", async () => {
      if (!requireTools("that systemd takes the packages' units", "systemd-analyze")) return;
      for (const name of ["serve", "update", "renew"].map((service) => `rolesanywhere-${service}.service`)) {
        const unit = join(createScratch("units"), name);
        const text = readFileSync(join(folder, "usr/lib/systemd/system", name), "utf8");
        writeFileSync(unit, text.replaceAll("/usr/bin/rolesanywhere-ts", "/bin/true"));
        const { stderr, status } = await runProgram("systemd-analyze", ["verify", "--man=no", unit]);
        expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      }
    });
  });
});

const listeningAt = async (server: ReturnType<typeof startInRoot>) =>
  `http://127.0.0.1:${await portOf(server.stderr, /listening on 127\.0\.0\.1:(\d+)/)}`;

/** Waits for what a server says of its port, and goes on reading what it says. */
function portOf(stream: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      const port = pattern.exec(said)?.[1];
      if (port !== undefined) resolve(port);
    });
    stream.once("close", () => reject(new Error(`the server ended: ${said}`)));
  });
}

describe("a second build", { timeout: 900_000 }, () => {
  it("gives the same standalone file, to the byte", async () => {
    const words = ["scripts/build-standalone.mjs", "linux-x64"];
    const { status, stderr } = await runProgram(process.execPath, words, { cwd: root, timeoutMs: 600_000 });
    expect(status, stderr).toBe(0);
    const again = readFileSync(join(root, "dist/standalone/rolesanywhere-ts"));
    expect(again.equals(readFileSync(fileOf("-linux-x64")))).toBe(true);
  });

  it.skipIf(!requireTools("that packages are the same to the byte", "nfpm"))("gives the same packages", () => {
    const statement = readFileSync(fileOf(".intoto.json"), "utf8");
    const repository = /"repository":"https:\/\/github\.com\/([^"]+)"/.exec(statement)?.[1];
    const folder = createScratch("packages");
    const made = makeLinuxPackages(fileOf("-linux-x64"), "x64", folder, { ...readProject(root), repository });
    for (const name of made)
      expect(readFileSync(join(folder, name)).equals(readFileSync(join(release, name))), name).toBe(true);
  });
});

/** Names of a processor in OCI, in ELF and of its folder of libraries. */
const processorsOf = (ending: string) =>
  [
    { processor: "x64", platform: "linux/amd64", elf: 62, triplet: "x86_64-linux-gnu" },
    { processor: "arm64", platform: "linux/arm64", elf: 183, triplet: "aarch64-linux-gnu" },
  ].filter(({ processor }) => ending === "" || existsSync(fileOf(`${ending}-linux-${processor}`)));

const images = [
  {
    edition: "standalone",
    ending: "",
    title: "rolesanywhere-ts",
    contains: "bun",
    licensed: /^@smithy\/core \d/m,
    // Parts of older C libraries, for PKCS#11 modules that were linked to those.
    besides: ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2", "librt.so.1"],
    // Help.
    statusWithoutArguments: 0,
  },
  {
    edition: "lean",
    ending: "-lean",
    title: "rolesanywhere-ts, lean edition (experimental)",
    contains: "llrt_core",
    licensed: /^llrt_core \d/m,
    besides: [],
    // Settings are missing.
    statusWithoutArguments: 2,
  },
].map((image) => ({ ...image, processors: processorsOf(image.ending) }));

const canRunImages = requireTools("the images in a registry", "crane") && requireRoots("the images");

describe.skipIf(!canRunImages).each(images.filter(({ edition }) => hasLean || edition !== "lean"))(
  "the image of the $edition edition",
  ({ ending, title, contains, licensed, besides, statusWithoutArguments, processors }) => {
    let registry: ReturnType<typeof spawn>;
    let name: string;

    beforeAll(async () => {
      const layout = createScratch("layout");
      execFileSync("tar", ["-xf", fileOf(`${ending}-image.tar`), "-C", layout]);
      const started = spawn("crane", ["registry", "serve", "--address", "127.0.0.1:0"], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      registry = started;
      name = `127.0.0.1:${await portOf(started.stderr, /serving on port (\d+)/)}/rolesanywhere-ts:test`;
      const pushed = await runProgram("crane", ["push", layout, name]);
      if (pushed.status !== 0) throw new Error(`the image could not be pushed: ${pushed.stderr}`);
    });
    afterAll(async () => {
      const ended = once(registry, "close");
      registry.kill("SIGKILL");
      await ended;
    });

    const config = async (platform: string) =>
      JSON.parse((await runProgram("crane", ["config", "--platform", platform, name])).stdout) as {
        readonly architecture: string;
        readonly config: {
          readonly User: string;
          readonly Entrypoint: readonly string[];
          readonly Cmd: readonly string[];
          readonly Env: readonly string[];
          readonly Labels: Readonly<Record<string, string>>;
        };
      };

    async function unpack(platform: string): Promise<string> {
      const folder = createScratch("rootfs");
      chmodSync(folder, 0o755);
      const archive = join(createScratch("export"), "rootfs.tar");
      const exported = await runProgram("crane", ["export", "--platform", platform, name, archive]);
      expect(exported.status, exported.stderr).toBe(0);
      await runProgram("tar", ["--extract", "--numeric-owner", "--file", archive, "--directory", folder]);
      return folder;
    }

    it.each(processors)("is whole for $platform, with a user and labels", async ({ platform }) => {
      const valid = await runProgram("crane", ["validate", "--platform", platform, "--remote", name]);
      expect(valid.status, valid.stderr).toBe(0);
      const { architecture, config: runtime } = await config(platform);
      expect(architecture).toBe(platform.slice("linux/".length));
      expect(runtime.User).toBe("65532:65532");
      expect(runtime.Labels).toMatchObject({
        "org.opencontainers.image.title": title,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.revision": expect.stringMatching(/^[0-9a-f]{40}$/) as string,
        "base.package": expect.stringMatching(/^libc6 \d/) as string,
      });
    });

    it("gives a session to a user that is not root, in a root folder of nothing else", async () => {
      const folder = await unpack("linux/amd64");
      const { config: runtime } = await config("linux/amd64");
      const flags = identityIn(folder);
      await runProgram("chown", ["-R", runtime.User, join(folder, "etc/rolesanywhere")]);
      const environment = Object.fromEntries(runtime.Env.map((line) => line.split("=") as [string, string]));
      const inside = (words: readonly string[]) =>
        runInRoot(folder, [...runtime.Entrypoint, ...words], { user: runtime.User, environment });
      expectSession(await inside(["credential-process", ...flags]));
      // A container runtime writes this file.
      writeFileSync(join(folder, "etc/hosts"), "127.0.0.1 emulator.test\n");
      const named = flags.map((word) => word.replace("127.0.0.1", "emulator.test"));
      expectSession(await inside(["credential-process", "--no-cache", ...named]));
      expect((await inside(runtime.Cmd)).status).toBe(statusWithoutArguments);
      expect(statSync(join(folder, "home/nonroot")).uid).toBe(65_532);
      expect(readdirSync(join(folder, "usr/bin"))).toEqual(["rolesanywhere-ts"]);
    });

    it("has the licences and the bill of materials of what it contains", async () => {
      for (const { platform } of processors) {
        const papers = join(await unpack(platform), "usr/share/doc/rolesanywhere-ts");
        expect(readdirSync(papers).toSorted()).toEqual(["LICENSE", "THIRD-PARTY-LICENSES.txt", "sbom.cdx.json"]);
        const bill = JSON.parse(readFileSync(join(papers, "sbom.cdx.json"), "utf8")) as {
          readonly bomFormat: string;
          readonly components: readonly { readonly name: string }[];
        };
        expect(bill.bomFormat).toBe("CycloneDX");
        expect(bill.components.map((component) => component.name)).toContain(contains);
        expect(readFileSync(join(papers, "THIRD-PARTY-LICENSES.txt"), "utf8")).toMatch(licensed);
      }
    });

    it("has the libraries that the executable needs and no others, of each processor", async () => {
      for (const { platform, elf, triplet } of processors) {
        const folder = await unpack(platform);
        const executable = readFileSync(join(folder, "usr/bin/rolesanywhere-ts"));
        expect(executable.readUInt16LE(18), platform).toBe(elf);
        const libraries = readdirSync(join(folder, "lib", triplet));
        const loader = /\/lib(?:64)?\/ld-linux[\w.-]+/.exec(executable.subarray(0, 4096).toString("latin1"))?.[0] ?? "";
        expect(statSync(join(folder, loader)).mode & 0o111, loader).toBe(0o111);
        const named = neededLibraries(executable).filter((library) => !library.startsWith("ld-linux"));
        expect(named).toContain("libc.so.6");
        expect(libraries.toSorted(), platform).toEqual([...new Set([...named, ...besides])].toSorted());
        for (const library of libraries)
          expect(readFileSync(join(folder, "lib", triplet, library)).readUInt16LE(18), basename(library)).toBe(elf);
      }
    });
  },
);
