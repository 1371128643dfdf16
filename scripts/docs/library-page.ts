import GithubSlugger from "github-slugger";
import { Node } from "ts-morph";
import type {
  ClassDeclaration,
  FunctionDeclaration,
  InterfaceDeclaration,
  TypeAliasDeclaration,
  VariableDeclaration,
} from "ts-morph";
import { readDocComment } from "./doc-comment.js";
import type { DocComment } from "./doc-comment.js";
import { cell, fence, formatTable, formatType, withErrorLinks, withLinks } from "./markdown.js";
import type { Link } from "./markdown.js";
import type { PublicSurface } from "./public-surface.js";

const title = "Library reference";
const partsHeading = "Parts of types";
const partsNote = "The types above are made of these, which are not exported by name.";
const kinds = [
  ["Functions", Node.isFunctionDeclaration],
  ["Errors", Node.isClassDeclaration],
  ["Constants", Node.isVariableDeclaration],
  ["Types", (node: Node) => Node.isInterfaceDeclaration(node) || Node.isTypeAliasDeclaration(node)],
] as const;

/** Formats the reference of all exports of the package, as one page of Markdown. */
export function formatLibraryPage(surface: PublicSurface): string {
  const sections = [
    ...kinds.map(([heading, isKind]) => ({
      heading,
      names: [...surface.exports].filter(([, node]) => isKind(node)).map(([name]) => name),
    })),
    { heading: partsHeading, names: [...surface.parts.keys()] },
  ];
  const listed = new Set(sections.flatMap(({ names }) => names));
  for (const name of surface.exports.keys()) {
    if (!listed.has(name)) throw new Error(`the page has no place for an export such as ${name}`);
  }
  const link = createLinks(sections);
  const parts = [
    "<!-- Written by `npm run docs` from the comments in src; changes belong there. -->",
    `# ${title}`,
    "What the package exports, from the comments of its sources. [The library](../library.md) shows how it is used.",
    formatEntryPoints(surface, link),
    ...sections.flatMap(({ heading, names }) =>
      names.length === 0
        ? []
        : [
            `## ${heading}`,
            ...(heading === partsHeading ? [partsNote] : []),
            ...names.flatMap((name) => formatExport(name, nodeOf(name, surface), link)),
          ],
    ),
  ];
  return `${parts.map((part) => part.trim()).join("\n\n")}\n`;
}

function nodeOf(name: string, { exports, parts }: PublicSurface): Node {
  return (exports.get(name) ?? parts.get(name)) as Node;
}

function createLinks(sections: readonly { readonly heading: string; readonly names: readonly string[] }[]): Link {
  const slugger = new GithubSlugger();
  const anchors = new Map<string, string>();
  slugger.slug(title);
  for (const { heading, names } of sections) {
    slugger.slug(heading);
    for (const name of names) anchors.set(name, slugger.slug(name));
  }
  return (name) => (anchors.has(name) ? `[\`${name}\`](#${anchors.get(name)})` : `\`${name}\``);
}

/** Lists the entry points without types: every entry point also exports those that its values need. */
function formatEntryPoints({ entryPoints, exports }: PublicSurface, link: Link): string {
  const isType = kinds[3][1];
  const rows = entryPoints.map(({ specifier, names }) => [
    `\`${specifier}\``,
    names
      .filter((name) => !isType(exports.get(name) as Node))
      .map(link)
      .join(", "),
  ]);
  return formatTable(["import from", "besides types"], rows);
}

function formatExport(name: string, node: Node, link: Link): readonly string[] {
  const comment = readDocComment(node);
  const text = (markdown: string) => withLinks(markdown, link);
  return [
    `### ${name}`,
    text(comment.description),
    ...formatShape(name, node, comment, link),
    ...(comment.returns === undefined ? [] : [`**Returns** ${text(comment.returns)}`]),
    ...(comment.throws.length === 0
      ? []
      : [`**Throws** ${comment.throws.map((error) => text(withErrorLinks(error))).join("; ")}`]),
    ...comment.examples.map(formatExample),
    ...(comment.see.length === 0 ? [] : [`See ${comment.see.map((place) => formatPlace(place, text)).join(", ")}`]),
  ].filter((part) => part !== "");
}

