// systemd as the first process of a namespace of its own: this machine's files with what a test adds, the user database, the
// units and the network included, none of which the machine itself sees.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { CliResult } from "./run-cli.js";
import { runProgram } from "./run-program.js";
import { createScratch } from "./scratch.js";
import { requireCondition, requireTools } from "./tools.js";

const systemd = "/lib/systemd/systemd";

/** `$0` is the folder of all this, `$1` the name of a control group. Everything in memory, and gone with the namespace. */
const prepare = `set -e
mount --make-rprivate /
cd "$0"
mkdir memory root groups
mount -t tmpfs tmpfs memory
mkdir memory/upper memory/work
mount -t overlay overlay -o lowerdir=/,upperdir=memory/upper,workdir=memory/work root
mkdir -p root/dev root/proc root/sys
for folder in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs root/$folder; done
chmod 1777 root/tmp
for name in null zero full random urandom tty; do touch root/dev/$name; mount --bind /dev/$name root/dev/$name; done
ln -s /proc/self/fd root/dev/fd
mkdir root/dev/pts root/dev/shm
ln -s pts/ptmx root/dev/ptmx
mount -t devpts -o newinstance,ptmxmode=0666 devpts root/dev/pts
mount -t tmpfs tmpfs root/dev/shm
mount -t cgroup2 cgroup2 groups
own="groups$(sed -n 's/^0:://p' /proc/self/cgroup)/$1"
mkdir "$own"
echo 0 >"$own/cgroup.procs"
umount groups
cp -a files/. root/
exec unshare --cgroup --net --pid --fork --kill-child sh -c "$2"
`;

/** The kernel's settings are read-only: they are the machine's. */
const boot = `set -e
mount -t proc proc root/proc
mount --bind root/proc/sys root/proc/sys
mount -o remount,bind,ro root/proc/sys
mount -t sysfs -o ro sysfs root/sys
mount -t cgroup2 cgroup2 root/sys/fs/cgroup
mkdir root/run/before
cd root
pivot_root . run/before
exec chroot . sh -c 'umount -l /run/before && exec env -i container=test PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${systemd} --system --unit=basic.target'
`;

const removal = `mount --make-rprivate / && mount -t cgroup2 cgroup2 "$0" &&
find "$0$(sed -n 's/^0:://p' /proc/self/cgroup)/$1" -depth -type d -exec rmdir {} +`;

const namespaces = ["--mount", "--ipc", "--uts"];

function createGroupName(): string {
  return `rolesanywhere-ts-test-${process.pid}-${Date.now()}`;
}

/** @returns Whether it is gone: its processes end a moment after the first one. */
function removeGroup(group: string): boolean {
  return spawnSync("unshare", ["--mount", "sh", "-c", removal, createScratch("groups"), group]).status === 0;
}

export interface ServiceManager {
  /** Runs a shell script among the services, as root or another user with the groups of that user. */
  run(script: string, user?: string): Promise<CliResult>;
  /** Runs a script that must succeed, and returns its stdout. */
  expect(script: string, user?: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts systemd.
 *
 * @param files Files to add, by their path there: copies of files here, with their modes.
 */
export async function startServiceManager(files: Readonly<Record<string, string>>): Promise<ServiceManager> {
  const folder = createScratch("systemd");
  const group = createGroupName();
  mkdirSync(join(folder, "files"));
  for (const [path, from] of Object.entries(files)) {
    mkdirSync(join(folder, "files", dirname(path)), { recursive: true });
    cpSync(from, join(folder, "files", path), { recursive: true });
  }
  const started = spawn("unshare", [...namespaces, "sh", "-c", prepare, folder, group, boot], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  started.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const closed = once(started, "close");
  const run = async (script: string, user = "root") => {
    const first = readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, "utf8").trim();
    const inside = ["--target", first, "--mount", "--pid", "--cgroup", "--ipc", "--uts", "--net", "--root", "--wd"];
    const as = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups"];
    const env = { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
    return runProgram("nsenter", [...inside, ...as, "sh", "-c", script], { env, timeoutMs: 100_000 });
  };
  const stop = async () => {
    started.kill("SIGKILL");
    await closed;
    for (let attempt = 0; attempt < 50 && !removeGroup(group); attempt++) await delay(100);
  };
  for (let attempt = 0; started.exitCode === null && attempt < 300; attempt++) {
    const { stdout } = await run("systemctl is-system-running").catch(() => ({ stdout: "" }));
    if (/^(?:running|degraded)$/m.test(stdout)) {
      const expect = async (script: string, user?: string) => {
        const { status, stdout: output, stderr } = await run(script, user);
        if (status !== 0) throw new Error(`"${script}" ended with status ${status}: ${output}${stderr}`);
        return output;
      };
      return { run, expect, stop };
    }
    await delay(100);
  }
  await stop();
  throw new Error(`systemd did not start: ${said}`);
}

/** Tells whether systemd can start in a namespace here. */
export function requireServiceManager(what: string): boolean {
  if (!requireTools(what, "unshare", "setpriv", "systemd-analyze")) return false;
  const [folder, group] = [createScratch("systemd"), createGroupName()];
  mkdirSync(join(folder, "files"));
  const mount = `mount -t cgroup2 cgroup2 groups && test -x root${systemd}`;
  const { status } = spawnSync("unshare", [...namespaces, "sh", "-c", prepare, folder, group, mount]);
  removeGroup(group);
  return requireCondition(what, status === 0, "root, who may start systemd in a namespace with unified control groups");
}
