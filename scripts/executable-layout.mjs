// Lays module groups out as one executable CommonJS file.
//
// V8 scans the whole text of a script before the first line runs, so unused code must be cheap to skip:
//
// - the `entry`, a separate bundle for cache hits, is at the top. A hit needs nothing else.
// - `usual` groups, which a plain-PEM `credential-process` loads, are together in one comment line at the end, as text:
//   one read of the file, one compilation, no decompression.
// - every other group is in its own comment line, compressed.
// - the first comment line has the offset of each group.
//
// V8 scans a comment only for its end; it would also copy a string literal to the heap.
import { createHash } from "node:crypto";
import { brotliCompressSync, constants } from "node:zlib";

/**
 * @typedef {object} Parts All code is ASCII.
 * @property {string} entry
 * @property {{ names: readonly string[], code: string }} usual A script whose `module.exports` has a function for each
 *   name, in their order, that begins the group and gives what it exports.
 * @property {Map<string, string>} others Groups by name.
 *
 * @param {Parts} parts
 * @returns {{ text: string, entryLine: number, launcher: string }} The file; the number of lines before the entry's code; and
 *   the launcher, a small file in the folder `bin` beside it, which answers cache hits and takes everything else out of
 *   the first file. It saves reading the whole text.
 */
export function layOutExecutable({ entry, usual, others }) {
  const lines = [];
  const places = {};
  let length = 0;
  const place = (name, payload) => {
    const line = `//${payload}\n`;
    places[name] = [length + 2, length + line.length - 1];
    lines.push(line);
    length += line.length;
  };
  place("usual", escapeUnicode(JSON.stringify(asFunction(usual.code))));
  for (const [name, code] of others) place(name, compress(code));
  const data = lines.join("");
  const build = createHash("sha256").update(entry).update(data).digest("hex").slice(0, 16);
  const table = `//${JSON.stringify({ build, places, usual: usual.names })}\n`;
  const sizes = { build, tableLength: table.length, usualLength: lines[0].length, dataLength: data.length };
  const head = formatHead("__filename", sizes);
  const text = `${head}${entry}\n//# sourceMappingURL=rolesanywhere-ts.cjs.map\n${table}${data}`;
  const launcher = `${formatHead('require("path").join(__dirname,"../rolesanywhere-ts.cjs")', sizes)}${entry}\n`;
  if (/[^\0-\x7f]/.test(text)) throw new Error("the executable's text is to be ASCII, so that places count bytes");
  return { text, entryLine: head.split("\n").length - 1, launcher };
}

/** @param {string} file Expression for the path of the file that has the groups. */
function formatHead(file, sizes) {
  return `#!/usr/bin/env node\n"use strict";${versionGuard}\n${loader(file, sizes)}\n`;
}

/**
 * Says so when Node.js is too old, in words that Node.js 10 reads: V8 parses all the code of a file before its first line
 * runs, so the loader and the entry have no newer syntax either.
 */
const versionGuard = `(function(){var v=process.versions.node.split(".");if(+v[0]>20||+v[0]===20&&+v[1]>=19)return;
require("fs").writeSync(2,"rolesanywhere-ts: error[ERR_NOT_AVAILABLE]: this is Node.js "+v.join(".")+", expected 20.19 or later: update Node.js, or take the standalone file, which needs none\\n");process.exit(2)})();`;

/** A tenth smaller than deflate, and as fast to read. Quality 11 takes twice the time for 2 % less. */
function compress(code) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 10,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: code.length,
  };
  return brotliCompressSync(code, { params }).toString("base64");
}

