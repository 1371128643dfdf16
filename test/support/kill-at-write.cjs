// Loaded by NODE_OPTIONS=--require: kills the process with SIGKILL before its n-th file system change; KILL_AT_WRITE is
// n.
const fs = require("node:fs");

const changing =
  "fchmod fchown fsync ftruncate chmod chown mkdir rename rm rmdir symlink unlink link write writeFile".split(" ");
let left = Number(process.env.KILL_AT_WRITE);

function count() {
  left--;
  if (left === 0) process.kill(process.pid, "SIGKILL");
}

const isWriting = (flags) =>
  typeof flags === "number" && (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0;

for (const name of [...changing, "open"]) {
  const original = fs[`${name}Sync`];
  fs[`${name}Sync`] = function counted(...words) {
    // Standard output is not a file.
    if (name === "open" ? isWriting(words[1]) : name !== "write" || words[0] > 2) count();
    return original.apply(this, words);
  };
}
require("node:module").syncBuiltinESMExports();
