import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runFolder } from "./scratch.js";

interface Probe {
  readonly command: readonly [string, ...string[]];
  readonly install: string;
}

const python = (module: string): Probe["command"] => ["python3", "-c", `import ${module}`];

/** Python packages in the folder of engines, which `.ci/run` installs; they are looked for, since importing takes long. */
const engine = (...modules: readonly string[]): Probe => ({
  command: [
    "python3",
    "-c",
    "import os, sys; folder = os.environ['ROLESANYWHERE_TS_ENGINES']; " +
      "sys.exit(not all(os.path.isdir(f'{folder}/{name}') for name in sys.argv[1:]))",
    ...modules,
  ],
  install: "the folder that install_engines of .ci/run makes, and ROLESANYWHERE_TS_ENGINES=DIR",
});

/** Programs besides Node.js that some tests run, each with the command that proves that it works here. */
const probes = {
  admission: { command: ["sh", "-c", "command -v admission"], install: "go build, in test/examples/admission" },
  actionlint: { command: ["actionlint", "--version"], install: "actionlint" },
  aws: { command: ["aws", "--version"], install: "the AWS CLI" },
  "aws-dotnet": {
    command: ["sh", "-c", "command -v aws-dotnet"],
    install: "a program over the AWS SDK for .NET 4.1",
  },
  "aws-dotnet3": {
    command: ["sh", "-c", "command -v aws-dotnet3"],
    install: "a program over the AWS SDK for .NET 3.7.202",
  },
  "botocore-1.44": {
    command: python(
      "os, sys; sys.path.insert(0, os.environ['ROLESANYWHERE_TS_BOTOCORE']); import botocore.session; " +
        "botocore.session.Session().get_service_model('sts').operation_model('GetScopedCredentials')",
    ),
    install: "pip install --target DIR boto3==1.44.8, and ROLESANYWHERE_TS_BOTOCORE=DIR",
  },
  "7z": { command: ["7z", "i"], install: "7-Zip, in the package p7zip-full" },
  bash: { command: ["bash", "-c", "true"], install: "bash" },
  boto3: { command: python("boto3"), install: "pip install boto3" },
  crane: { command: ["crane", "version"], install: "crane, a Go module of go-containerregistry" },
  curl: { command: ["curl", "--version"], install: "curl" },
  dash: { command: ["dash", "-c", "true"], install: "dash" },
  estserver: { command: ["sh", "-c", "command -v estserver"], install: "GlobalSign's EST server, a Go module" },
  docker: { command: ["docker", "--version"], install: "Docker's client" },
  dotenv: { command: python("dotenv"), install: "pip install python-dotenv" },
  fish: { command: ["fish", "-c", "true"], install: "fish" },
  go: { command: ["go", "version"], install: "Go" },
  helm: { command: ["helm", "version"], install: "Helm" },
  iam_rolesanywhere_session: {
    command: python("iam_rolesanywhere_session"),
    install: "pip install iam-rolesanywhere-session",
  },
  man: { command: ["man", "--version"], install: "man-db" },
  mandoc: { command: ["sh", "-c", "command -v mandoc"], install: "mandoc" },
  moto: { command: python("moto.server"), install: "pip install moto[server]" },
  mvn: { command: ["mvn", "--version"], install: "a JDK and Maven" },
  jq: { command: ["jq", "--version"], install: "jq" },
  java: { command: ["java", "-version"], install: "a Java runtime" },
  kubernetes_validate: { command: python("kubernetes_validate"), install: "pip install kubernetes-validate" },
  kubectl: { command: ["kubectl", "version", "--client"], install: "kubectl" },
  keytool: { command: ["keytool", "-help"], install: "a Java development kit" },
  pkcs11js: {
    command: ["node", "-e", "require('pkcs11js')"],
    install: "a C++ compiler before npm ci: the optional PKCS#11 module is compiled",
  },
  nfpm: { command: ["nfpm", "--version"], install: "nfpm, a Go module" },
  openssl: { command: ["openssl", "version"], install: "OpenSSL 3's command line" },
  "pkcs11-tool": { command: ["which", "pkcs11-tool"], install: "OpenSC" },
  promtool: { command: ["promtool", "--version"], install: "promtool, in the package prometheus" },
  pwsh: { command: ["pwsh", "-Version"], install: "PowerShell" },
  python3: { command: ["python3", "--version"], install: "Python 3" },
  duckdb: { command: python("duckdb"), install: "pip install duckdb" },
  pandas: { command: python("pandas"), install: "pip install pandas" },
  pyzipper: { command: python("pyzipper"), install: "pip install pyzipper" },
  polars: { command: python("polars"), install: "pip install polars" },
  pyarrow: { command: python("pyarrow"), install: "pip install pyarrow" },
  rpm: { command: ["rpm", "--version"], install: "rpm" },
  ruby: { command: ["ruby", "--version"], install: "Ruby" },
  setpriv: { command: ["setpriv", "--version"], install: "util-linux" },
  "softhsm2-util": { command: ["softhsm2-util", "--version"], install: "SoftHSM 2" },
  "systemd-notify": { command: ["systemd-notify", "--version"], install: "systemd" },
  "systemd-socket-activate": { command: ["systemd-socket-activate", "--version"], install: "systemd" },
  "systemd-analyze": { command: ["systemd-analyze", "--version"], install: "systemd" },
  zstandard: { command: python("zstandard"), install: "pip install zstandard" },
  "spire-agent": { command: ["spire-agent", "--version"], install: "SPIRE's agent, a Go module" },
  "spire-server": { command: ["spire-server", "--version"], install: "SPIRE's server, a Go module" },
  step: { command: ["step", "version"], install: "Smallstep's step" },
  "step-ca": { command: ["step-ca", "version"], install: "Smallstep's step-ca" },
  swtpm: { command: ["swtpm", "--version"], install: "swtpm" },
  tar: { command: ["sh", "-c", "tar --version | grep GNU"], install: "GNU tar" },
  terraform: { command: ["terraform", "version"], install: "Terraform" },
  "tpm2-openssl": {
    command: ["sh", "-c", 'test -e "$(openssl version -m | cut -d\\" -f2)/tpm2.so"'],
    install: "tpm2-openssl",
  },
  tpm2_create: { command: ["tpm2_create", "--version"], install: "tpm2-tools" },
  unshare: { command: ["unshare", "--version"], install: "util-linux" },
  yaml: { command: python("yaml"), install: "pip install pyyaml" },
  "dask of the engines": engine("python/distributed", "python/s3fs"),
  "delta-rs of the engines": engine("python/deltalake", "python/polars"),
  "duckdb of the engines": engine("python/duckdb", "python/s3fs"),
  "httpfs of the engines": engine("python/duckdb_extension_aws", "python/duckdb_extension_httpfs"),
  "polars of the engines": engine("python/polars"),
  "spark of the engines": engine("spark/pyspark", "jars"),
  zsh: { command: ["zsh", "-c", "true"], install: "zsh" },
} as const satisfies Record<string, Probe>;

