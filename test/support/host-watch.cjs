// Loaded by NODE_OPTIONS=--require: appends every host that is looked up, connected to or sent a datagram to the file
// that HOST_WATCH names.
const dgram = require("node:dgram");
const dns = require("node:dns");
const fs = require("node:fs");
const net = require("node:net");

const note = (what, host) => fs.appendFileSync(process.env.HOST_WATCH, `${what} ${host}\n`);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...words) {
  // net passes its normalized list: [[options, callback]].
  const [first] = Array.isArray(words[0]) ? words[0] : words;
  if (typeof first === "object" && first !== null) note("connect", first.path ?? first.host ?? "localhost");
  else note("connect", typeof words[1] === "string" ? words[1] : first);
  return Reflect.apply(connect, this, words);
};

for (const api of [dns, dns.promises]) {
  for (const name of Object.keys(api)) {
    if (!/^(?:lookup|resolve)/.test(name) || typeof api[name] !== "function") continue;
    const original = api[name];
    api[name] = function (...words) {
      note("look up", words[0]);
      return Reflect.apply(original, this, words);
    };
  }
}

const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function (...words) {
  note("send to", words.find((word) => typeof word === "string" && net.isIP(word)) ?? "a default address");
  return Reflect.apply(send, this, words);
};
