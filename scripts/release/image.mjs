// Builds an OCI image without a daemon and without a base image: the standalone executable, its C library, a non-root user,
// licences and bill of materials. One archive has all architectures; `podman load`, `docker load`, skopeo and crane read it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fetchCLibrary } from "./image-base.mjs";
import { commitTime, description, linuxArchitectures, manifest, root, run, sha256, version } from "./paths.mjs";
import { writeTar } from "./tar.mjs";

/** User of the image, as in distroless images. A number lets Kubernetes verify that it is not root. */
const user = 65532;
const media = (kind) => `application/vnd.oci.image.${kind}+json`;
const loaders = { amd64: ["lib64/", "ld-linux-x86-64.so.2"], arm64: ["lib/", "ld-linux-aarch64.so.1"] };

/**
 * @param {Readonly<Record<string, string>>} executables Standalone files by processor, as Node.js names it.
 * @returns {string} The name of the file made in `folder`.
 */
export function makeImage(executables, bill, folder, project) {
  const blobs = new Map();
  const put = (bytes) => {
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { digest: `sha256:${digest}`, size: bytes.length };
  };
  const putJson = (value) => put(Buffer.from(JSON.stringify(value)));
  const manifests = Object.entries(executables).map(([processor, executable]) => {
    const architecture = linuxArchitectures[processor];
    const base = fetchCLibrary(architecture);
    const layers = [systemLayer(architecture, base), programLayer(executable, bill)];
    const labels = labelsOf(base, project);
    const config = putJson(configOf(architecture, layers, labels));
    const described = layers.map((tar) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      ...put(gzipSync(tar, { level: 9 })),
    }));
    const digest = putJson({
      schemaVersion: 2,
      mediaType: media("manifest.v1"),
      config: { mediaType: media("config.v1"), ...config },
      layers: described,
      annotations: labels,
    });
    return { mediaType: media("manifest.v1"), ...digest, platform: { architecture, os: "linux" } };
  });
  const index = putJson({ schemaVersion: 2, mediaType: media("index.v1"), manifests });
  const name = `rolesanywhere-ts-${version}-image.tar`;
  writeFileSync(join(folder, name), layout(index, blobs));
  return name;
}

/** Writes an OCI layout: the blobs by digest, and an index that names the image. */
function layout(index, blobs) {
  const named = {
    schemaVersion: 2,
    mediaType: media("index.v1"),
    manifests: [
      { mediaType: media("index.v1"), ...index, annotations: { "org.opencontainers.image.ref.name": version } },
    ],
  };
  const file = (name, data) => ({ name, mode: 0o644, data });
  const folder = (name) => ({ name, mode: 0o755 });
  return writeTar(
    [
      folder("blobs/"),
      folder("blobs/sha256/"),
      ...[...blobs].map(([digest, bytes]) => file(`blobs/sha256/${digest}`, bytes)),
      file("index.json", Buffer.from(JSON.stringify(named))),
      file("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    ],
    commitTime(),
  );
}

function systemLayer(architecture, { libraries, copyright }) {
  const [loaderFolder, loader] = loaders[architecture];
  const triplet = architecture === "amd64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
  const folders = [
    "etc/",
    "home/",
    "lib/",
    "run/",
    "usr/",
    "usr/bin/",
    "usr/share/",
    "usr/share/doc/",
    "usr/share/doc/libc6/",
    "var/",
  ];
  const text = (name, content, mode = 0o644) => ({ name, mode, data: Buffer.from(content) });
  const own = { mode: 0o700, uid: user, gid: user };
  return writeTar(
    [
      ...[...new Set([...folders, loaderFolder, `lib/${triplet}/`])].map((name) => ({ name, mode: 0o755 })),
      { name: "home/nonroot/", ...own },
      { name: "run/rolesanywhere/", ...own },
      { name: "tmp/", mode: 0o1777 },
      text(
        "etc/passwd",
        `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${user}:${user}:nonroot:/home/nonroot:/sbin/nologin\n`,
      ),
      text("etc/group", `root:x:0:\nnonroot:x:${user}:\n`),
      text("etc/nsswitch.conf", "hosts: files dns\n"),
      text("usr/share/doc/libc6/copyright", copyright),
      ...[...libraries]
        .filter(([name]) => name !== loader)
        .map(([name, data]) => ({ name: `lib/${triplet}/${name}`, mode: 0o644, data })),
      { name: `${loaderFolder}${loader}`, mode: 0o755, data: libraries.get(loader) },
    ],
    commitTime(),
  );
}

function programLayer(executable, bill) {
  const documentation = "usr/share/doc/rolesanywhere-ts/";
  const paper = (name, path) => ({ name: `${documentation}${name}`, mode: 0o644, data: readFileSync(path) });
  return writeTar(
    [
      { name: documentation, mode: 0o755 },
      { name: "usr/bin/rolesanywhere-ts", mode: 0o755, data: readFileSync(executable) },
      paper("LICENSE", join(root, "LICENSE")),
      paper("THIRD-PARTY-LICENSES.txt", join(root, "dist/THIRD-PARTY-LICENSES.txt")),
      paper("sbom.cdx.json", bill),
    ],
    commitTime(),
  );
}

function configOf(architecture, layers, labels) {
  const created = new Date(commitTime() * 1000).toISOString();
  return {
    created,
    architecture,
    os: "linux",
    config: {
      User: `${user}:${user}`,
      Env: ["PATH=/usr/bin", "HOME=/home/nonroot"],
      Entrypoint: ["/usr/bin/rolesanywhere-ts"],
      Cmd: ["--help"],
      WorkingDir: "/home/nonroot",
      Labels: labels,
    },
    rootfs: { type: "layers", diff_ids: layers.map((tar) => `sha256:${sha256(tar)}`) },
    history: [
      { created, created_by: "the C library and a user", comment: "packages: libc6" },
      { created, created_by: "the executable and its papers" },
    ],
  };
}

function labelsOf(base, { repository }) {
  const key = (name) => `org.opencontainers.image.${name}`;
  const url = repository === undefined ? undefined : `https://github.com/${repository}`;
  return {
    [key("title")]: manifest.name,
    [key("description")]: description,
    [key("version")]: version,
    [key("revision")]: run("git", ["rev-parse", "HEAD"]).trim(),
    [key("licenses")]: manifest.license,
    ...(url === undefined ? {} : { [key("url")]: url, [key("source")]: url }),
    "base.package": `${base.package.name} ${base.package.version}`,
    "base.package.sha256": base.package.sha256,
  };
}
