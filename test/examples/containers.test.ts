// Runs the containers of the examples as they stand: their commands, environment, users and the modes of their volumes.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { requireRoots, startInRoot, stopInRoot } from "../support/bare-root.js";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { executable } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
// The version of YAML in which 0440 is octal, as kubectl reads it.
const readAll = (name: string) =>
  parseAllDocuments(readFileSync(join(examples, name), "utf8"), { version: "1.1" }).map(
    (document) => document.toJS() as unknown,
  );
/** Its last object: what it needs stands before it. */
const read = (name: string) => readAll(name).at(-1);

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface PodSpec {
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number; readonly fsGroup: number };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly defaultMode: number };
  }[];
}

/** A root folder with what `FROM node` and the executable give: Node.js, its libraries, `env` and `sh`. */
function createImage(): string {
  const root = createScratch("image");
  const copy = (from: string, to = from) => {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(realpathSync(from), join(root, to));
    chmodSync(join(root, to), 0o755);
  };
  const programs = [process.execPath, "/usr/bin/env", "/bin/sh"];
  for (const program of programs) {
    const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
    for (const [, library = ""] of stdout.matchAll(/(\/\S+) \(0x/g))
      if (!existsSync(join(root, library))) copy(library);
  }
  copy(process.execPath, "/usr/bin/node");
  copy("/usr/bin/env");
  copy("/bin/sh");
  copy(executable, "/usr/local/bin/rolesanywhere-ts");
  chmodSync(root, 0o755);
  mkdirSync(join(root, "tmp"), { mode: 0o1777 });
  return root;
}

/** A file of a volume. */
function place(root: string, path: string, from: string, [uid, gid, mode]: readonly [number, number, number]): void {
  copyFileSync(from, join(root, path));
  chownSync(join(root, path), uid, gid);
  chmodSync(join(root, path), mode);
}

function makeFolder(root: string, path: string, [uid, gid, mode]: readonly [number, number, number]): void {
  mkdirSync(join(root, path), { recursive: true });
  chownSync(join(root, path), uid, gid);
  chmodSync(join(root, path), mode);
}

describe.skipIf(!requireRoots("the containers of the examples"))("the container that serves", () => {
  let account: EmulatorAccount;
  const flags = new Map<string, string>();
  beforeAll(async () => {
    account = await startEmulatorAccount();
    for (let at = 0; at < account.flags.length; at += 2) {
      flags.set(account.flags[at]?.slice(2) ?? "", account.flags[at + 1] ?? "");
    }
  });
  afterAll(() => account.stop());

  const arns = () =>
    Object.fromEntries(
      ["trust-anchor-arn", "profile-arn", "role-arn"].map((name) => [
        `ROLESANYWHERE_TS_${name.toUpperCase().replaceAll("-", "_")}`,
        flags.get(name) ?? "",
      ]),
    );

  /** As in the example, but for ARNs, endpoints and the port, which other tests may use. */
  async function expectToServe(
    root: string,
    words: readonly string[],
    user: string,
    given: Readonly<Record<string, string>>,
  ) {
    const { AWS_ENDPOINT_URL_STS = "" } = account.variables;
    const environment = {
      ...given,
      ...arns(),
      AWS_ENDPOINT_URL_ROLESANYWHERE: flags.get("endpoint") ?? account.url,
      AWS_ENDPOINT_URL_STS,
    };
    const started = startInRoot(root, [...words, "--port", "0"], user, environment);
    let said = "";
    const url = await new Promise<string>((resolve, reject) => {
      started.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const [, found] = /AWS_CONTAINER_CREDENTIALS_FULL_URI=(http:\S+)\/credentials/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
      started.once("close", () => reject(new Error(said)));
    });
    const token = join(root, "run/rolesanywhere/token");
    const Authorization = readFileSync(token, "utf8");
    const answers = await Promise.all([
      fetch(`${url}/healthz`),
      fetch(`${url}/credentials`, { headers: { Authorization } }),
      fetch(`${url}/credentials`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401]);
    expect(`${statSync(token).uid}:${statSync(token).gid}`).toBe(user);
    expect(statSync(token).mode & 0o777).toBe(0o600);
    await stopInRoot(started);
  }

  test("starts in the pod of kubernetes/sidecar.yaml", async () => {
    const { spec } = read("kubernetes/sidecar.yaml") as { readonly spec: PodSpec };
    const { runAsUser, runAsGroup, fsGroup } = spec.securityContext;
    const [container] = spec.initContainers ?? [];
    const root = createImage();
    for (const { name, mountPath } of container?.volumeMounts ?? []) {
      const secret = spec.volumes.find((volume) => volume.name === name)?.secret;
      // As the kubelet makes them for fsGroup.
      makeFolder(root, mountPath, [0, fsGroup, secret === undefined ? 0o2777 : 0o3777]);
      if (secret === undefined) continue;
      place(root, join(mountPath, "tls.crt"), flags.get("certificate") ?? "", [0, fsGroup, secret.defaultMode]);
      place(root, join(mountPath, "tls.key"), flags.get("private-key") ?? "", [0, fsGroup, secret.defaultMode]);
    }
    const environment = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
    await expectToServe(root, container?.args ?? [], `${runAsUser}:${runAsGroup}`, environment);
  });

  test("starts in docker-compose/compose.yaml", async () => {
    const { services } = read("docker-compose/compose.yaml") as {
      readonly services: Readonly<
        Record<string, { user: string; command: readonly string[]; environment: Readonly<Record<string, string>> }>
      >;
    };
    const service = services["credentials"];
    const [uid = 0, gid = 0] = (service?.user ?? "").split(":").map(Number);
    const root = createImage();
    makeFolder(root, "/pki", [uid, gid, 0o500]);
    place(root, "/pki/client.pem", flags.get("certificate") ?? "", [uid, gid, 0o644]);
    place(root, "/pki/client.key", flags.get("private-key") ?? "", [uid, gid, 0o400]);
    makeFolder(root, "/run/rolesanywhere", [uid, gid, 0o700]);
    await expectToServe(root, service?.command ?? [], service?.user ?? "", service?.environment ?? {});
  });
});

test.each(["kubernetes/sidecar.yaml", "kubernetes/scan-job.yaml"])("%s lets its user read the secret", (name) => {
  const { spec } = read(name) as { readonly spec: PodSpec & { readonly template?: { readonly spec: PodSpec } } };
  const { securityContext, volumes, containers, initContainers = [] } = spec.template?.spec ?? spec;
  expect(securityContext).toMatchObject({ runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 });
  expect(volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret.defaultMode]))).toEqual([0o440]);
  const [own] = [...initContainers, ...containers];
  expect(own?.args[0]).toBe("/usr/local/bin/rolesanywhere-ts");
});

