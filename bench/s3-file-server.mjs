// A bare S3 for benchmarks: serves ranges of the files in a folder as objects of any bucket. Checks no signature.
//
//   node s3-file-server.mjs FOLDER [LATENCY_MS]
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const folder = process.argv[2] ?? ".";
const latencyMs = Number(process.argv[3] ?? 0);

const server = createServer((request, response) => {
  if (latencyMs > 0) setTimeout(() => answer(request, response), latencyMs);
  else answer(request, response);
});

function answer(request, response) {
  const key = decodeURIComponent((request.url ?? "/").split("?", 1)[0] ?? "")
    .split("/")
    .slice(2)
    .join("/");
  const file = statSync(join(folder, key), { throwIfNoEntry: false });
  if (file === undefined || !file.isFile()) {
    response.writeHead(404, { "content-type": "application/xml" });
    response.end("<Error><Code>NoSuchKey</Code></Error>");
    return;
  }
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const start = first === "" ? Math.max(0, file.size - Number(last || file.size)) : Number(first);
  const end = first === "" || last === "" ? file.size - 1 : Math.min(file.size - 1, Number(last));
  const ranged = request.headers.range !== undefined;
  response.writeHead(ranged ? 206 : 200, {
    "content-length": end - start + 1,
    etag: `"${file.size}-${file.mtimeMs}"`,
    "last-modified": file.mtime.toUTCString(),
    ...(ranged ? { "content-range": `bytes ${start}-${end}/${file.size}` } : {}),
  });
  createReadStream(join(folder, key), { start, end, highWaterMark: 512 * 1024 })
    .on("error", () => response.destroy())
    .pipe(response);
}
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
