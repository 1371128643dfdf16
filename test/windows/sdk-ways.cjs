// Runs credential_process lines on Windows as each AWS SDK does, and prints which gave credentials: one JSON object a line,
// with the name of each way. Its arguments are a file with the lines as JSON, and aws-dotnet.exe or "".
const { spawnSync } = require("node:child_process");
const { readFileSync } = require("node:fs");

const [file, dotnet] = process.argv.slice(2);

/** As programs in C split it, which botocore's splitter does too. */
function split(line) {
  const words = [];
  let word;
  let quoted = false;
  for (const [, slashes, char] of line.matchAll(/(\\*)([^\\]|$)/g)) {
    if (char === '"') {
      word = (word ?? "") + "\\".repeat(slashes.length / 2);
      if (slashes.length % 2 === 1) word += '"';
      else quoted = !quoted;
    } else {
      if (slashes !== "") word = (word ?? "") + slashes;
      if (quoted || /[^ \t]/.test(char)) word = (word ?? "") + char;
      else if (word !== undefined) {
        words.push(word);
        word = undefined;
      }
    }
  }
  return words;
}

const verbatim = { windowsVerbatimArguments: true };
const ways = {
  // Popen with a list: no shell, and no ending but .exe.
  python: (line) => spawnSync(split(line)[0], split(line).slice(1)),
  // child_process.exec
  javascript: (line) => spawnSync(line, { shell: true }),
  // exec.Command("cmd.exe", "/C", line) writes quotation marks in the line as \".
  go: (line) => spawnSync("cmd.exe", ["/C", line]),
  // ProcessBuilder puts quotation marks around the line.
  java: (line) => spawnSync("cmd.exe", ["/C", `"${line}"`], verbatim),
  // popen of C runtimes: cmd.exe /c LINE.
  c: (line) => spawnSync("cmd.exe", ["/c", line], verbatim),
  ...(dotnet === "" ? {} : { dotnet: (line) => spawnSync(dotnet, ["process", line]) }),
};

const gives = ({ stdout }) => /^(?:\{.*"AccessKeyId":"ASIA|ASIA)/s.test(String(stdout ?? ""));
for (const line of JSON.parse(readFileSync(file, "utf8")))
  console.log(JSON.stringify(Object.fromEntries(Object.entries(ways).map(([name, run]) => [name, gives(run(line))]))));
