import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import type { Fault } from "./fault.js";
import type { Link, Page } from "./page.js";

/** Finds broken links, and pages without a link to them. */
export function findLinkFaults(root: string, pages: readonly Page[]): readonly Fault[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const faults = pages.flatMap((page) =>
    page.links.flatMap((link) => {
      const message = faultOf(link, page, byPath, root);
      return message === undefined ? [] : [{ path: page.path, line: link.line, message }];
    }),
  );
  return [...faults, ...findOrphans(pages, byPath)];
}

function faultOf(link: Link, page: Page, pages: ReadonlyMap<string, Page>, root: string): string | undefined {
  const { url } = link;
  if (/^[a-z][a-z\d+.-]*:/i.test(url)) return externalFault(url);
  const { path, anchor } = targetOf(url, page.path);
  if (path.startsWith("..")) return `the link ${url} leads out of the project`;
  if (!existsSync(join(root, path))) return `the link ${url} leads to ${path}, which does not exist`;
  if (anchor === undefined) return undefined;
  const target = pages.get(path);
  if (target === undefined) return `the link ${url} names a heading of a file that is not a page`;
  return target.anchors.has(anchor) ? undefined : `the link ${url} names a heading that ${path} does not have`;
}

function targetOf(url: string, from: string): { readonly path: string; readonly anchor: string | undefined } {
  const [path = "", anchor] = url.split("#");
  return {
    path: path === "" ? from : normalize(join(dirname(from), decodeURI(path))).replace(/\/$/, ""),
    anchor: anchor === undefined ? undefined : decodeURIComponent(anchor),
  };
}

function externalFault(url: string): string | undefined {
  if (/^mailto:[^@\s]+@[^@\s]+$/.test(url)) return undefined;
  if (!URL.canParse(url)) return `the link ${url} is not a URL`;
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && hostname === "127.0.0.1") return undefined;
  if (protocol !== "https:") return `the link ${url} is not https`;
  return hostname.includes(".") ? undefined : `the link ${url} leads to a host without a domain`;
}

/** Follows links from the pages where readers start. A link to a folder leads to its README. */
function findOrphans(pages: readonly Page[], byPath: ReadonlyMap<string, Page>): readonly Fault[] {
  const reached = new Set<string>();
  const waiting = ["README.md", "docs/README.md"];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const page = byPath.get(path) ?? byPath.get(`${path}/README.md`);
    if (page === undefined || reached.has(page.path)) continue;
    reached.add(page.path);
    for (const { url } of page.links) if (!url.includes(":")) waiting.push(targetOf(url, page.path).path);
  }
  return pages
    .filter(({ path }) => !reached.has(path))
    .map(({ path }) => ({ path, line: 0, message: "no link leads here from README.md or docs/README.md" }));
}

/** Finds links that do not answer. Only on request: a check of the project must not depend on the network. */
export async function findDeadLinks(pages: readonly Page[]): Promise<readonly Fault[]> {
  const places = new Map<string, Fault>();
  for (const { path, links } of pages) {
    for (const { url, line } of links) {
      if (url.startsWith("https:")) places.set(url.replace(/#.*$/, ""), { path, line, message: "" });
    }
  }
  const asked = [...places].map(async ([url, place]): Promise<readonly Fault[]> => {
    const answer = await ask(url);
    return answer === undefined ? [] : [{ ...place, message: `${url}: ${answer}` }];
  });
  return (await Promise.all(asked)).flat();
}

/** Some servers answer HEAD with 403 or 405, but GET with the page. */
async function ask(url: string): Promise<string | undefined> {
  for (const method of ["HEAD", "GET"]) {
    try {
      const { status } = await fetch(url, { method, signal: AbortSignal.timeout(20_000) });
      if (status < 400) return undefined;
      if (method === "GET") return `answers ${status}`;
    } catch (error) {
      return `does not answer: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}
