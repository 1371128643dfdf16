// Prints what the default path loads, and fails the build when it loads code that it does not run.
//
// The default path is a plain-PEM `credential-process` without role chaining. Its roots are the modules that path imports
// dynamically; the report follows their static imports through the bundler's own record, so a stray `import` anywhere
// below them shows at once. `test/cli/bundle.test.ts` checks the same list against what a real run evaluates.
import { statSync } from "node:fs";
import { basename } from "node:path";

export const defaultPathRoots = [
  "src/cli.ts",
  "src/main.ts",
  "src/commands/credential-process.ts",
  "src/identity/file-identity.ts",
  "src/aws/http/transport.ts",
];

/** The same in a standalone executable: Bun sends by its own `fetch`, and the settings of a profile need no decompression. */
export const standalonePathRoots = [
  ...defaultPathRoots,
  "src/aws/http/fetch-send.ts",
  "src/commands/sources/own-line.ts",
];

/** Modules that the default path must not load, with the reason. */
export const forbidden = [
  [/node_modules\/@aws-sdk\//, "an AWS service client"],
  [/node_modules\/@smithy\//, "the AWS SDK's runtime"],
  [/node_modules\/yargs/, "yargs"],
  [/node_modules\/node-forge\//, "node-forge"],
  [/^src\/emulator\//, "the emulator"],
  [/^src\/readers\//, "a reader"],
  [/^src\/renewal\//, "the renewal of certificates"],
  [/^src\/diagnosis\//, "the diagnosis"],
  [/^src\/identity\/spiffe\//, "the SPIFFE Workload API"],
  [/^src\/request\//, "the request sender"],
  [
    /^src\/aws\/http\/(?:system-roots|environment-roots|proxy|tunnel|socks|sdk-handler|fetch-send|certificate-fault)\.ts$/,
    "a part of the transport that few need",
  ],
  [/^src\/vending\/(?:create-session-error|assume-role|chain|sts-client)/, "code for error messages or role chaining"],
];

/** Modules that run on a cache hit. Any other module in the entry would slow down each hit. */
export const hitModules = [
  /^src\/(?:cli|version)\.ts$/,
  /^src\/delivery\/process-document\.ts$/,
  /^src\/vending\/freshness\.ts$/,
  /^src\/aws\/duration-limits\.ts$/,
  /^src\/vending\/cache\/(?:answer-from-index|entry|file-stamp|folder|invocation-index|private-file)\.ts$/,
];

/** Size budgets in bytes of the compiled parts. Load new code later, or raise a budget for a measured reason. */
export const maxBytes = { entry: 8_192, usual: 143_360 };

/** Finds unexpected modules in the entry, and parts above their budget. */
export function findGrowth({ entryModules, entryBytes, usualBytes }) {
  const strangers = entryModules.filter((path) => !hitModules.some((pattern) => pattern.test(path)));
  const grown = Object.entries({ entry: entryBytes, usual: usualBytes }).filter(
    ([part, size]) => size > maxBytes[part],
  );
  return [
    ...strangers.map((path) => `${path}: nothing that a hit runs`),
    ...grown.map(([part, size]) => `the ${part} part has ${size} bytes, at most ${maxBytes[part]}`),
  ];
}

/** Returns names of the output groups, such as `./main-X.js`, that the given roots reach by static imports. */
export function groupsReached(metafile, roots) {
  return new Set(outputsReached(metafile, roots).map((file) => `./${basename(file)}`));
}

/** Returns the modules in the output groups that the given roots reach by static imports. */
export function modulesReached(metafile, roots) {
  const modules = outputsReached(metafile, roots).flatMap((file) =>
    Object.entries(metafile.outputs[file].inputs).map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput })),
  );
  return modules.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

function outputsReached({ outputs }, roots) {
  const homes = new Map();
  for (const [file, output] of Object.entries(outputs)) {
    for (const input of Object.keys(output.inputs)) homes.set(input, file);
  }
  // A root that others import statically is in a shared group; its own group only re-exports it.
  const entries = Object.keys(outputs).filter((file) => roots.includes(outputs[file].entryPoint));
  const pending = [...entries, ...roots.map((root) => homes.get(root)).filter((file) => file !== undefined)];
  const files = new Set();
  while (pending.length > 0) {
    const file = pending.pop();
    if (files.has(file)) continue;
    files.add(file);
    for (const { path, kind, external } of outputs[file].imports) {
      if (kind === "import-statement" && external !== true) pending.push(path);
    }
  }
  return [...files];
}

export function findBleed(modules) {
  return modules.flatMap(({ path }) =>
    forbidden.filter(([pattern]) => pattern.test(path)).map(([, reason]) => `${path}: ${reason} on the default path`),
  );
}

export function bundleReport(metafile, executable, parts, { quiet }) {
  const present = defaultPathRoots.filter((root) => root in metafile.inputs);
  const modules = modulesReached(metafile, present);
  const bytes = modules.reduce((sum, module) => sum + module.bytes, 0);
  if (!quiet) {
    console.log(`executable: ${(statSync(executable).size / 1024).toFixed(0)} KiB`);
    console.log(
      `default path (credential-process, PEM, no role chaining): ${modules.length} modules, ${(bytes / 1024).toFixed(1)} KiB before minification`,
    );
    if (process.argv.includes("--report"))
      for (const module of modules) console.log(`  ${String(module.bytes).padStart(7)}  ${module.path}`);
  }
  if (!quiet) console.log(`a hit compiles ${parts.entryBytes} bytes, a miss ${parts.usualBytes} more`);
  const bleed = [...findBleed(modules), ...findGrowth(parts)];
  if (bleed.length > 0) {
    console.error(`build failed: the default path loads what it does not run\n  ${bleed.join("\n  ")}`);
    process.exit(1);
  }
}

/** Modules that importing a part of the library must not load, with the reason. Its functions load them on call. */
export const forbiddenInLibrary = [
  [/node_modules\/@aws-sdk\//, "an AWS service client"],
  [/node_modules\/@smithy\//, "the AWS SDK's runtime"],
  [/node_modules\/yargs/, "yargs"],
  [/node_modules\/node-forge\//, "node-forge"],
  [/^src\/commands\//, "a command"],
  [/^src\/emulator\//, "the emulator"],
  [/^src\/readers\//, "a reader"],
  [/^src\/diagnosis\//, "the diagnosis"],
  [/^src\/delivery\//, "the credential server"],
  [/^src\/request\//, "the request signer"],
  [/^src\/identity\/spiffe\/(?!feed\.ts)/, "the SPIFFE Workload API"],
];
/** Modules that the library must not include. */
const absentFromLibrary = [
  [/node_modules\/(?:yargs|apache-arrow|hyparquet)/, "a package that only the command line uses"],
  [/node_modules\/(?:bowser|@aws-sdk\/credential-provider-)/, "a part of the AWS SDK that nothing calls"],
  [/^src\/(?:commands|diagnosis|cli|main)/, "a part of the executable"],
];

/** Prints what importing each entry of the library loads, and fails the build when it loads too much. */
export function libraryReport(metafile, { quiet }) {
  const carried = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  const bleed = carried.flatMap((path) =>
    absentFromLibrary.filter(([pattern]) => pattern.test(path)).map(([, reason]) => `${path}: ${reason}`),
  );
  for (const { entryPoint } of Object.values(metafile.outputs)) {
    if (entryPoint === undefined || !/^src\/(?:index|exports\/[^/]+)\.ts$/.test(entryPoint)) continue;
    const name = basename(entryPoint, ".ts");
    const modules = modulesReached(metafile, [entryPoint]);
    const bytes = modules.reduce((sum, module) => sum + module.bytes, 0);
    if (!quiet) {
      const specifier = `rolesanywhere-ts${name === "index" ? "" : `/${name}`}`;
      console.log(`import "${specifier}" loads ${modules.length} modules, ${(bytes / 1024).toFixed(1)} KiB`);
    }
    for (const { path } of modules) {
      for (const [pattern, reason] of forbiddenInLibrary) {
        if (pattern.test(path)) bleed.push(`${name}: ${path}: ${reason}`);
      }
    }
  }
  if (bleed.length > 0) {
    console.error(`build failed: an import of the library loads what it does not run\n  ${bleed.join("\n  ")}`);
    process.exit(1);
  }
}
