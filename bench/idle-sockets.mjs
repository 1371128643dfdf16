// Opens a number of connections that send nothing, and opens each again a while after it ends. Prints `open` once all of them
// were begun, and runs until its stdin ends. A process of its own, since it needs as many descriptors as connections.
//
// usage: node idle-sockets.mjs '{"host":"127.0.0.1","port":9911,"connections":10000}'
import { connect } from "node:net";

const { host, port, connections, send = "", againMs = 1000 } = JSON.parse(process.argv[2]);
let open = 0;
let reached = 0;
let opened = 0;
let refused = 0;
let stopped = false;

function hold(index) {
  if (stopped) return;
  // Ports of one address are few, and loopback has many addresses.
  const localAddress = host.startsWith("127.") ? `127.0.${1 + (index % 8)}.1` : undefined;
  const socket = connect({ host, port, localAddress, allowHalfOpen: true });
  let connected = false;
  socket.on("connect", () => {
    connected = true;
    opened += 1;
    open += 1;
    reached = Math.max(reached, open);
    if (send !== "") socket.write(send);
  });
  socket.on("error", () => {
    refused += 1;
  });
  socket.on("data", () => undefined);
  socket.on("end", () => socket.destroy());
  socket.on("close", () => {
    if (connected) open -= 1;
    setTimeout(() => hold(index), againMs);
  });
}

let next = 0;
const starter = setInterval(() => {
  for (let batch = 0; batch < 100 && next < connections; batch += 1) hold(next++);
  if (next < connections) return;
  clearInterval(starter);
  process.stdout.write("open\n");
}, 10);

process.stdin.resume();
process.stdin.on("end", () => {
  stopped = true;
  process.stdout.write(`${JSON.stringify({ opened, reached, refused })}\n`, () => process.exit());
});
