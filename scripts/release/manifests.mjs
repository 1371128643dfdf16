// Manifests for Homebrew, Scoop and winget. They contain download URLs, so project.json must name a repository.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { description, manifest, sha256, version } from "./paths.mjs";

const homebrewSystems = [
  ["on_macos", "on_arm", "darwin-arm64"],
  ["on_macos", "on_intel", "darwin-x64"],
  ["on_linux", "on_arm", "linux-arm64"],
  ["on_linux", "on_intel", "linux-x64"],
];

/** @returns {readonly string[]} The names of the files made in `folder`. */
export function makeManifests(folder, { repository }) {
  const source = {
    homepage: `https://github.com/${repository}`,
    url: (file) => `https://github.com/${repository}/releases/download/v${version}/${file}`,
    sum: (file) => sha256(readFileSync(join(folder, file))),
    publisher: repository.split("/")[0],
  };
  const written = [
    ["rolesanywhere-ts.rb", homebrewFormula(source)],
    ["rolesanywhere-ts.json", `${JSON.stringify(scoopManifest(source), undefined, 2)}\n`],
    ...Object.entries(wingetManifests(source)),
  ];
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of written) writeFileSync(join(folder, name), text);
  return written.map(([name]) => name);
}

const fileOf = (target) => `rolesanywhere-ts-${version}-${target}`;

function homebrewFormula({ homepage, url, sum }) {
  const systems = ["on_macos", "on_linux"].map((system) => {
    const processors = homebrewSystems
      .filter(([of]) => of === system)
      .map(([, processor, target]) => {
        const file = fileOf(target);
        return `    ${processor} do\n      url "${url(file)}"\n      sha256 "${sum(file)}"\n    end\n`;
      });
    return `  ${system} do\n${processors.join("")}  end\n`;
  });
  return `class RolesanywhereTs < Formula
  desc "Trade an X.509 certificate for temporary AWS credentials"
  homepage "${homepage}"
  version "${version}"
  license "${manifest.license}"

${systems.join("\n")}
  def install
    bin.install Dir["rolesanywhere-ts-*"].first => "rolesanywhere-ts"
    generate_completions_from_executable(bin/"rolesanywhere-ts", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/rolesanywhere-ts version")
  end
end
`;
}

function scoopManifest({ homepage, url, sum }) {
  const architecture = (target) => {
    const file = `${fileOf(target)}.exe`;
    return { url: `${url(file)}#/rolesanywhere-ts.exe`, hash: sum(file) };
  };
  return {
    version,
    description,
    homepage,
    license: manifest.license,
    architecture: { "64bit": architecture("win32-x64"), arm64: architecture("win32-arm64") },
    bin: "rolesanywhere-ts.exe",
    checkver: "github",
  };
}

/** Returns the three files of a winget package. They are YAML, and JSON is YAML. */
function wingetManifests({ homepage, url, sum, publisher }) {
  const PackageIdentifier = `${publisher}.rolesanywhere-ts`;
  const common = { PackageIdentifier, PackageVersion: version };
  const tail = (ManifestType) => ({ ManifestType, ManifestVersion: "1.6.0" });
  const installer = (Architecture, target) => {
    const file = `${fileOf(target)}.exe`;
    return { Architecture, InstallerUrl: url(file), InstallerSha256: sum(file).toUpperCase() };
  };
  const yaml = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
  return {
    [`${PackageIdentifier}.yaml`]: yaml({ ...common, DefaultLocale: "en-US", ...tail("version") }),
    [`${PackageIdentifier}.installer.yaml`]: yaml({
      ...common,
      InstallerType: "portable",
      Commands: ["rolesanywhere-ts"],
      Installers: [installer("x64", "win32-x64"), installer("arm64", "win32-arm64")],
      ...tail("installer"),
    }),
    [`${PackageIdentifier}.locale.en-US.yaml`]: yaml({
      ...common,
      PackageLocale: "en-US",
      Publisher: publisher,
      PackageName: "rolesanywhere-ts",
      PackageUrl: homepage,
      License: manifest.license,
      ShortDescription: "Trade an X.509 certificate for temporary AWS credentials",
      ...tail("defaultLocale"),
    }),
  };
}
