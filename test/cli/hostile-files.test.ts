// Files that are written, in places where a neighbour was first: devices, pipes, links and files of other users.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { canGiveAway, canMakeDevices, giveAway, sharedFolder, stranger } from "../support/hostile-places.js";
import { cleanEnvironment, programWords, runCli, startCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";

/** A killed process leaves its socket. */
const leaveSocket = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;

let account: EmulatorAccount;
let s3: S3Server;

beforeAll(async () => {
  account = await startEmulatorAccount();
  s3 = await startS3Server();
  s3.put("acme", "a.csv", "a\n1\n");
});
afterAll(async () => {
  await account.stop();
  await s3[Symbol.asyncDispose]();
});

const endpoint = () => ({ AWS_ENDPOINT_URL_ROLESANYWHERE: account.url, AWS_ENDPOINT_URL_STS: account.url });
const update = (file: string) =>
  runCli(["update", "--once", ...account.flags], {
    env: { ...endpoint(), AWS_SHARED_CREDENTIALS_FILE: file },
    timeoutMs: 20_000,
  });
const configure = (file: string) =>
  runCli(["configure", "--no-check", ...account.flags], { env: { ...endpoint(), AWS_CONFIG_FILE: file } });
const save = (file: string, format = "env-file") =>
  runCli(["credentials", "--format", format, "--save-to-file", file, ...account.flags], { env: endpoint() });
const read = (...words: readonly string[]) =>
  runCli(["read-s3", "s3://acme/a.csv", "--progress", "none", ...words], { env: s3.env });
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Runs the program in a mount namespace with a folder of device nodes: `null`, a null device. */
async function inDeviceFolder(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  after: string,
) {
  const folder = createScratch("devices");
  const script = `mount -t tmpfs none "$1" && mknod "$1/null" c 1 3 || exit 99; cd "$1"; shift; "$@"; echo status $?; ${after}`;
  const child = spawn("unshare", ["-m", "sh", "-c", script, "sh", folder, ...programWords(), ...words], {
    env: cleanEnvironment(env),
  });
  child.stdin.end();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await once(child, "close");
  return output;
}

describe("a target of secrets that is no file", () => {
  const commands = [
    ["update", update],
    ["configure", configure],
    ["credentials --save-to-file", save],
  ] as const;
  const targets = [
    ["a named pipe", (path: string) => spawnSync("mkfifo", [path])],
    ["a folder", (path: string) => mkdirSync(path)],
    ["a socket", (path: string) => spawnSync(process.execPath, ["-e", leaveSocket, path])],
  ] as const;
  const cases = commands.flatMap(([name, run]) => targets.map(([what, make]) => [name, what, run, make] as const));

  it.each(cases)("%s refuses %s before anything is written", async (_name, what, run, make) => {
    const place = createScratch("target");
    const path = join(place, "f");
    make(path);
    const before = lstatSync(path);
    const { status, stdout, stderr } = await run(path);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`is ${what}`);
    expect(lstatSync(path)).toMatchObject({ ino: before.ino, mode: before.mode });
    expect(readdirSync(place)).toEqual(["f"]);
  });

  it("update asks AWS for nothing then", async () => {
    account.clearRequests();
    await update(createScratch("target"));
    expect(account.count("CreateSession")).toBe(0);
  });

  it.skipIf(!canMakeDevices("device nodes as targets of secrets"))(
    "is refused as a device, which stays one",
    async () => {
      const words = ["update", "--once", ...account.flags];
      const env = { ...endpoint(), AWS_SHARED_CREDENTIALS_FILE: "null" };
      const output = await inDeviceFolder(words, env, 'ls -A; test -c null && echo "still a device"');
      expect(output).toMatch(/"null" is a device.*\n(?:.*hint.*\n)?status 2\nnull\nstill a device\n$/);
    },
  );
});

