import { join } from "node:path";
import { decodeText } from "./files/decode-text.js";
import { readNamedFile } from "./files/read-named-file.js";
import { systemCode, UsageError } from "../errors.js";
import type { Environment } from "./environment.js";
import { parseIni, readSections, splitSections } from "./ini/document.js";

/** The keys of one section in lower case; keys of a nested block are `outer.inner`. */
export type ConfigSection = ReadonlyMap<string, string>;

/** The contents of a shared config file. */
export interface SharedConfig {
  readonly file: string;
  readonly profiles: ReadonlyMap<string, ConfigSection>;
  readonly services: ReadonlyMap<string, ConfigSection>;
}

/** Returns `AWS_CONFIG_FILE`, else `~/.aws/config`; undefined without a home folder. */
export function configFilePath({
  variables,
  homeDirectory,
}: Pick<Environment, "variables" | "homeDirectory">): string | undefined {
  const named = variables["AWS_CONFIG_FILE"];
  if (named !== undefined && named !== "") return expandHome(named, homeDirectory);
  return homeDirectory === undefined ? undefined : join(homeDirectory, ".aws", "config");
}

/** Returns `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`; undefined without a home folder. */
export function credentialsFilePath({
  variables,
  homeDirectory,
}: Pick<Environment, "variables" | "homeDirectory">): string | undefined {
  const named = variables["AWS_SHARED_CREDENTIALS_FILE"];
  if (named !== undefined && named !== "") return expandHome(named, homeDirectory);
  return homeDirectory === undefined ? undefined : join(homeDirectory, ".aws", "credentials");
}

/** Expands a leading `~` and nothing else. */
export function expandHome(path: string, homeDirectory: string | undefined): string {
  if (homeDirectory === undefined || !/^~(?=$|[/\\])/.test(path)) return path;
  return join(homeDirectory, path.slice(1));
}

/** One of the two shared files. */
export interface SharedFile extends SharedConfig {
  /** Empty if the file does not exist or cannot be read. */
  readonly bytes: Buffer;
  readonly exists: boolean;
  /** Why an existing file cannot be read; thrown by callers that need its contents. */
  readonly fault: UsageError | undefined;
}

export interface SharedFiles {
  readonly config: SharedFile;
  readonly credentials: SharedFile;
}

/** Reads both shared files. All code that needs their profiles, keys or bytes calls this. */
export function readSharedFiles(environment: Pick<Environment, "variables" | "homeDirectory">): SharedFiles {
  return {
    config: readSharedFile(configFilePath(environment), "config"),
    credentials: readSharedFile(credentialsFilePath(environment), "credentials"),
  };
}

function readSharedFile(file: string | undefined, kind: keyof SharedFiles): SharedFile {
  const found = (bytes: Buffer, fault?: UsageError) => ({
    bytes,
    exists: true,
    fault,
    ...parseSharedConfig(decodeText(bytes), file ?? "", kind),
  });
  const missing = () => ({ ...found(Buffer.alloc(0)), exists: false });
  if (file === undefined) return missing();
  try {
    return found(readNamedFile(file));
  } catch (error) {
    const code = systemCode(error);
    return code === "ENOENT" || code === "ENOTDIR" ? missing() : found(Buffer.alloc(0), unreadable(file, kind, code));
  }
}

function unreadable(file: string, kind: keyof SharedFiles, code: string): UsageError {
  const variable = kind === "config" ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE";
  return new UsageError("ERR_CONFIG_FILE", `cannot read the AWS ${kind} file ${file}: ${code}`, {
    hints: [`check its path (${variable}) and its mode`],
  });
}

/**
 * Parses sections and keys like botocore: `#` and `;` begin comment lines, a value contains no comments, an indented
 * line belongs to the key above it, section names may be quoted. In the credentials file, every section is a profile.
 * The keys of a section are read when they are asked for: a file may have thousands of profiles.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function parseSharedConfig(text: string, file: string, kind: "config" | "credentials" = "config"): SharedConfig {
  const profiles = new LazySections();
  const services = new LazySections();
  for (const { header, content } of splitSections(text)) {
    const profile = kind === "credentials" ? header.trim() : profileNameOf(header);
    const service = kind === "credentials" || profile !== undefined ? undefined : servicesNameOf(header);
    if (profile !== undefined) profiles.add(profile, content);
    else if (service !== undefined) services.add(service, content);
  }
  return { file, profiles, services };
}

/** Sections by name whose text is parsed on first use. */
class LazySections extends Map<string, ConfigSection> {
  readonly #unread = new Map<string, readonly string[]>();

  add(name: string, content: string): void {
    this.#unread.set(name, [...(this.#unread.get(name) ?? []), content]);
    this.set(name, new Map());
  }

  override get(name: string): ConfigSection | undefined {
    const contents = this.#unread.get(name);
    if (contents !== undefined) {
      this.#unread.delete(name);
      this.set(name, readKeys(contents));
    }
    return super.get(name);
  }

  override entries(): MapIterator<[string, ConfigSection]> {
    for (const name of this.keys()) this.get(name);
    return super.entries();
  }

  override values(): MapIterator<ConfigSection> {
    this.entries();
    return super.values();
  }

  override forEach(...words: Parameters<Map<string, ConfigSection>["forEach"]>): void {
    this.entries();
    super.forEach(...words);
  }

  override [Symbol.iterator](): MapIterator<[string, ConfigSection]> {
    return this.entries();
  }
}

/** Of repeated sections, later keys win. */
function readKeys(contents: readonly string[]): ConfigSection {
  const section = new Map<string, string>();
  for (const { key, value } of contents
    .flatMap((text) => readSections(parseIni(text)))
    .flatMap(({ options }) => options)) {
    const nested = value.startsWith("\n");
    section.set(key, nested ? "" : value);
    for (const line of nested ? value.split("\n") : []) {
      const pair = /^([^=]+?)\s*=\s*(.*)$/.exec(line);
      if (pair !== null) section.set(`${key}.${(pair[1] ?? "").toLowerCase()}`, pair[2] ?? "");
    }
  }
  return section;
}

/** Returns the profile of a section in the config file: `x` for `profile x`, `profile "x"`; `default` for `default`. */
export function profileNameOf(header: string): string | undefined {
  const [kind = "", ...names] = splitHeader(header);
  if (kind === "default" && names.length === 0) return "default";
  return kind === "profile" && names.length > 0 ? names.join(" ") : undefined;
}

function servicesNameOf(header: string): string | undefined {
  const [kind, ...names] = splitHeader(header);
  return kind === "services" && names.length > 0 ? names.join(" ") : undefined;
}

function splitHeader(header: string): string[] {
  return [...header.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}
