// The documentation site in a headless Chromium: npm run site, then npm run site:check.
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const site = join(root, "dist/site");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const pages = existsSync(site)
  ? readdirSync(site, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".html") && name !== "404.html")
      .map((name) => name.replaceAll("\\", "/"))
      .toSorted()
  : [];
let server;
let browser;
let origin;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = join(site, decodeURIComponent(pathname), pathname.endsWith("/") ? "index.html" : "");
    const file = [path, `${path}.html`].find((name) => existsSync(name) && statSync(name).isFile());
    response.writeHead(file === undefined ? 404 : 200, { "content-type": types[extname(file ?? "")] ?? "text/plain" });
    if (file === undefined) response.end("not found");
    else createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  const { launch } = createRequire(join(root, "node_modules/.cache/site/package.json"))("puppeteer-core");
  browser = await launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

async function open(path, { dark = false } = {}) {
  const page = await browser.newPage();
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  await page.goto(`${origin}/${path}`, { waitUntil: "networkidle0" });
  return { page, errors };
}

/** Texts with less contrast than WCAG's 4.5 to 1, or 3 to 1 when large. Runs in the page. */
function findFaintTexts() {
  const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const over = ([r, g, b, a = 1], below) => [r, g, b].map((value, index) => value * a + below[index] * (1 - a));
  const backgroundOf = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reduceRight((below, layer) => (layer.length < 3 ? below : over(layer, below)), [255, 255, 255]);
  };
  const faint = [];
  for (const element of document.querySelectorAll(".vp-doc *, .VPSidebar *, .VPNav *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!own || element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) === false) continue;
    const style = getComputedStyle(element);
    const background = backgroundOf(element);
    const [one, other] = [over(parse(style.color), background), background].map(luminance);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const large = Number.parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`);
  }
  return faint;
}

test("the site has a page for each page of docs", () => {
  const sources = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  expect(pages.filter((name) => name.startsWith("docs/"))).toHaveLength(sources.length);
});

test("every link leads to a page, a heading or a file of the site", () => {
  const ids = new Map(
    pages.map((name) => [name, new Set(readFileSync(join(site, name), "utf8").match(/(?<=\bid=")[^"]+/g))]),
  );
  const dead = pages.flatMap((name) =>
    [...readFileSync(join(site, name), "utf8").matchAll(/\bhref="([^"]+)"/g)]
      .map(([, target]) => target.replaceAll("&amp;", "&"))
      .filter((target) => !/^(?:[a-z]+:|\/assets\/)/.test(target))
      .flatMap((target) => {
        const url = new URL(target, `http://localhost/${name}`);
        const path = decodeURIComponent(url.pathname).replace(/\/$/, "/index.html").slice(1);
        const file = [path, `${path}.html`].find((found) => existsSync(join(site, found)));
        const heading = decodeURIComponent(url.hash.slice(1));
        const found = file !== undefined && (heading === "" || ids.get(file)?.has(heading) !== false);
        return found ? [] : [`${name}: ${target}`];
      }),
  );
  expect([...new Set(dead)]).toEqual([]);
});

test("no page logs an error", async () => {
  const found = [];
  for (const name of pages) {
    const { page, errors } = await open(name);
    found.push(...errors.map((error) => `${name}: ${error}`));
    await page.close();
  }
  expect(found).toEqual([]);
});

test("search finds a page and opens it", async () => {
  const { page } = await open("");
  await page.waitForSelector(".VPNavBarSearch button");
  await page.click(".VPNavBarSearch button");
  await page.waitForSelector("input.search-input");
  await page.type("input.search-input", "role chaining");
  await page.waitForSelector(".results .result");
  const first = await page.$eval(".results .result", (link) => link.getAttribute("href"));
  await page.click(".results .result");
  await page.waitForFunction((href) => location.pathname === new URL(href, location.href).pathname, {}, first);
  expect(first).toMatch(/^\/.*\.html/);
  await page.close();
});

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  test.each(["", "docs/getting-started.html", "docs/reference/commands.html", "docs/security.html"])(
    "text of /%s has enough contrast",
    async (path) => {
      const { page } = await open(path, { dark: theme === "dark" });
      const faint = await page.evaluate(findFaintTexts);
      await page.close();
      expect(faint).toEqual([]);
    },
  );
});
