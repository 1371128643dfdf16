// Uploads a large body with `request` and with curl --aws-sigv4 to a server on loopback that counts bytes and reads the
// declared payload hash; prints throughput, peak memory and the ratio to curl. Usage: node bench/request.mjs [GiB]
//
// The file is sparse, so no disk takes part. Peak memory is the kernel's own figure (VmHWM), so Linux only.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const executable = fileURLToPath(new URL("../dist/rolesanywhere-ts.cjs", import.meta.url));
const server = process.argv[2] === "--serve";

if (server) {
  createServer(receive).listen(0, "127.0.0.1", function () {
    process.stdout.write(`${this.address().port}\n`);
  });
} else {
  await compare(Number(process.argv[2] ?? 2));
}

/** Counts the body by its framing's end, answers, and reports count and payload hash on stdout. */
function receive(socket) {
  let head = "";
  let counted = 0;
  let expected;
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    let data = chunk;
    if (expected === undefined) {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      data = Buffer.from(head.slice(end + 4), "latin1");
      head = head.slice(0, end);
      const length = /^content-length: *(\d+)/im.exec(head)?.[1];
      expected = length === undefined ? Infinity : Number(length);
      if (/^expect: 100-continue/im.test(head)) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    counted += data.length;
    const done = expected === Infinity ? data.subarray(-5).toString("latin1") === "0\r\n\r\n" : counted >= expected;
    if (!done) return;
    const hash = /^x-amz-content-sha256: *(\S+)/im.exec(head)?.[1] ?? "(none)";
    process.stdout.write(`${JSON.stringify({ counted, hash })}\n`);
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
}

async function compare(gibibytes) {
  const bytes = gibibytes * 1024 ** 3;
  const folder = mkdtempSync(join(tmpdir(), "bench-request-"));
  const file = join(folder, "body");
  const handle = openSync(file, "w");
  ftruncateSync(handle, bytes);
  closeSync(handle);
  // The first read of a hole fills the page cache, which is nobody's merit.
  spawnSync("cat", [file], { stdio: ["ignore", "ignore", "inherit"] });
  const sink = spawn(process.execPath, [fileURLToPath(import.meta.url), "--serve"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [first] = await once(sink.stdout, "data");
  const url = `http://127.0.0.1:${String(first).trim()}/bucket/key`;
  const reports = [];
  sink.stdout.on("data", (chunk) =>
    reports.push(
      ...String(chunk)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ),
  );
  const ours = ["request", "PUT", url, "-s", "--service", "s3", "--region", "us-east-1", "--data-binary"];
  const curl = [
    "-sS",
    "-H",
    "Expect:",
    "-o",
    "/dev/null",
    "--user",
    "AKIDEXAMPLE:secret",
    "--aws-sigv4",
    "aws:amz:us-east-1:s3",
  ];
  const version = spawnSync("curl", ["--version"], { encoding: "utf8" }).stdout?.split(" ", 2)[1];
  const runs = [
    ["request, file (hashed, then sent)", process.execPath, [executable, ...ours, `@${file}`]],
    ["request, file, --unsigned-payload", process.execPath, [executable, ...ours, `@${file}`, "--unsigned-payload"]],
    ["request, stdin (unsigned)", process.execPath, [executable, ...ours, "@-"], file],
    [
      "request, stdin of known length (signed chunks)",
      process.execPath,
      [executable, ...ours, "@-", "-H", `Content-Length: ${bytes}`],
      file,
    ],
    ...(version === undefined
      ? []
      : [
          [`curl ${version} -T file (not hashed)`, "curl", [...curl, "-T", file, url]],
          [`curl ${version} -T - from stdin (not hashed)`, "curl", [...curl, "-T", "-", url], file],
          [`curl ${version} --data-binary @file`, "curl", [...curl, "-X", "PUT", "--data-binary", `@${file}`, url]],
        ]),
  ];
  console.log(`body: ${gibibytes} GiB, Node.js ${process.version}`);
  console.log("| run | seconds | MiB/s | peak MiB | payload hash sent |\n| --- | - | - | - | - |");
  try {
    for (const [name, command, words, input] of runs) {
      reports.length = 0;
      const { seconds, peakMiB, status } = await measure(command, words, input);
      const { counted = 0, hash = "(no request)" } = reports[0] ?? {};
      const whole = status === 0 && counted >= bytes;
      const rate = whole ? (bytes / 1024 ** 2 / seconds).toFixed(0) : `failed: status ${status}, ${counted} bytes`;
      console.log(`| ${name} | ${seconds.toFixed(1)} | ${rate} | ${peakMiB.toFixed(0)} | ${hash.slice(0, 20)} |`);
    }
  } finally {
    sink.kill();
    rmSync(folder, { recursive: true });
  }
}

async function measure(command, words, input) {
  const started = performance.now();
  const feeder = input === undefined ? undefined : spawn("cat", [input], { stdio: ["ignore", "pipe", "inherit"] });
  const child = spawn(command, words, {
    env: {
      PATH: process.env["PATH"],
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      NO_PROXY: "*",
    },
    stdio: [feeder?.stdout ?? "ignore", "ignore", "inherit"],
  });
  let peakMiB = 0;
  const look = () => {
    try {
      const kibibytes = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      peakMiB = Math.max(peakMiB, Number(kibibytes ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(look, 20);
  const [status] = await once(child, "exit");
  clearInterval(timer);
  return { seconds: (performance.now() - started) / 1000, peakMiB, status };
}