describe.skipIf(!canGiveAway("files that another user planted"))("what another user planted", () => {
  it.each([
    ["a sticky folder", 0o1777],
    ["a folder that its group can write to", 0o770],
  ])("in %s gets no session", async (_, folderMode) => {
    const file = join(sharedFolder(folderMode), "app.env");
    writeFileSync(file, "", { mode: 0o600 });
    giveAway(file);
    for (const run of [save, update, configure]) {
      const { status, stdout, stderr } = await run(file);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain(`belongs to user ${stranger}`);
    }
    expect(readFileSync(file, "utf8")).toBe("");
  });

  it("is not followed as a link", async () => {
    const folder = sharedFolder();
    const victim = join(createScratch("victim"), "keep");
    writeFileSync(victim, "keep");
    const link = join(folder, "out");
    symlinkSync(victim, link);
    spawnSync("chown", ["-h", String(stranger), link]);
    for (const { status, stderr } of [await save(link), await update(link), await read("--output", link)]) {
      expect(status).toBe(2);
      expect(stderr).toContain(`symbolic link "${link}" belongs to user ${stranger}`);
    }
    expect(readFileSync(victim, "utf8")).toBe("keep");
  });

  it("as the lock of update is not waited for", async () => {
    const folder = sharedFolder();
    const lock = join(folder, ".credentials.rolesanywhere-ts.lock");
    mkdirSync(join(lock, "1-0-ffffffffffff-0123456789ab"), { recursive: true });
    giveAway(lock);
    const startedMs = performance.now();
    const { status, stderr } = await update(join(folder, "credentials"));
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(status).toBe(2);
    expect(stderr).toContain(`belongs to user ${stranger}`);
  });

  it("as the emulator's folder, its authority or its state is not used", async () => {
    const own = createScratch("emulator");
    const first = startCli(["emulator", "--dir", own]);
    await first.waitFor(/emulator ready/);
    await first.stop();
    for (const file of ["ca.pem", "ec-key.pem", "state.json", "config"]) {
      const path = join(own, file);
      chmodSync(own, 0o777);
      giveAway(path);
      const { status, stderr } = await runCli(["emulator", "--dir", own], { timeoutMs: 5_000 });
      expect({ file, status }).toEqual({ file, status: 2 });
      expect(stderr).toContain(`belongs to user ${stranger}`);
      chownSync(path, 0, 0);
    }
    giveAway(own);
    const { status, stderr } = await runCli(["emulator", "--dir", own], { timeoutMs: 5_000 });
    expect(status).toBe(2);
    expect(stderr).toContain(`the folder ${own} belongs to user ${stranger}`);
  });

  it("as a token, bindings, password or TLS file is not trusted", async () => {
    const folder = createScratch("planted");
    const file = join(folder, "file");
    writeFileSync(file, "a-token-of-somebody-else", { mode: 0o600 });
    giveAway(file);
    const serve = ["serve", "--port", "0", ...account.flags];
    for (const words of [
      [...serve, "--token-file", file],
      [...serve, "--tls-cert", file, "--tls-key", file],
      ["serve", "--bindings", file],
      [
        "credential-process",
        "--password-file",
        file,
        ...account.flags.with(3, join(account.folder, "ec-encrypted-key.pem")),
      ],
    ]) {
      const { status, stderr } = await runCli(words, { env: endpoint(), timeoutMs: 5_000 });
      expect(stderr).toContain(`belongs to user ${stranger}, expected user 0, who runs this program, or root`);
      expect([2, 3]).toContain(status);
    }
  });

  it("keeps mode and owner that root gave the file before", async () => {
    const file = join(createScratch("kept"), "credentials");
    writeFileSync(file, "[other]\nk = 1\n");
    chownSync(file, 0, stranger);
    chmodSync(file, 0o640);
    expect((await update(file)).status).toBe(0);
    expect(statSync(file)).toMatchObject({ uid: 0, gid: stranger });
    expect(mode(file)).toBe("640");
    giveAway(file);
    expect((await update(file)).status).toBe(0);
    expect(statSync(file)).toMatchObject({ uid: stranger, gid: stranger });
    expect(mode(file)).toBe("640");
  });
});

describe("a secret that others can write to or read", () => {
  const cases = [
    ["--token-file", 0o666, /token file .* has mode 0666, which lets others write to it/],
    ["--token-file", 0o620, /has mode 0620, which lets others write to it/],
    ["--token-file", 0o644, /has mode 0644, which lets every user read it/],
    ["--bindings", 0o666, /bindings file .* has mode 0666/],
    ["--tls-key", 0o660, /TLS private key .* has mode 0660/],
  ] as const;
  it.each(cases)("is refused as %s with mode %o", async (flag, fileMode, message) => {
    const file = join(createScratch("wide"), "file");
    writeFileSync(file, "a-token-of-32-characters-in-all");
    chmodSync(file, fileMode);
    const certificate = join(account.folder, "ec.pem");
    const rest = flag === "--bindings" ? [] : account.flags;
    const tls = flag === "--tls-key" ? ["--tls-cert", certificate] : [];
    const { status, stderr } = await runCli(["serve", "--port", "0", flag, file, ...tls, ...rest], {
      env: endpoint(),
      timeoutMs: 5_000,
    });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/hint: run: chmod/);
    expect(status).toBe(2);
  });

  it.skipIf(!canGiveAway("a mounted secret of root's"))(
    "is taken as Kubernetes mounts it: root's, 0440, through links",
    async () => {
      const mounted = sharedFolder();
      mkdirSync(join(mounted, "..2026"));
      writeFileSync(join(mounted, "..2026", "token"), "a-token-of-32-characters-in-all");
      chmodSync(join(mounted, "..2026", "token"), 0o440);
      symlinkSync("..2026", join(mounted, "..data"));
      symlinkSync("..data/token", join(mounted, "token"));
      const serving = startCli(["serve", "--port", "0", "--token-file", join(mounted, "token"), ...account.flags], {
        env: endpoint(),
      });
      expect(await serving.waitFor(/listening/, "stderr")).toBeDefined();
      await serving.stop();
    },
  );
});