function formatShape(name: string, node: Node, comment: DocComment, link: Link): readonly string[] {
  if (Node.isFunctionDeclaration(node)) return formatFunction(node, comment, link);
  if (Node.isClassDeclaration(node)) return formatClass(node, link);
  if (Node.isInterfaceDeclaration(node)) return formatInterface(node, link);
  if (Node.isVariableDeclaration(node)) return formatConstant(node);
  if (Node.isTypeAliasDeclaration(node)) return [fence("ts", formatAlias(node, name))];
  return [fence("ts", node.getText())];
}

/** Writes out a union that the source derives from a list. */
function formatAlias(node: TypeAliasDeclaration, name: string): string {
  const members = node.getType().getUnionTypes();
  const isChoice = members.length > 0 && members.every((member) => member.isStringLiteral());
  if (!isChoice || !node.getText().includes("(typeof ")) return withoutModifiers(node.getText(), name);
  return `type ${name} = ${members.map((member) => member.getText()).join(" | ")};`;
}

function formatFunction(node: FunctionDeclaration, { parameters }: DocComment, link: Link): readonly string[] {
  const overloads = node.getOverloads();
  const signatures = (overloads.length === 0 ? [node] : overloads).map((overload) => {
    const generics = overload.getTypeParameters().map((parameter) => parameter.getText());
    const given = overload.getParameters().map((parameter) => parameter.getText());
    const returned = overload.getReturnTypeNode()?.getText() ?? overload.getReturnType().getText(overload);
    const head = `${overload.getName() ?? ""}${generics.length === 0 ? "" : `<${generics.join(", ")}>`}`;
    const oneLine = `${head}(${given.join(", ")}): ${returned}`;
    return oneLine.length <= 100 ? oneLine : `${head}(\n${given.map((text) => `  ${text},\n`).join("")}): ${returned}`;
  });
  const rows = node.getParameters().map((parameter) => {
    const type = parameter.getTypeNode()?.getText() ?? parameter.getType().getText(parameter);
    const initial = parameter.getInitializer()?.getText();
    const name = parameter.getName().startsWith("{") ? "options" : parameter.getName();
    const meaning = parameters.get(name) ?? (initial === undefined && !parameter.isOptional() ? "" : "optional");
    return [`\`${name}\``, formatType(type, link), cell(withLinks(meaning, link))];
  });
  const isTelling = parameters.size > 0;
  return [
    fence("ts", signatures.join("\n")),
    ...(isTelling ? [formatTable(["parameter", "type", "meaning"], rows)] : []),
  ];
}

function formatClass(node: ClassDeclaration, link: Link): readonly string[] {
  const base = node.getExtends()?.getText();
  const rows = node
    .getProperties()
    .filter((property) => !property.hasModifier("private") && !property.getName().startsWith("#"))
    .map((property) => {
      const { description } = readDocComment(property);
      return [
        `\`${property.getName()}\``,
        formatType(readableType(property), link),
        cell(withLinks(description, link)),
      ];
    });
  return [
    ...(base === undefined ? [] : [`Extends ${link(base)}.`]),
    ...(rows.length === 0 ? [] : [formatTable(["member", "type", "meaning"], rows)]),
  ];
}

/** Writes out a union of strings; the name of a type that is not exported says nothing. */
function readableType(node: Node & { getTypeNode(): Node | undefined }): string {
  const text = node.getTypeNode()?.getText() ?? node.getType().getText(node);
  const members = node.getType().getUnionTypes();
  const isChoice = members.length > 0 && members.every((member) => member.isStringLiteral());
  const isNamed = /^\w+$/.test(text);
  if (isChoice && !isNamed) return members.map((member) => member.getText()).join(" | ");
  return node.getType().isStringLiteral() ? node.getType().getText() : text;
}

