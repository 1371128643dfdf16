// Time from start to credentials for each place a key can live, against the emulator on this machine, as a ratio to the
// plain PEM file. Needs OpenSSL; SoftHSM with OpenSC, and swtpm with tpm2-openssl, are left out when absent.
//
//   node bench/key-sources.mjs [ROUNDS]
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator } from "./emulator-account.mjs";

const rounds = Number(process.argv[2] ?? 11);
const executable = fileURLToPath(new URL("../dist/rolesanywhere-ts.cjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-bench-"));
const at = (name) => join(folder, name);
const children = [];
const run = (program, words, env = {}) =>
  execFileSync(program, words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...env } });
const wait = (test) => {
  while (!test()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
};
const softHsm = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"].find((path) =>
  existsSync(path),
);

/** What each place needs on the command line and in the environment. */
function setUp() {
  const pem = [
    "--certificate",
    at("ec.pem"),
    "--private-key",
    at("ec-key.pem"),
    "--intermediates",
    at("intermediate.pem"),
  ];
  const chained = (certificate) => ["--certificate", at(certificate), "--intermediates", at("intermediate.pem")];
  const sources = { "PEM file (P-256)": { words: pem, env: {} } };
  run("openssl", [
    "pkcs12",
    "-export",
    "-inkey",
    "ec-key.pem",
    "-in",
    "ec.pem",
    "-certfile",
    "intermediate.pem",
    "-out",
    "ec.p12",
    "-passout",
    "pass:",
  ]);
  sources["PKCS#12 file (P-256, OpenSSL 3 default)"] = { words: ["--certificate", at("ec.p12")], env: {} };
  if (softHsm !== undefined) {
    mkdirSync(at("tokens"));
    writeFileSync(at("softhsm2.conf"), `directories.tokendir = ${at("tokens")}\nlog.level = ERROR\n`);
    const env = { SOFTHSM2_CONF: at("softhsm2.conf") };
    run("softhsm2-util", ["--init-token", "--free", "--label", "bench", "--pin", "1234", "--so-pin", "0000"], env);
    run(
      "softhsm2-util",
      ["--import", "ec-key.pem", "--token", "bench", "--label", "k", "--id", "01", "--pin", "1234"],
      env,
    );
    const uri = "pkcs11:token=bench;id=%01?pin-value=1234";
    sources["PKCS#11, SoftHSM (P-256)"] = {
      words: [...chained("ec.pem"), "--private-key", uri, "--pkcs11-lib", softHsm],
      env,
    };
  }
  if (spawnSync("swtpm", ["--version"]).status === 0) {
    mkdirSync(at("tpm-state"));
    const flags = [
      "socket",
      "--tpm2",
      "--tpmstate",
      `dir=${at("tpm-state")}`,
      "--flags",
      "not-need-init,startup-clear",
    ];
    const sockets = ["--server", `type=unixio,path=${at("tpm")}`, "--ctrl", `type=unixio,path=${at("tpm")}.ctrl`];
    children.push(spawn("swtpm", [...flags, ...sockets], { stdio: "ignore" }));
    wait(() => existsSync(at("tpm")) && existsSync(at("tpm.ctrl")));
    const env = { TPM2OPENSSL_TCTI: `swtpm:path=${at("tpm")}` };
    const provider = ["-provider", "tpm2", "-provider", "default"];
    run("openssl", ["genpkey", ...provider, "-algorithm", "EC", "-pkeyopt", "group:P-256", "-out", "tpm.key"], env);
    run("openssl", ["pkey", ...provider, "-in", "tpm.key", "-pubout", "-out", "tpm.pub"], env);
    writeFileSync(at("leaf.cnf"), "[x]\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n");
    const leaf = [
      "-new",
      "-force_pubkey",
      "tpm.pub",
      "-subj",
      "/CN=tpm",
      "-days",
      "2",
      "-extfile",
      "leaf.cnf",
      "-extensions",
      "x",
    ];
    run("openssl", ["x509", ...leaf, "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-out", "tpm.crt"]);
    sources["TPM 2.0, swtpm (P-256, TSS2 file)"] = {
      words: ["--certificate", at("tpm.crt"), "--private-key", at("tpm.key")],
      env: { TPM_DEVICE: at("tpm") },
    };
  }
  return sources;
}

try {
  const emulator = await startEmulator(executable, folder);
  children.push(emulator.process);
  const sources = setUp();
  const times = Object.fromEntries(Object.keys(sources).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, { words, env }] of Object.entries(sources)) {
      const started = performance.now();
      const all = ["credential-process", ...emulator.flags, "--no-cache", ...words];
      const { status, stderr } = await finish(
        spawn(process.execPath, [executable, ...all], { env: { ...process.env, ...env } }),
      );
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
      times[name].push(performance.now() - started);
    }
  }
  const least = Object.values(times).map((list) => Math.min(...list))[0];
  console.log("| key in | min ms | median ms | to PEM |\n| --- | --- | --- | --- |");
  for (const [name, list] of Object.entries(times)) {
    const sorted = list.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    console.log(`| ${name} | ${sorted[0].toFixed(0)} | ${median.toFixed(0)} | ${(sorted[0] / least).toFixed(2)} |`);
  }
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}

function finish(child) {
  return new Promise((resolve) => {
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdout.resume();
    child.on("close", (status) => resolve({ status, stderr }));
  });
}
