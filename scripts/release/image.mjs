// Builds an OCI image of an edition without a daemon and without a base image: the executable, its C library, a non-root user,
// licences and bill of materials. One archive has all architectures; `podman load`, `docker load`, skopeo and crane read it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { commitTime, linuxArchitectures, manifest, root, run, sha256, version } from "./paths.mjs";
import { writeTar } from "./tar.mjs";

/** User of the image, as in distroless images. A number lets Kubernetes verify that it is not root. */
const user = 65532;
const media = (kind) => `application/vnd.oci.image.${kind}+json`;
const loaders = { amd64: ["lib64/", "ld-linux-x86-64.so.2"], arm64: ["lib/", "ld-linux-aarch64.so.1"] };

/**
 * @typedef {object} Edition
 * @property {string} tag In OCI's index: what the image is called beside those of other editions.
 * @property {string} title
 * @property {string} description
 * @property {string} command What runs if the container gets no arguments.
 * @property {Readonly<Record<string, string>>} executables By processor, as Node.js names it.
 * @property {readonly string[]} libraries Files of the C library that it links to or loads, beside the dynamic loader.
 * @property {Readonly<Record<string, string>>} papers Files by their name in the image.
 *
 * @param {Edition} edition
 * @param {(architecture: string) => import("./image-base.mjs").Base} baseOf
 * @param {string} file The archive to write.
 */
export function makeImage(edition, baseOf, file, project) {
  const blobs = new Map();
  const put = (bytes) => {
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { digest: `sha256:${digest}`, size: bytes.length };
  };
  const putJson = (value) => put(Buffer.from(JSON.stringify(value)));
  const manifests = Object.entries(edition.executables).map(([processor, executable]) => {
    const architecture = linuxArchitectures[processor];
    const base = baseOf(architecture);
    const layers = [systemLayer(architecture, base, edition.libraries), programLayer(executable, edition.papers)];
    const labels = labelsOf(edition, base, project);
    const config = putJson(configOf(edition, architecture, layers, labels));
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
  writeFileSync(file, layout(edition.tag, index, blobs));
}

/** Writes an OCI layout: the blobs by digest, and an index that names the image. */
function layout(tag, index, blobs) {
  const named = {
    schemaVersion: 2,
    mediaType: media("index.v1"),
    manifests: [{ mediaType: media("index.v1"), ...index, annotations: { "org.opencontainers.image.ref.name": tag } }],
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

function systemLayer(architecture, base, names) {
  const [loaderFolder, loader] = loaders[architecture];
  const dataOf = (name) => {
    const data = base.libraries.get(name);
    if (data === undefined) throw new Error(`${base.package.name} for ${architecture} has no ${name}`);
    return data;
  };
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
      text("usr/share/doc/libc6/copyright", base.copyright),
      ...names.map((name) => ({ name: `lib/${triplet}/${name}`, mode: 0o644, data: dataOf(name) })),
      { name: `${loaderFolder}${loader}`, mode: 0o755, data: dataOf(loader) },
    ],
    commitTime(),
  );
}

function programLayer(executable, papers) {
  const documentation = "usr/share/doc/rolesanywhere-ts/";
  const files = { LICENSE: join(root, "LICENSE"), ...papers };
  return writeTar(
    [
      { name: documentation, mode: 0o755 },
      { name: "usr/bin/rolesanywhere-ts", mode: 0o755, data: readFileSync(executable) },
      ...Object.entries(files).map(([name, path]) => ({
        name: `${documentation}${name}`,
        mode: 0o644,
        data: readFileSync(path),
      })),
    ],
    commitTime(),
  );
}

function configOf({ command }, architecture, layers, labels) {
  const created = new Date(commitTime() * 1000).toISOString();
  return {
    created,
    architecture,
    os: "linux",
    config: {
      User: `${user}:${user}`,
      Env: ["PATH=/usr/bin", "HOME=/home/nonroot"],
      Entrypoint: ["/usr/bin/rolesanywhere-ts"],
      Cmd: [command],
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

function labelsOf({ title, description }, base, { repository }) {
  const key = (name) => `org.opencontainers.image.${name}`;
  const url = repository === undefined ? undefined : `https://github.com/${repository}`;
  return {
    [key("title")]: title,
    [key("description")]: description,
    [key("version")]: version,
    [key("revision")]: run("git", ["rev-parse", "HEAD"]).trim(),
    [key("licenses")]: manifest.license,
    ...(url === undefined ? {} : { [key("url")]: url, [key("source")]: url }),
    "base.package": `${base.package.name} ${base.package.version}`,
    "base.package.sha256": base.package.sha256,
  };
}