function formatInterface(node: InterfaceDeclaration, link: Link): readonly string[] {
  const bases = node.getExtends().map((base) => formatType(base.getText(), link));
  const members = [...node.getProperties(), ...node.getMethods()].sort((one, other) => one.getPos() - other.getPos());
  const rows = members.map((member) => {
    const { description, byDefault } = readDocComment(member);
    const [meaning, stated] = splitDefault(description);
    const isOptional = member.hasQuestionToken();
    const type = Node.isMethodSignature(member)
      ? member
          .getText()
          .replace(/^[\s\S]*?(?=[<(])/, "")
          .replace(/;$/, "")
          .replace(/\): /, ") => ")
      : withoutComments(member.getTypeNode()?.getText() ?? "");
    const value = byDefault ?? stated;
    return [
      `\`${member.getName()}${isOptional ? "?" : ""}\``,
      formatType(isOptional ? withoutUndefined(type) : type, link),
      value === undefined ? "" : cell(withLinks(value, link)),
      cell(withLinks(meaning, link)),
    ];
  });
  const calls = node.getCallSignatures().map((call) => call.getText().replace(/;$/, ""));
  const hasDefaults = rows.some(([, , value]) => value !== "");
  const columns = hasDefaults ? ["member", "type", "default", "meaning"] : ["member", "type", "meaning"];
  const shown = hasDefaults ? rows : rows.map(([name = "", type = "", , meaning = ""]) => [name, type, meaning]);
  return [
    ...(bases.length === 0
      ? []
      : [
          `Has all that ${bases.join(" and ")} ${bases.length === 1 ? "has" : "have"}${rows.length === 0 ? "." : ", and:"}`,
        ]),
    ...(calls.length === 0 ? [] : [fence("ts", calls.map(withoutComments).join("\n"))]),
    ...(rows.length === 0 ? [] : [formatTable(columns, shown)]),
  ];
}

/** Splits `Default 3600.` or `…; default: a year.` off the end of a description, for a separate column. */
function splitDefault(description: string): readonly [meaning: string, byDefault: string | undefined] {
  const text = description.replaceAll(/\s+/g, " ").trim();
  const mentions = text.match(/\bdefault\b/gi) ?? [];
  const [whole, value] = /(?:^|[;,]? )[Dd]efault:? ((?:[^.;]|\.(?=\S))+)\.?$/.exec(text) ?? [];
  if (mentions.length !== 1 || whole === undefined) return [description, undefined];
  const meaning = text.slice(0, -whole.length);
  return [/[\w`)]$/.test(meaning) ? `${meaning}.` : meaning, value];
}

function formatConstant(node: VariableDeclaration): readonly string[] {
  const members = node.getType().getProperties();
  const rows = members.map((member) => [`\`${member.getName()}\``, `\`${member.getTypeAtLocation(node).getText()}\``]);
  const isTable = node.getType().isObject() && rows.length > 0;
  if (isTable) return [formatTable(["member", "value"], rows)];
  return [fence("ts", `const ${node.getName()}: ${node.getTypeNode()?.getText() ?? node.getType().getText(node)}`)];
}

function formatExample(text: string): string {
  return text.includes("```") ? text : fence("ts", text);
}

function formatPlace(place: string, text: (markdown: string) => string): string {
  return /^https:\S+$/.test(place) ? `<${place}>` : text(place);
}

function withoutModifiers(text: string, name: string): string {
  const start = text.search(new RegExp(`\\b(?:type|interface) ${name}\\b`));
  return text.slice(start);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/\s*/g, "");
}

/** The question mark after the name already says it. */
function withoutUndefined(type: string): string {
  return type.replace(/ \| undefined$/, "").replace(/^\((\(.*\) => .*)\)$/, "$1");
}
