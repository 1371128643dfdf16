import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, parseDocument, stringify } from "yaml";
import type { Document, Node, Pair, YAMLMap, YAMLSeq } from "yaml";
import { UsageError } from "../../errors.js";

/** How kubectl gets its token: a program that prints an ExecCredential. */
export interface ExecUser {
  readonly command: string;
  readonly args: readonly string[];
}

export interface UserEdit {
  readonly name: string;
  readonly user: ExecUser;
  /** Written before each line of an entry that is replaced, which then stays as a comment. */
  readonly remark: string | undefined;
}

export type PresentUser = "none" | "same" | "ours" | "other";

const layout = { lineWidth: 0, indentSeq: false } as const;

/**
 * What the file has under the name.
 *
 * @param isOurs Whether an exec entry runs this program.
 * @throws UsageError `ERR_CONFIG_FILE` for a file that is not a kubeconfig.
 */
export function findUser(
  text: string,
  { name, user }: Pick<UserEdit, "name" | "user">,
  isOurs: (user: ExecUser) => boolean,
  file: string,
): PresentUser {
  const entry = usersOf(contentOf(parse(text, file), file)).find((each) => each["name"] === name);
  if (entry === undefined) return "none";
  if (isDeepStrictEqual(entry["user"], { exec: execOf(user) })) return "same";
  const { exec } = members(entry["user"]);
  const { command, args = [] } = members(exec);
  const isText = (each: unknown): each is string => typeof each === "string";
  if (!isText(command) || !Array.isArray(args) || !args.every(isText)) return "other";
  return isOurs({ command, args }) ? "ours" : "other";
}

/**
 * Writes one entry of `users`. Every byte outside it stays as it is where the file is laid out in lines; a file in JSON or
 * with `users` in braces is written anew, with the same content.
 *
 * @param file For messages, which quote nothing of the file: it may hold secrets.
 * @throws UsageError `ERR_CONFIG_FILE` for a file that is not a kubeconfig, or that cannot be edited without a loss.
 */
export function editUser(text: string, edit: UserEdit, file: string): string {
  const document = parse(text, file);
  const wanted = withUser(contentOf(document, file), edit);
  for (const candidate of candidates(text, document, edit, wanted)) if (says(candidate, wanted)) return candidate;
  throw new UsageError("ERR_CONFIG_FILE", `${file} cannot be edited without a loss`, {
    hints: [`add the user entry by hand: ${JSON.stringify({ name: edit.name, user: { exec: execOf(edit.user) } })}`],
  });
}

function says(text: string, wanted: Members): boolean {
  const result = parseDocument(text);
  return result.errors.length === 0 && isDeepStrictEqual(result.toJS(), wanted);
}

