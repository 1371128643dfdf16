// Keeps a number of connections busy with one GET request for a while and prints what it saw as JSON. A process of its
// own, so that measuring does not take turns with what is measured.
//
// usage: node http-load.mjs '{"host":"127.0.0.1","port":9911,"path":"/","headers":{},"connections":1000,"seconds":60}'
import { connect } from "node:net";

const { host, port, path, headers, connections, seconds, pauseMs = 0 } = JSON.parse(process.argv[2]);
const lines = Object.entries({ Host: `${host}:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`);
const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);

const latenciesMs = [];
const errors = new Map();
const bodies = new Set();
let stopped = false;

function fail(reason) {
  errors.set(reason, (errors.get(reason) ?? 0) + 1);
}

/** One connection that asks again as soon as it is answered. */
function open() {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    let received = "";
    let sentAt = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(request);
    };
    socket.setEncoding("latin1");
    socket.on("connect", send);
    socket.on("data", (chunk) => {
      received += chunk;
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      latenciesMs.push(performance.now() - sentAt);
      const status = received.slice(9, 12);
      if (status === "200") bodies.add(received.slice(end + 4));
      else fail(`status ${status}`);
      received = "";
      if (stopped) socket.end();
      else if (pauseMs > 0) setTimeout(send, pauseMs);
      else send();
    });
    socket.on("error", (error) => fail(error.code));
    socket.on("close", () => {
      if (!stopped) fail("closed early");
      resolve();
    });
  });
}

const startedMs = performance.now();
const closed = Array.from({ length: connections }, open);
setTimeout(() => {
  stopped = true;
}, seconds * 1000);
await Promise.all(closed);
const elapsedSeconds = (performance.now() - startedMs) / 1000;

const sorted = Float64Array.from(latenciesMs).sort();
const quantile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
process.stdout.write(
  JSON.stringify({
    requests: sorted.length,
    requestsPerSecond: sorted.length / elapsedSeconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maximumMs: sorted.at(-1),
    errors: Object.fromEntries(errors),
    distinctBodies: bodies.size,
  }),
);