test("kubernetes/scan-job.yaml makes the volume claim that its pods mount", () => {
  const [claim, job] = readAll("kubernetes/scan-job.yaml") as [
    { readonly kind: string; readonly metadata: { readonly name: string } },
    {
      readonly spec: {
        readonly template: {
          readonly spec: { readonly volumes: readonly { persistentVolumeClaim?: { claimName: string } }[] };
        };
      };
    },
  ];
  expect(claim.kind).toBe("PersistentVolumeClaim");
  const claims = job.spec.template.spec.volumes.flatMap(({ persistentVolumeClaim: found }) => found?.claimName ?? []);
  expect(claims).toEqual([claim.metadata.name]);
});

test("kubernetes/cert-manager.yaml issues the secret of sidecar.yaml by an authority that it makes", () => {
  interface Resource {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly secretName?: string;
      readonly isCA?: boolean;
      readonly issuerRef?: { readonly name: string; readonly kind: string };
      readonly ca?: { readonly secretName: string };
      readonly usages?: readonly string[];
    };
  }
  const resources = readAll("kubernetes/cert-manager.yaml") as readonly Resource[];
  const named = (kind: string, name: string | undefined) =>
    resources.find((each) => each.kind === kind && each.metadata.name === name)?.spec;
  const { spec } = read("kubernetes/sidecar.yaml") as {
    readonly spec: { readonly volumes: readonly { readonly secret?: { readonly secretName: string } }[] };
  };
  const wanted = spec.volumes.flatMap(({ secret }) => secret?.secretName ?? []);
  const leaf = resources.find(({ spec: { secretName } }) => secretName === wanted[0])?.spec;
  expect(leaf?.usages).toContain("digital signature");
  const issuer = named("Issuer", leaf?.issuerRef?.name);
  const authority = resources.find(({ spec: { secretName } }) => secretName === issuer?.ca?.secretName)?.spec;
  expect(authority).toMatchObject({ isCA: true, issuerRef: { name: "self-signed", kind: "Issuer" } });
  expect(named("Issuer", authority?.issuerRef?.name)).toEqual({ selfSigned: {} });
});

test("kubernetes/inject.yaml adds the container and the variables of sidecar.yaml", () => {
  const { spec } = read("kubernetes/sidecar.yaml") as { readonly spec: PodSpec };
  const [policy] = readAll("kubernetes/inject.yaml") as readonly {
    readonly spec: { readonly mutations: readonly { readonly applyConfiguration: { readonly expression: string } }[] };
  }[];
  const expression = policy?.spec.mutations[0]?.applyConfiguration.expression ?? "";
  const pairs = (text: string) =>
    Object.fromEntries(
      [...text.matchAll(/name: "([A-Z_]+)",\s+value: "([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
  const environmentOf = (containers: readonly Container[] | undefined) =>
    Object.fromEntries((containers?.[0]?.env ?? []).map(({ name, value }) => [name, value]));
  const { AWS_REGION: _, AWS_DEFAULT_REGION: _other, ...application } = environmentOf(spec.containers);
  expect(pairs(expression)).toEqual({ ...environmentOf(spec.initContainers), ...application });
  const [, words = ""] = /args: \[([^\]]*)\]/.exec(expression) ?? [];
  expect(words.match(/(?<=")[^",]+(?=")/g)).toEqual(spec.initContainers?.[0]?.args);
  expect(expression).toContain(`defaultMode: ${String(0o440)}}`);
  for (const { mountPath } of spec.initContainers?.[0]?.volumeMounts ?? []) {
    expect(expression).toContain(`mountPath: "${mountPath}"`);
  }
});