/** The gentlest way first; each is taken only if it says what is wanted. */
function* candidates(text: string, document: Document, edit: UserEdit, wanted: Members): Generator<string> {
  const spliced = splice(text, document, edit);
  const asBefore = (result: string) => (text.includes("\r\n") ? result.replaceAll(/\r?\n/g, "\r\n") : result);
  if (spliced !== undefined) yield asBefore(spliced);
  if (/^\s*\{/.test(text)) yield `${JSON.stringify(wanted, undefined, 2)}\n`;
  const copy = document.clone();
  const index = usersOf(copy.toJS() as Members).findIndex(({ name }) => name === edit.name);
  const user = copy.createNode({ exec: execOf(edit.user) });
  if (index >= 0) copy.setIn(["users", index, "user"], user);
  else if (isSeq(copy.get("users"))) copy.addIn(["users"], copy.createNode({ name: edit.name, user }));
  else copy.set("users", copy.createNode([{ name: edit.name, user }]));
  const whole = print(copy);
  if (whole !== undefined) yield asBefore(whole);
}

/** undefined when something refers to what was replaced. */
function print(document: Document): string | undefined {
  try {
    return document.toString(layout);
  } catch {
    return undefined;
  }
}

function splice(text: string, document: Document, edit: UserEdit): string | undefined {
  const entry = stringify([{ name: edit.name, user: { exec: execOf(edit.user) } }], layout);
  if (document.contents === null) return `${text}${lineEndOf(text)}${newFile}users:\n${entry}`;
  if (!isMap(document.contents) || document.contents.flow === true) return undefined;
  const users = (document.contents as YAMLMap<Node, Node | null>).items.find(
    ({ key }) => isScalar(key) && key.value === "users",
  );
  if (users === undefined) {
    return /^(?:\.\.\.|---)\s*$/m.test(text.slice(document.contents.range?.[1]))
      ? undefined
      : `${text}${lineEndOf(text)}users:\n${entry}`;
  }
  return isBlock(users.value) ? spliceItem(text, users.value, edit, entry) : spliceEmpty(text, users, entry);
}

const newFile = "apiVersion: v1\nkind: Config\n";

function isBlock(node: Node | null): node is YAMLSeq<Node> {
  return isSeq(node) && node.flow !== true && node.items.length > 0;
}

/** `users: []`, `users: null` and `users:` alone on its line. */
function spliceEmpty(text: string, { key, value }: Pair<Node, Node | null>, entry: string): string | undefined {
  const from = text.indexOf(":", key.range?.[1]) + 1;
  const to = value?.range?.[1] ?? from;
  if (!/^[ \t]*(?:\[\s*\]|null|~)?$/.test(text.slice(from, Math.max(from, to)))) return undefined;
  const rest = text.slice(Math.max(from, to));
  return `${text.slice(0, from)}${/^[ \t]*#/.test(rest) ? rest.slice(0, rest.search(/\n|$/)) : ""}\n${entry}${rest.slice(rest.search(/\n|$/) + 1)}`;
}

function spliceItem(text: string, users: YAMLSeq<Node>, edit: UserEdit, entry: string): string | undefined {
  const found = users.items.find((item) => isMap(item) && item.get("name") === edit.name);
  if (found !== undefined) return isMap(found) ? spliceUser(text, found, edit) : undefined;
  const last = users.items.at(-1);
  const dash = /^([ \t]*)-[ \t]/.exec(lineBefore(text, last?.range?.[0] ?? 0));
  const end = last?.range?.[1];
  if (dash === null || end === undefined) return undefined;
  // The value of a block ends behind its line end.
  const at = text[end - 1] === "\n" ? end : end + text.slice(end).search(/\n|$/) + 1;
  const before = text.slice(0, at);
  return `${before}${lineEndOf(before)}${indent(entry, dash[1] ?? "")}${text.slice(at)}`;
}

/** The value of `user`, which stands on lines of its own; what stood there stays as a comment. */
function spliceUser(text: string, item: YAMLMap, { user, remark }: UserEdit): string | undefined {
  const node = item.get("user", true) as Node | undefined;
  const [start, end] = node?.range ?? [];
  if (start === undefined || end === undefined || !isMap(node) || node.flow === true) return undefined;
  const pad = lineBefore(text, start);
  if (!/^[ ]+$/.test(pad)) return undefined;
  const old = text.slice(start, end).trimEnd();
  const kept =
    remark === undefined ? [] : old.split(/\r?\n/).map((line) => `${pad}# ${remark}${line.replace(pad, "")}\n`);
  const rest = text.slice(start + old.length).replace(/^[ \t]*\r?\n/, "");
  const block = indent(stringify({ exec: execOf(user) }, layout), pad);
  return `${text.slice(0, start - pad.length)}${block}${kept.join("")}${rest}`;
}

function lineBefore(text: string, offset: number): string {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
}

function lineEndOf(text: string): string {
  return text === "" || text.endsWith("\n") ? "" : "\n";
}

function indent(text: string, pad: string): string {
  return text.replaceAll(/^(?=.)/gm, pad);
}

function execOf({ command, args }: ExecUser) {
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    command,
    args: [...args],
    interactiveMode: "Never",
    provideClusterInfo: false,
  };
}

type Members = Readonly<Record<string, unknown>>;

function withUser(content: Members, { name, user }: UserEdit): Members {
  const users = usersOf(content);
  const entry = { name, user: { exec: execOf(user) } };
  const index = users.findIndex((each) => each["name"] === name);
  const given = index === -1 ? [...users, entry] : users.with(index, { ...users[index], ...entry });
  return { ...(Object.keys(content).length === 0 ? { apiVersion: "v1", kind: "Config" } : content), users: given };
}

function parse(text: string, file: string): Document {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault === undefined) return document;
  const line = fault.linePos?.[0].line;
  throw new UsageError("ERR_CONFIG_FILE", `${file} is not YAML${line === undefined ? "" : `, in line ${line}`}`, {
    hints: ["correct it, or name another file with KUBECONFIG"],
  });
}

function contentOf(document: Document, file: string): Members {
  const content = plain(document);
  const { users } = members(content);
  const isList = users === undefined || users === null || (Array.isArray(users) && users.every(isObject));
  if ((content === null || isObject(content)) && isList) return members(content);
  throw new UsageError("ERR_CONFIG_FILE", `${file} is not a kubeconfig`, {
    hints: ["name another file with KUBECONFIG"],
  });
}

/** Aliases that would grow without end make it no kubeconfig. */
function plain(document: Document): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

function usersOf({ users }: Members): readonly Members[] {
  return Array.isArray(users) ? users.filter(isObject) : [];
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function members(value: unknown): Members {
  return isObject(value) ? value : {};
}
