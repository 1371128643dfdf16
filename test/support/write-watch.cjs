// Loaded by NODE_OPTIONS=--require: appends the path of every file that is created, changed, moved or removed to the
// file that WRITE_WATCH names.
const fs = require("node:fs");
const path = require("node:path");

const log = process.env.WRITE_WATCH;
const append = fs.writeSync.bind(fs);
const fd = fs.openSync(log, "a");

function note(target) {
  if (typeof target === "number" || target === undefined) return;
  const text = target instanceof URL ? target.pathname : String(target);
  append(fd, `${path.resolve(text)}\n`);
}

const isWriting = (flags) =>
  typeof flags === "number"
    ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0
    : typeof flags === "string" && /[wa+]/.test(flags);

/** Indexes of the arguments of each function that are paths it changes. */
const changing = {
  appendFile: [0],
  chmod: [0],
  chown: [0],
  copyFile: [1],
  cp: [1],
  lchown: [0],
  link: [1],
  lutimes: [0],
  mkdir: [0],
  mkdtemp: [0],
  rename: [0, 1],
  rm: [0],
  rmdir: [0],
  symlink: [1],
  truncate: [0],
  unlink: [0],
  utimes: [0],
  writeFile: [0],
  createWriteStream: [0],
};

for (const [name, positions] of Object.entries(changing)) {
  for (const [owner, full] of [
    [fs, name],
    [fs, `${name}Sync`],
    [fs.promises, name],
  ]) {
    const original = owner[full];
    if (typeof original !== "function") continue;
    owner[full] = function watched(...words) {
      for (const position of positions) note(words[position]);
      return original.apply(this, words);
    };
  }
}
for (const [owner, name] of [
  [fs, "open"],
  [fs, "openSync"],
  [fs.promises, "open"],
]) {
  const original = owner[name];
  owner[name] = function watched(...words) {
    if (isWriting(words[1])) note(words[0]);
    return original.apply(this, words);
  };
}
require("node:module").syncBuiltinESMExports();
