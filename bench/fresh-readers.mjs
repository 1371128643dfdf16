// Readers as SDKs are: each opens a connection, asks once, closes it and comes again after a pause. Prints what they saw as
// JSON; an answer later than a second is a failure, as it is for the impatient SDKs.
//
// usage: node fresh-readers.mjs '{"host":"127.0.0.1","port":9911,"path":"/","headers":{},"readers":1000,"pauseMs":1000,"seconds":60}'
import { Agent, request } from "node:http";

const { host, port, path, headers, readers, pauseMs, seconds } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
const latenciesMs = [];
const errors = new Map();

function ask() {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    let settled = false;
    const settle = (fault) => {
      if (settled) return;
      settled = true;
      if (fault === undefined) latenciesMs.push(performance.now() - startedMs);
      else errors.set(fault, (errors.get(fault) ?? 0) + 1);
      resolve();
    };
    const sent = request({ host, port, path, headers, agent, timeout: 1000 }, (response) => {
      response.resume();
      response.on("end", () => settle(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
    });
    sent.on("timeout", () => {
      settle("no answer in a second");
      sent.destroy();
    });
    sent.on("error", (error) => settle(error.code));
    sent.end();
  });
}

const end = performance.now() + seconds * 1000;
async function read(index) {
  await new Promise((resolve) => setTimeout(resolve, (pauseMs * index) / readers));
  while (performance.now() < end) {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
await Promise.all(Array.from({ length: readers }, (_, index) => read(index)));

const sorted = Float64Array.from(latenciesMs).sort();
const quantile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
process.stdout.write(
  `${JSON.stringify({
    requests: sorted.length,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maximumMs: sorted.at(-1) ?? 0,
    errors: Object.fromEntries(errors),
  })}\n`,
);
