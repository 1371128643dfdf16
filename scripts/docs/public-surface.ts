import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Node, Project, SyntaxKind } from "ts-morph";
import type { ExportedDeclarations } from "ts-morph";

/** Entry point of the package, such as `rolesanywhere-ts/sign`, with its exports. */
export interface EntryPoint {
  readonly specifier: string;
  /** In source order. */
  readonly names: readonly string[];
}

/** Everything that users of the package's types can import. */
export interface PublicSurface {
  readonly entryPoints: readonly EntryPoint[];
  /** By name, each once, however many entry points export it. */
  readonly exports: ReadonlyMap<string, ExportedDeclarations>;
  /** Types that the exports use without exporting them, by name. */
  readonly parts: ReadonlyMap<string, Node>;
}

/** Reads the entry points of package.json from the sources of their declarations. */
export function readPublicSurface(root: string): PublicSurface {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | { readonly import?: { readonly types: string } }>>;
  };
  const project = new Project({
    tsConfigFilePath: join(root, "tsconfig.json"),
    skipAddingFilesFromTsConfig: true,
  });
  const exports = new Map<string, ExportedDeclarations>();
  const entryPoints = Object.entries(manifest.exports).flatMap(([path, target]) => {
    const types = typeof target === "string" ? undefined : target.import?.types;
    if (types === undefined) return [];
    const source = project.addSourceFileAtPath(
      join(root, types.replace(/^\.\/dist\/lib\/types\//, "src/").replace(/\.d\.ts$/, ".ts")),
    );
    project.resolveSourceFileDependencies();
    const declarations = source.getExportedDeclarations();
    const names = [
      ...source.getExportDeclarations().flatMap((line) => line.getNamedExports()),
      ...source.getExportSymbols(),
    ]
      .map((item) => (Node.isNode(item) ? (item.getAliasNode()?.getText() ?? item.getName()) : item.getName()))
      .filter((name, index, all) => all.indexOf(name) === index);
    for (const name of names) {
      const [declaration] = declarations.get(name) ?? [];
      if (declaration === undefined) throw new Error(`${types} exports ${name}, which is declared nowhere`);
      if (!exports.has(name)) exports.set(name, declaration);
    }
    return [{ specifier: manifest.name + path.slice(1), names }];
  });
  return { entryPoints, exports, parts: findParts(exports, join(root, "src")) };
}

function findParts(exports: ReadonlyMap<string, Node>, sources: string): ReadonlyMap<string, Node> {
  const parts = new Map<string, Node>();
  // For a class, the page shows the members with their types written out.
  const waiting = [...exports.values()].filter((node) => !Node.isClassDeclaration(node));
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const reference of node.getDescendantsOfKind(SyntaxKind.TypeReference)) {
      const name = reference.getTypeName();
      const symbol = name.getSymbol();
      const [declaration] = (symbol?.getAliasedSymbol() ?? symbol)?.getDeclarations() ?? [];
      const isType = Node.isInterfaceDeclaration(declaration) || Node.isTypeAliasDeclaration(declaration);
      const isPart = isType && declaration.getSourceFile().getFilePath().startsWith(sources);
      const isInside = reference.getFirstAncestor((ancestor) => Node.isBlock(ancestor)) !== undefined;
      if (!isPart || isInside || exports.has(name.getText()) || parts.has(name.getText())) continue;
      parts.set(name.getText(), declaration);
      waiting.push(declaration);
    }
  }
  return new Map([...parts].sort(([one], [other]) => one.localeCompare(other, "en")));
}
