import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import GithubSlugger from "github-slugger";
import type { Code, Nodes, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

/** Markdown file of the project, parsed as GitHub does. */
export interface Page {
  /** Relative to the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Names that a link may have after `#`. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
  readonly blocks: readonly Block[];
  /** Text between backticks. */
  readonly spans: readonly Span[];
}

export interface Link {
  readonly url: string;
  readonly line: number;
  readonly isImage: boolean;
}

export interface Span {
  readonly text: string;
  readonly line: number;
}

/** Fenced block. */
export interface Block extends Span {
  /** First word after the fence; empty if there is none. */
  readonly language: string;
  /** Settings from a comment right before the block: `<!-- run: no, needs an AWS account -->` sets `run`. */
  readonly directives: ReadonlyMap<string, string>;
}

/** Reads all pages for users: README, the changelog and everything below docs. */
export function readPages(root: string): readonly Page[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return below(path);
      return entry.name.endsWith(".md") ? [path] : [];
    });
  const single = [
    "README.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/README.md",
  ];
  return [...single.filter((name) => existsSync(join(root, name))), ...below("docs").sort()].map((path) =>
    parsePage(relative(root, join(root, path)).replaceAll("\\", "/"), readFileSync(join(root, path), "utf8")),
  );
}

export function parsePage(path: string, text: string): Page {
  const tree = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const links: Link[] = [];
  const blocks: Block[] = [];
  const spans: Span[] = [];
  walk(tree, (node, before) => {
    const line = node.position?.start.line ?? 0;
    if (node.type === "heading") anchors.add(slugger.slug(plainText(node)));
    if (node.type === "html") for (const anchor of explicitAnchors(node.value)) anchors.add(anchor);
    if (node.type === "link" || node.type === "definition") links.push({ url: node.url, line, isImage: false });
    if (node.type === "image") links.push({ url: node.url, line, isImage: true });
    if (node.type === "inlineCode") spans.push({ text: node.value, line });
    const isFenced = /^[`~]/.test(text.slice(node.position?.start.offset));
    if (node.type === "code" && isFenced) blocks.push(toBlock(node, line, before));
  });
  return { path, text, anchors, links, blocks, spans };
}

function walk(tree: Root, visit: (node: Nodes, before: Nodes | undefined) => void): void {
  const enter = (node: Nodes, before: Nodes | undefined): void => {
    visit(node, before);
    if (!("children" in node)) return;
    for (const [index, child] of node.children.entries()) enter(child, node.children[index - 1]);
  };
  enter(tree, undefined);
}

function plainText(node: Nodes): string {
  if ("value" in node) return node.type === "html" ? "" : node.value;
  return "children" in node ? node.children.map(plainText).join("") : "";
}

function explicitAnchors(html: string): string[] {
  return [...html.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)].map(([, name = ""]) => name);
}

/** The content of a block starts one line below its fence. */
function toBlock(node: Code, line: number, before: Nodes | undefined): Block {
  const language = node.lang ?? "";
  return { text: node.value, line: line + 1, language, directives: readDirectives(before) };
}

function readDirectives(node: Nodes | undefined): ReadonlyMap<string, string> {
  const comment = node?.type === "html" ? /^<!--\s*([a-z]+):\s*(.*?)\s*-->$/s.exec(node.value) : null;
  return new Map(comment === null ? [] : [[comment[1] ?? "", comment[2] ?? ""]]);
}
