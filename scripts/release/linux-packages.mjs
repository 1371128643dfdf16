// Builds .deb and .rpm with nfpm: the standalone executable, manual page, completion, systemd units and their system user.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { commitTime, description, linuxArchitectures, manifest, root, run, version } from "./paths.mjs";

const linux = join(root, "packaging/linux");
/** The units are those of the examples, with the executable where packages put it. */
const systemd = join(root, "examples/systemd");
const services = ["serve", "update", "renew"].map((name) => `rolesanywhere-${name}.service`);
const completions = {
  bash: "/usr/share/bash-completion/completions/rolesanywhere-ts",
  fish: "/usr/share/fish/vendor_completions.d/rolesanywhere-ts.fish",
  zsh: {
    deb: "/usr/share/zsh/vendor-completions/_rolesanywhere-ts",
    rpm: "/usr/share/zsh/site-functions/_rolesanywhere-ts",
  },
};

/**
 * @param {string} executable The standalone file of that processor.
 * @returns {readonly string[]} The names of the files made in `folder`.
 */
export function makeLinuxPackages(executable, processor, folder, project) {
  const staging = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-linux-"));
  try {
    const files = stage(staging, executable);
    return ["deb", "rpm"].map((format) => {
      const config = join(staging, `${format}.json`);
      writeFileSync(config, JSON.stringify(nfpmConfig(files, linuxArchitectures[processor], format, project)));
      const name = `rolesanywhere-ts-${version}-linux-${processor}.${format}`;
      const env = { ...process.env, SOURCE_DATE_EPOCH: String(commitTime()) };
      run("nfpm", ["package", "--config", config, "--packager", format, "--target", join(folder, name)], { env });
      return name;
    });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Collects all generated files of the packages in one folder. */
function stage(staging, executable) {
  const into = (name) => join(staging, name);
  copyFileSync(executable, into("rolesanywhere-ts"));
  writeFileSync(
    into("rolesanywhere-ts.1.gz"),
    gzipSync(readFileSync(join(root, "dist/rolesanywhere-ts.1")), { level: 9 }),
  );
  for (const shell of Object.keys(completions))
    writeFileSync(into(shell), run(process.execPath, [join(root, "dist/rolesanywhere-ts.cjs"), "completion", shell]));
  for (const unit of services) {
    const text = readFileSync(join(systemd, unit), "utf8");
    writeFileSync(into(unit), text.replaceAll("/usr/local/bin/", "/usr/bin/"));
  }
  const copyright = `Source: the project's repository\nLicense: Apache-2.0\n\n${readFileSync(join(root, "LICENSE"), "utf8")}`;
  writeFileSync(into("copyright"), copyright);
  return into;
}

/** nfpm reads YAML, and JSON is YAML. */
function nfpmConfig(staged, architecture, format, { repository, securityContact }) {
  const plain = (src, dst, mode = 0o644) => ({ src, dst, file_info: { mode, owner: "root", group: "root" } });
  const documentation = "/usr/share/doc/rolesanywhere-ts";
  return {
    name: manifest.name,
    arch: architecture,
    platform: "linux",
    version,
    section: "admin",
    priority: "optional",
    maintainer: `The maintainers of rolesanywhere-ts${securityContact === undefined ? "" : ` <${securityContact}>`}`,
    description,
    ...(repository === undefined ? {} : { homepage: `https://github.com/${repository}` }),
    license: manifest.license,
    mtime: new Date(commitTime() * 1000).toISOString(),
    contents: [
      plain(staged("rolesanywhere-ts"), "/usr/bin/rolesanywhere-ts", 0o755),
      plain(staged("rolesanywhere-ts.1.gz"), "/usr/share/man/man1/rolesanywhere-ts.1.gz"),
      plain(staged("bash"), completions.bash),
      plain(staged("fish"), completions.fish),
      plain(staged("zsh"), completions.zsh[format]),
      ...services.map((unit) => plain(staged(unit), `/usr/lib/systemd/system/${unit}`)),
      plain(join(systemd, "sysusers.conf"), "/usr/lib/sysusers.d/rolesanywhere-ts.conf"),
      { ...plain(join(systemd, "config"), "/etc/rolesanywhere/config", 0o640), type: "config|noreplace" },
      plain(staged("copyright"), `${documentation}/copyright`),
      plain(join(root, "dist/THIRD-PARTY-LICENSES.txt"), `${documentation}/THIRD-PARTY-LICENSES.txt`),
      plain(join(root, "CHANGELOG.md"), `${documentation}/CHANGELOG.md`),
    ],
    scripts: { postinstall: join(linux, "postinstall.sh"), preremove: join(linux, "preremove.sh") },
    overrides: {
      deb: { depends: ["libc6 (>= 2.17)", "passwd"], recommends: ["ca-certificates"] },
      rpm: { depends: ["glibc >= 2.17", "/usr/sbin/useradd"], recommends: ["ca-certificates"] },
    },
    deb: { compression: "gzip" },
    rpm: { compression: "gzip", summary: description },
  };
}
