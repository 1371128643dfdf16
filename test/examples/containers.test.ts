// Runs the containers of the examples as they stand: their commands, environment, users and the modes of their volumes.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { requireRoots, runInRoot, startInRoot, stopInRoot } from "../support/bare-root.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { openssl } from "../support/openssl.js";
import { createImage, environmentOf, makeFolder, mountVolumes, place, userOf } from "../support/pod.js";
import type { PodSpec } from "../support/pod.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const examples = fileURLToPath(new URL("../../examples", import.meta.url));
// The version of YAML in which 0440 is octal, as kubectl reads it.
const readAll = (name: string) =>
  parseAllDocuments(readFileSync(join(examples, name), "utf8"), { version: "1.1" }).map(
    (document) => document.toJS() as unknown,
  );
/** Its last object: what it needs stands before it. */
const read = (name: string) => readAll(name).at(-1);

const sidecar = read("kubernetes/sidecar.yaml") as { readonly spec: PodSpec };
/** `kubectl create secret tls` makes these members, and so does cert-manager. */
const tls = (certificate: string, key: string) => ({ "tls.crt": certificate, "tls.key": key });

describe.skipIf(!requireRoots("the containers of the examples"))("the container", () => {
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
    writable: readonly string[],
  ) {
    const { AWS_ENDPOINT_URL_STS = "" } = account.variables;
    const environment = {
      ...given,
      ...arns(),
      AWS_ENDPOINT_URL_ROLESANYWHERE: flags.get("endpoint") ?? account.url,
      AWS_ENDPOINT_URL_STS,
    };
    const started = startInRoot(root, [...words, "--port", "0"], user, environment, writable);
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

  async function expectSidecar(spec: PodSpec, secret: Readonly<Record<string, string>>) {
    const [container] = spec.initContainers ?? [];
    if (container === undefined) throw new Error("the pod has no sidecar");
    const image = createImage();
    const writable = mountVolumes(image, spec, container, { "app-certificate": secret });
    expect(container.securityContext?.readOnlyRootFilesystem).toBe(true);
    await expectToServe(image, container.args, userOf(spec), environmentOf(container), writable);
  }
  const own = () => tls(flags.get("certificate") ?? "", flags.get("private-key") ?? "");

  test("of kubernetes/sidecar.yaml serves", () => expectSidecar(sidecar.spec, own()));

  test.skipIf(!requireTools("a certificate as cert-manager issues it", "openssl"))(
    "of kubernetes/sidecar.yaml serves with the certificate that kubernetes/cert-manager.yaml asks for",
    async () => {
      const { folder, authority } = issueAsCertManager();
      const { trustAnchors } = account.state();
      // As the first lines of the file say: the certificate of the authority becomes the trust anchor.
      const certificates = readFileSync(authority, "utf8");
      account.updateState((state) => ({
        ...state,
        trustAnchors: trustAnchors.map((each) => ({ ...each, certificates })),
      }));
      try {
        await expectSidecar(sidecar.spec, tls(join(folder, "app.crt"), join(folder, "app.key")));
      } finally {
        account.updateState((state) => ({ ...state, trustAnchors }));
      }
    },
  );

  test.skipIf(!requireTools("what the API server makes of kubernetes/inject.yaml", "admission"))(
    "that kubernetes/inject.yaml adds serves, and every container of the pod finds it",
    async () => {
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "app", labels: { rolesanywhere: "serve" } },
        spec: {
          securityContext: sidecar.spec.securityContext,
          initContainers: [{ name: "migrate", image: "app", args: ["migrate"] }],
          containers: [{ name: "app", image: "app", env: [{ name: "AWS_REGION", value: "us-east-1" }] }],
        },
      };
      const admit = (input: object) => {
        const policy = join(examples, "kubernetes/inject.yaml");
        return JSON.parse(execFileSync("admission", [policy], { input: JSON.stringify(input), encoding: "utf8" })) as {
          readonly spec: PodSpec;
        };
      };
      const { spec } = admit(pod);
      const [added, migrate] = spec.initContainers ?? [];
      const [model] = sidecar.spec.initContainers ?? [];
      expect(added).toMatchObject({ args: model?.args, env: model?.env, image: model?.image, restartPolicy: "Always" });
      for (const container of [migrate, ...spec.containers]) {
        expect(container?.env.map(({ name }) => name).filter((name) => name.startsWith("AWS_CONTAINER"))).toEqual([
          "AWS_CONTAINER_CREDENTIALS_FULL_URI",
          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        ]);
        expect(container?.volumeMounts).toMatchObject([{ mountPath: "/run/rolesanywhere", readOnly: true }]);
      }
      // The API server may ask a policy again.
      expect(admit({ ...pod, spec }).spec).toEqual(spec);
      await expectSidecar(spec, own());
    },
  );

  test("of kubernetes/scan-job.yaml writes the slice of its index", async () => {
    const { spec } = (
      read("kubernetes/scan-job.yaml") as { readonly spec: { readonly template: { readonly spec: PodSpec } } }
    ).spec.template;
    const [container] = spec.containers;
    if (container === undefined) throw new Error("the job has no container");
    const server = await startDynalite();
    try {
      await createTable(server, "orders");
      await putItems(server, "orders", [{ pk: { S: "order-1" } }, { pk: { S: "order-2" } }]);
      const image = createImage();
      const [certificate = "", key = ""] = Object.values(own());
      const secret = { "client.pem": certificate, "client.key": key };
      const writable = mountVolumes(image, spec, container, { "rolesanywhere-certificate": secret });
      const environment = {
        ...environmentOf(container),
        ...arns(),
        AWS_ENDPOINT_URL_ROLESANYWHERE: account.url,
        AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${server.port}`,
        // Kubernetes sets it in a Job with completionMode Indexed.
        JOB_COMPLETION_INDEX: "3",
      };
      const run = await runInRoot(image, container.args, { user: userOf(spec), environment, writable });
      expect({ status: run.status, stdout: run.stdout }, run.stderr).toEqual({ status: 0, stdout: "" });
      expect(readdirSync(join(image, "data/checkpoints"))).toEqual(["shard-3"]);
      expect(readdirSync(join(image, "data/orders"))).toHaveLength(16);
    } finally {
      await server.close();
    }
  });

  test("of docker-compose/compose.yaml serves after the steps that it names", async () => {
    const text = readFileSync(join(examples, "docker-compose/compose.yaml"), "utf8");
    const { services } = read("docker-compose/compose.yaml") as {
      readonly services: Readonly<
        Record<
          string,
          {
            readonly user: string;
            readonly read_only?: boolean;
            readonly command: readonly string[];
            readonly environment: Readonly<Record<string, string>>;
          }
        >
      >;
    };
    const service = services["credentials"];
    const [uid = 0, gid = 0] = (service?.user ?? "").split(":").map(Number);
    const image = createImage();
    // The lines of the comment that make ./pki, here from files of the emulator and without sudo, which root needs not.
    const steps = [...text.matchAll(/^#     ((?:mkdir|sudo) .*)$/gm)].map(([, line = ""]) => line);
    expect(steps).toHaveLength(2);
    const page = readFileSync(join(root, "docs/containers.md"), "utf8");
    for (const step of steps) expect(page).toContain(step);
    const files = createScratch("etc-pki");
    place(files, "client.pem", flags.get("certificate") ?? "", [0, 0, 0o644]);
    place(files, "client.key", flags.get("private-key") ?? "", [0, 0, 0o600]);
    const script = steps.join("\n").replaceAll("sudo ", "").replaceAll("/etc/pki", files);
    execFileSync("sh", ["-e", "-c", script], { cwd: image });
    expect(statSync(join(image, "pki/client.key")).mode & 0o777).toBe(0o400);
    // The tmpfs of its volume.
    makeFolder(image, "/run/rolesanywhere", [uid, gid, 0o700]);
    expect(service?.read_only).toBe(true);
    const { command = [], environment = {}, user = "" } = service ?? {};
    await expectToServe(image, command, user, environment, ["/run/rolesanywhere"]);
  });
});

test.each(["kubernetes/sidecar.yaml", "kubernetes/scan-job.yaml", "kubernetes/read-s3-job.yaml"])(
  "%s lets its user read the secret",
  (name) => {
    const { spec } = read(name) as { readonly spec: PodSpec & { readonly template?: { readonly spec: PodSpec } } };
    const { securityContext, volumes, containers, initContainers = [] } = spec.template?.spec ?? spec;
    expect(securityContext).toMatchObject({ runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 });
    expect(volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret.defaultMode]))).toEqual([0o440]);
    const [own] = [...initContainers, ...containers];
    expect(own?.args[0]).toBe("/usr/local/bin/rolesanywhere-ts");
  },
);

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

/** Makes the authority and the leaf of kubernetes/cert-manager.yaml, with the fields that stand there. */
function issueAsCertManager(): { readonly folder: string; readonly authority: string } {
  interface Certificate {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly commonName: string;
      readonly isCA?: boolean;
      readonly subject?: { readonly organizations: readonly string[] };
      readonly duration: string;
      readonly usages: readonly string[];
      readonly privateKey: { readonly algorithm: string; readonly size: number };
    };
  }
  const certificates = (readAll("kubernetes/cert-manager.yaml") as readonly Certificate[]).filter(
    ({ kind }) => kind === "Certificate",
  );
  const folder = createScratch("cert-manager");
  const names: Readonly<Record<string, string>> = {
    "cert sign": "keyUsage=critical,keyCertSign",
    "crl sign": "keyUsage=critical,cRLSign",
    "digital signature": "keyUsage=critical,digitalSignature",
    "client auth": "extendedKeyUsage=clientAuth",
  };
  for (const { metadata, spec } of certificates) {
    expect(spec.privateKey).toMatchObject({ algorithm: "ECDSA", size: 256 });
    const usages = spec.usages.map((usage) => names[usage] ?? usage);
    const keyUsages = usages.filter((usage) => usage.startsWith("keyUsage=critical,")).map((usage) => usage.slice(18));
    const extensions = [
      `keyUsage=critical,${keyUsages.join(",")}`,
      ...usages.filter((usage) => usage.startsWith("extended")),
      `basicConstraints=critical,CA:${spec.isCA === true ? "TRUE" : "FALSE"}`,
    ];
    const subject = [...(spec.subject?.organizations.map((each) => `/O=${each}`) ?? []), `/CN=${spec.commonName}`];
    const signer = spec.isCA === true ? [] : ["-CA", "workloads-ca.crt", "-CAkey", "workloads-ca.key"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const files = ["-keyout", `${metadata.name}.key`, "-out", `${metadata.name}.crt`];
    const days = String(Number.parseInt(spec.duration, 10) / 24);
    const added = extensions.flatMap((extension) => ["-addext", extension]);
    const words = ["-x509", ...key, ...files, "-subj", subject.join(""), "-days", days, ...signer, ...added];
    openssl(folder, "req", ...words);
  }
  return { folder, authority: join(folder, "workloads-ca.crt") };
}

test("examples/image/Dockerfile makes the image that the manifests name, from a file of the build", () => {
  const lines = readFileSync(join(examples, "image/Dockerfile"), "utf8").trim().split("\n");
  const [, source = "", target = ""] = /^COPY --chmod=755 (\S+) (\S+)$/.exec(lines[1] ?? "") ?? [];
  expect(statSync(join(root, "dist", source)).isFile()).toBe(true);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
  const job = read("kubernetes/scan-job.yaml") as { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  const inject = readFileSync(join(examples, "kubernetes/inject.yaml"), "utf8");
  for (const { securityContext, initContainers = [], containers } of [sidecar.spec, job.spec.template.spec]) {
    const [own] = [...initContainers, ...containers];
    if (own === undefined) throw new Error("the pod has no container");
    expect(own.image).toBe(`registry.example.com/rolesanywhere-ts:${version}`);
    expect(own.args[0]).toBe(target);
    expect(lines[2]).toBe(`USER ${securityContext.runAsUser}:${securityContext.runAsGroup}`);
    expect(inject).toContain(`image: "${own.image}"`);
  }
  const build = `docker build -t registry.example.com/rolesanywhere-ts:${version} -f examples/image/Dockerfile dist`;
  expect(readFileSync(join(examples, "kubernetes/sidecar.yaml"), "utf8")).toContain(build);
});
