// The configuration of VitePress. scripts/build-site.mjs copies it beside the pages.
import { readFileSync } from "node:fs";
import { slug } from "github-slugger";

const { index } = JSON.parse(readFileSync(new URL("pages.json", import.meta.url), "utf8"));

export default {
  title: "rolesanywhere-ts",
  description: "Temporary AWS credentials from an X.509 certificate, through IAM Roles Anywhere",
  lang: "en",
  base: process.env["SITE_BASE"] ?? "/",
  head: [["link", { rel: "icon", href: "data:," }]],
  // Headings have the anchors of GitHub, which links of the pages use.
  markdown: {
    anchor: { slugify: (text) => slug(text) },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  themeConfig: {
    search: { provider: "local" },
    sidebar: index,
    outline: [2, 3],
    docFooter: { prev: false, next: false },
  },
};