describe("--output", () => {
  it("- is standard output", async () => {
    const cwd = createScratch("dash");
    const words = ["read-s3", "s3://acme/a.csv", "--progress", "none", "--output", "-"];
    expect(await runCli(words, { env: s3.env, cwd })).toMatchObject({ stdout: "a\n1\n", stderr: "", status: 0 });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("follows a link, keeps mode and hard links of what is there", async () => {
    const folder = createScratch("output");
    const file = join(folder, "rows.csv");
    writeFileSync(file, "a longer text than the new one\n", { mode: 0o600 });
    symlinkSync("rows.csv", join(folder, "link"));
    expect((await read("--output", join(folder, "link"))).status).toBe(0);
    expect(readlinkSync(join(folder, "link"))).toBe("rows.csv");
    expect([readFileSync(file, "utf8"), mode(file)]).toEqual(["a\n1\n", "600"]);
    writeFileSync(file, "a longer text than the new one\n");
    linkSync(file, join(folder, "hard"));
    expect((await read("--output", file)).status).toBe(0);
    expect(readFileSync(join(folder, "hard"), "utf8")).toBe("a\n1\n");
    expect(statSync(file).nlink).toBe(2);
    expect(readdirSync(folder).sort()).toEqual(["hard", "link", "rows.csv"]);
  });

  it("gives a new file the mode of the umask, and one of secrets 0600", async () => {
    const folder = createScratch("output");
    const before = process.umask(0o027);
    try {
      await read("--output", join(folder, "rows.csv"));
      await save(join(folder, "app.env"));
    } finally {
      process.umask(before);
    }
    expect([mode(join(folder, "rows.csv")), mode(join(folder, "app.env"))]).toEqual(["640", "600"]);
  });

  // Through a link of the test's own: a fault here must not reach the machine's /dev.
  it("that leads to an open descriptor, as /dev/stdout does, goes on where that stands", async () => {
    const folder = createScratch("output");
    const file = join(folder, "out");
    const link = join(folder, "stdout");
    writeFileSync(file, "before\n");
    symlinkSync("/proc/self/fd/1", link);
    const [program, ...words] = programWords();
    const child = spawn(program, [...words, "read-s3", "s3://acme/a.csv", "--progress", "none", "--output", link], {
      env: cleanEnvironment(s3.env),
      stdio: ["ignore", openSync(file, "a"), "inherit"],
    });
    const [status] = (await once(child, "close")) as [number];
    expect(status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe("before\na\n1\n");
    expect(readdirSync(folder).sort()).toEqual(["out", "stdout"]);
    expect(readlinkSync(link)).toBe("/proc/self/fd/1");
  });

  it("writes into a named pipe, which stays one", async () => {
    const folder = createScratch("output");
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    const reader = spawn("cat", [pipe]);
    let text = "";
    reader.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const ended = once(reader, "close");
    expect((await read("--output", pipe)).status).toBe(0);
    await ended;
    expect(text).toBe("a\n1\n");
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it.skipIf(!canMakeDevices("device nodes as outputs"))("writes to a device, which stays one", async () => {
    const words = ["read-s3", "s3://acme/a.csv", "--progress", "none", "--output", "null"];
    const output = await inDeviceFolder(words, s3.env, 'ls -A; test -c null && echo "still a device"');
    expect(output).toBe("status 0\nnull\nstill a device\n");
  });

  it("removes what a killed run left beside it, and leaves alone what a live one writes", async () => {
    const folder = createScratch("output");
    const dead = join(folder, ".rows.csv.4000000-1-ffffffffffff-0123456789ab.partial");
    const young = join(folder, ".rows.csv.4000000-1-ffffffffffff-0123456789ac.partial");
    for (const path of [dead, young]) writeFileSync(path, "x");
    utimesSync(dead, 1, 1);
    expect((await read("--output", join(folder, "rows.csv"))).status).toBe(0);
    expect([existsSync(dead), existsSync(young)]).toEqual([false, true]);
  });
});

describe("the lock of update", () => {
  const lockOf = (folder: string) => join(folder, ".credentials.rolesanywhere-ts.lock");
  it.each([
    ["a named pipe", (path: string) => spawnSync("mkfifo", [path])],
    ["a link", (path: string) => symlinkSync("1@elsewhere#x", path)],
    ["a file", (path: string) => writeFileSync(path, "")],
    ["an empty folder", (path: string) => mkdirSync(path)],
  ])("that is %s costs nothing", async (_, make) => {
    const folder = createScratch("lock");
    make(lockOf(folder));
    const startedMs = performance.now();
    expect((await update(join(folder, "credentials"))).status).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(readdirSync(folder)).toEqual(["credentials"]);
  });
});
