// Root folders for the containers of a pod: an image with Node.js and the program, and the volumes as the kubelet makes them.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { executable } from "./run-cli.js";
import { createScratch } from "./scratch.js";

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
}

export interface PodSpec {
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number; readonly fsGroup: number };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly defaultMode: number };
  }[];
}

type Owner = readonly [uid: number, gid: number, mode: number];

/** Makes a root folder with what `FROM node` and the executable give: Node.js, its libraries, `env` and `sh`. */
export function createImage(program = "/usr/local/bin/rolesanywhere-ts"): string {
  const root = createScratch("image");
  const copy = (from: string, to = from) => {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(realpathSync(from), join(root, to));
    chmodSync(join(root, to), 0o755);
  };
  for (const needed of [process.execPath, "/usr/bin/env", "/bin/sh"]) {
    const { stdout } = spawnSync("ldd", [needed], { encoding: "utf8" });
    for (const [, library = ""] of stdout.matchAll(/(\/\S+) \(0x/g))
      if (!existsSync(join(root, library))) copy(library);
  }
  copy(process.execPath, "/usr/bin/node");
  copy("/usr/bin/env");
  copy("/bin/sh");
  copy(executable, program);
  chmodSync(root, 0o755);
  mkdirSync(join(root, "tmp"), { mode: 0o1777 });
  return root;
}

/** Puts a file into a root folder, with its owner and mode. */
export function place(root: string, path: string, from: string, [uid, gid, mode]: Owner): void {
  copyFileSync(from, join(root, path));
  chownSync(join(root, path), uid, gid);
  chmodSync(join(root, path), mode);
}

export function makeFolder(root: string, path: string, [uid, gid, mode]: Owner): void {
  mkdirSync(join(root, path), { recursive: true });
  chownSync(join(root, path), uid, gid);
  chmodSync(join(root, path), mode);
}

/**
 * Makes the volumes of a container, as the kubelet makes them for `fsGroup`.
 *
 * @param secrets The files of each secret: their paths here by the names of their members.
 * @returns The folders that the container may write to.
 */
export function mountVolumes(
  root: string,
  { securityContext: { fsGroup }, volumes }: PodSpec,
  { volumeMounts }: Container,
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): readonly string[] {
  for (const { name, mountPath } of volumeMounts) {
    const volume = volumes.find((each) => each.name === name);
    if (volume === undefined) throw new Error(`no volume is named ${name}`);
    makeFolder(root, mountPath, [0, fsGroup, volume.secret === undefined ? 0o2777 : 0o3777]);
    if (volume.secret === undefined) continue;
    const files = secrets[volume.secret.secretName];
    if (files === undefined) throw new Error(`no secret is named ${volume.secret.secretName}`);
    for (const [member, from] of Object.entries(files))
      place(root, join(mountPath, member), from, [0, fsGroup, volume.secret.defaultMode]);
  }
  return volumeMounts.flatMap(({ mountPath, readOnly }) => (readOnly === true ? [] : [mountPath]));
}

export const userOf = ({ securityContext: { runAsUser, runAsGroup } }: PodSpec): string => `${runAsUser}:${runAsGroup}`;

export const environmentOf = ({ env }: Container): Readonly<Record<string, string>> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