function escapeUnicode(json) {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * The same groups as one script for executables that carry it compiled: what the usual path needs as code, every other group
 * as a compressed string, so that the compiled form stays small.
 *
 * @param {Parts} parts
 */
export function layOutWhole({ entry, usual, others }) {
  const compressed = Object.fromEntries([...others].map(([name, code]) => [name, compress(code)]));
  const builtins = builtinsOf([entry, usual.code]);
  const facts = `__names=${JSON.stringify(usual.names)},__code=${asFunction(usual.code)},__builtins=${builtins},__compressed=${JSON.stringify(compressed)}`;
  return `"use strict";\nvar ${facts};\n${wholeLoader}\n(function(require){${entry}\n})(__require);\n`;
}

/**
 * Returns an object of functions that require built-in modules. Bun compiles those in advance whose names are literals
 * in a script; it compiles a module whose name is only known at run time at each start.
 */
function builtinsOf(codes) {
  const named = codes.flatMap((code) => [...code.matchAll(/\brequire\("(node:[a-z_/]+)"\)/g)].map(([, id]) => id));
  const members = [...new Set(named)].sort().map((id) => `"${id}":()=>require("${id}")`);
  return `{${members.join(",")}}`;
}

/** The parentheses make V8 compile the function at once instead of twice. */
function asFunction(code) {
  return `(function(exports,require,module){${code}\n})`;
}

/** @param file Expression for the path of the file; its `__moduleUrl` replaces import.meta.url. */
const common = (file) => `var __outer=require,__loaded=Object.create(null),__url;
Object.defineProperty(globalThis,"__moduleUrl",{configurable:true,get(){return __url||(__url=__outer("node:url").pathToFileURL(${file}).href)}});`;

/**
 * Generates the loader. The file with the groups ends with the table, the usual groups and the other ones; their byte lengths
 * are known here. A miss reads the table and the usual groups alone.
 *
 * That file may have been replaced since this one was read, as by an update. The launcher then starts it from its beginning:
 * nothing was printed before the first group is asked for.
 */
function loader(file, { build, tableLength, usualLength, dataLength }) {
  return `var __file=${file};${common("__file")}
var __usual;
function __run(code,require){var m={exports:{}};code(m.exports,require,m);return m.exports}
function __fail(why){__outer("node:fs").writeSync(2,"rolesanywhere-ts: error[ERR_NOT_AVAILABLE]: "+__file+" "+why+"\\n");process.exit(2)}
function __read(length){var fs=__outer("node:fs"),fd,at=0,n=1,bytes=Buffer.allocUnsafe(length);
try{fd=fs.openSync(__file,"r")}catch(e){__fail("cannot be read ("+e.code+"), and the program is in that file: install it again")}
for(var from=Math.max(fs.fstatSync(fd).size-${tableLength + dataLength},0);n&&at<length;at+=n)n=fs.readSync(fd,bytes,at,length-at,from+at);
fs.closeSync(fd);return bytes}
function __load(length){var bytes=__read(length),text=bytes.latin1Slice(0,${tableLength});if(text.slice(0,${2 + 10 + build.length})!=='//{"build":"${build}')return;
return __load.kept={length:length,table:JSON.parse(text.slice(2)),line(id){return bytes.latin1Slice(${tableLength}+this.table.places[id][0],${tableLength}+this.table.places[id][1])}}}
function __find(id){var rest=__load.kept||__load(${tableLength + usualLength});
if(!rest){if(__file===__filename)__fail("was replaced while it started: run it again");
process.removeAllListeners("beforeExit");try{__outer(__file)}catch(e){__fail("cannot be run: install it again")}return function(e,r,m){m.exports={main(){return new Promise(function(){})}}}}
var at=rest.table.usual.indexOf(id);
if(at>=0)return function(e,r,m){m.exports=(__usual||(__usual=__run(__outer("node:vm").runInThisContext(JSON.parse(rest.line("usual")),{filename:__file+"/usual.js"}),r)))[at]()};
if(rest.length<${tableLength + dataLength})rest=__load(${tableLength + dataLength})||__fail("was replaced while it ran: run it again");
return __outer("node:vm").compileFunction(__outer("node:zlib").brotliDecompressSync(Buffer.from(rest.line(id),"base64")).toString(),["exports","require","module"],{filename:__file+"/"+id.slice(2)})}
require=function(id){if(!id.startsWith("./"))return __outer(id);if(__loaded[id])return __loaded[id].exports;
var m=__loaded[id]={exports:{}};__find(id)(m.exports,require,m);return m.exports};`;
}

// In Bun, __filename is the script's path on the machine that built the executable.
//
// The executable starts with a compiler that waits a hundred times longer than usual (scripts/build-standalone.mjs): the
// usual path ends before compiled code pays. Whatever loads another group runs longer, so the compiler is set back.
const wholeLoader = `${common("process.execPath")}
var __usual;
function __run(code,require){var m={exports:{}};code(m.exports,require,m);return m.exports}
function __find(id){var at=__names.indexOf(id);return at>=0?function(e,r,m){m.exports=(__usual??=__run(__code,r))[at]()}:(Bun.unsafe.setJITPolicy(1),new Function("exports","require","module",__outer("node:zlib").brotliDecompressSync(Buffer.from(__compressed[id],"base64")).toString()))}
function __require(id){if(!id.startsWith("./"))return __builtins[id]?__builtins[id]():__outer(id);if(__loaded[id])return __loaded[id].exports;
var m=__loaded[id]={exports:{}};__find(id)(m.exports,__require,m);return m.exports}`;
