import { Node } from "ts-morph";
import type { JSDoc } from "ts-morph";

/** Parts of a documentation comment. Text is Markdown, with `{@link …}` unchanged. */
export interface DocComment {
  readonly description: string;
  /** By name. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly returns: string | undefined;
  readonly throws: readonly string[];
  readonly examples: readonly string[];
  readonly see: readonly string[];
  readonly byDefault: string | undefined;
}

export function readDocComment(node: Node): DocComment {
  const comments = commentsOf(node);
  const tags = comments.flatMap((comment) => comment.getTags());
  const texts = (name: string) =>
    tags.filter((tag) => tag.getTagName() === name).map((tag) => (tag.getCommentText() ?? "").trim());
  const parameters = tags.filter(Node.isJSDocParameterTag);
  return {
    description: comments.map((comment) => comment.getDescription().trim()).join("\n\n"),
    parameters: new Map(parameters.map((tag) => [tag.getName(), (tag.getCommentText() ?? "").replace(/^-\s*/, "")])),
    returns: texts("returns")[0],
    throws: texts("throws"),
    examples: texts("example"),
    see: tags
      .filter((tag) => tag.getTagName() === "see")
      .map((tag) =>
        tag
          .getText()
          .replace(/^@see\s+/, "")
          .replaceAll(/\s*\n\s*\*?\s*/g, " ")
          .trim(),
      ),
    byDefault: texts("defaultValue")[0] ?? texts("default")[0],
  };
}

/** The comment of a constant belongs to its statement. */
function commentsOf(node: Node): readonly JSDoc[] {
  const holder = Node.isVariableDeclaration(node) ? node.getVariableStatement() : node;
  return holder !== undefined && Node.isJSDocable(holder) ? holder.getJsDocs() : [];
}