export type ToolName = keyof typeof probes;

/**
 * Tells whether programs work here, for `describe.skipIf(!requireTools(what, …))`. What is skipped, and for want of
 * which program, is printed once per program when the run ends.
 *
 * @param what What goes untested without them, such as `the AWS CLI through a profile`.
 */
export function requireTools(what: string, ...names: readonly ToolName[]): boolean {
  const missing = names.filter((name) => !works(name));
  for (const name of missing) record(name, what);
  return missing.length === 0;
}

/** Like `requireTools`, for a condition that is not a program: `reason` names the condition. */
export function requireCondition(what: string, holds: boolean, reason: string): boolean {
  if (!holds) record(reason, what);
  return holds;
}

/** Formats one line for each missing program, with what was skipped without it, and forgets what it has told. */
export function takeSkipped(): string {
  const folder = join(runFolder(), "skipped");
  if (!existsSync(folder)) return "";
  const whatByReason = new Map<string, Set<string>>();
  for (const file of readdirSync(folder)) {
    const { reason, what } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { reason: string; what: string };
    whatByReason.set(reason, (whatByReason.get(reason) ?? new Set()).add(what));
  }
  rmSync(folder, { recursive: true });
  return [...whatByReason]
    .sort(([one], [other]) => one.localeCompare(other, "en"))
    .map(([reason, what]) => `skipped for want of ${describeReason(reason)}: ${[...what].sort().join("; ")}\n`)
    .join("");
}

function describeReason(reason: string): string {
  const probe = Object.hasOwn(probes, reason) ? probes[reason as ToolName] : undefined;
  return probe === undefined ? reason : `"${reason}" (${probe.install})`;
}

const answers = new Map<ToolName, boolean>();

function works(name: ToolName): boolean {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const [command, ...words] = probes[name].command;
  const { status } = spawnSync(command, words, { stdio: "ignore", timeout: 30_000 });
  answers.set(name, status === 0);
  return status === 0;
}

function record(reason: string, what: string): void {
  const folder = join(runFolder(), "skipped");
  mkdirSync(folder, { recursive: true });
  const file = Buffer.from(`${reason} ${what}`).toString("base64url").slice(-200);
  writeFileSync(join(folder, `${file}.json`), JSON.stringify({ reason, what }));
}
