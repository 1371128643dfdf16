import { Node, Project, SyntaxKind } from "ts-morph";
import type { SourceFile } from "ts-morph";

/** Small fault in one source file. */
export interface Mutant {
  /** Such as `src/aws/arn.ts`. */
  readonly file: string;
  readonly line: number;
  readonly operator: string;
  /** Offsets of the replaced text. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Offsets of the expression or statement that reaches the fault when it runs. */
  readonly reach: { readonly start: number; readonly end: number; readonly kind: "expression" | "statement" };
  /** First line of the replaced text, for reports. */
  readonly shown: string;
}

type Change = Omit<Mutant, "file" | "line" | "shown">;

const swaps: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "&&": ["||"],
  "||": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "**": ["*"],
  "&": ["|"],
  "|": ["&"],
};

const operatorNames: Readonly<Record<string, string>> = {
  "&&": "logic",
  "||": "logic",
  "===": "equality",
  "!==": "equality",
};

/** Finds all mutants of a file, in the order of its text. */
export function findMutants(file: string, text: string): readonly Mutant[] {
  const project = new Project({ useInMemoryFileSystem: true, compilerOptions: { allowJs: false } });
  const source = project.createSourceFile("source.ts", text);
  const mutants: Mutant[] = [];
  const visit = (node: Node): void => {
    if (hasNoBehaviour(node)) return;
    for (const change of changesOf(node)) {
      mutants.push({
        file,
        line: lineOf(source, change.start),
        shown: firstLine(text.slice(change.start, change.end)),
        ...change,
      });
    }
    node.forEachChild(visit);
  };
  visit(source);
  return mutants.sort((one, other) => one.start - other.start || one.end - other.end);
}

function hasNoBehaviour(node: Node): boolean {
  return (
    Node.isTypeNode(node) ||
    Node.isInterfaceDeclaration(node) ||
    Node.isTypeAliasDeclaration(node) ||
    Node.isImportDeclaration(node) ||
    Node.isExportDeclaration(node) ||
    isTrace(node)
  );
}

/** Lines of the trace are only for people. */
function isTrace(node: Node): boolean {
  return Node.isCallExpression(node) && /(^|[.?])(debug|trace)$/.test(node.getExpression().getText());
}

function changesOf(node: Node): readonly Change[] {
  return [...changesOfExpression(node), ...changesOfStatement(node)];
}

function changesOfExpression(node: Node): readonly Change[] {
  const replaced = (operator: string, replacement: string, target: Node = node): Change => {
    const reached = outermostOfChain(node);
    return {
      operator,
      start: target.getStart(),
      end: target.getEnd(),
      replacement,
      reach: { start: reached.getStart(), end: reached.getEnd(), kind: "expression" },
    };
  };
  if (Node.isBinaryExpression(node)) {
    const token = node.getOperatorToken();
    const sign = token.getText();
    if (sign === "??") return [replaced("fallback removed", `(${node.getLeft().getText()})`)];
    return (swaps[sign] ?? []).map((other) =>
      replaced(operatorNames[sign] ?? (/[<>]/.test(sign) ? "comparison" : "arithmetic"), other, token),
    );
  }
  if (Node.isPrefixUnaryExpression(node)) {
    const operand = node.getOperand().getText();
    if (node.getOperatorToken() === SyntaxKind.ExclamationToken) return [replaced("negation removed", `(${operand})`)];
    if (node.getOperatorToken() === SyntaxKind.MinusToken) return [replaced("arithmetic", `(${operand})`)];
    return [];
  }
  if (Node.isNumericLiteral(node)) {
    if (isName(node)) return [];
    const value = node.getLiteralValue();
    // One millisecond more in a minute is not a fault.
    return value < 100
      ? [replaced("constant + 1", String(value + 1)), replaced("constant - 1", `(${value - 1})`)]
      : [replaced("constant doubled", String(value * 2)), replaced("constant halved", String(Math.floor(value / 2)))];
  }
  if (Node.isStringLiteral(node)) {
    // Text for people is not behaviour in this sense, and "" also means UTF-8.
    if (isName(node) || /\s|^utf-?8$/.test(node.getLiteralValue())) return [];
    return [replaced("string", node.getLiteralValue() === "" ? '"mutant"' : '""')];
  }
  if (Node.isTrueLiteral(node)) return [replaced("boolean", "false")];
  if (Node.isFalseLiteral(node)) return [replaced("boolean", "true")];
  if (Node.isConditionalExpression(node)) {
    const condition = node.getCondition();
    return [replaced("condition negated", `!(${condition.getText()})`, condition)];
  }
  if (Node.isPropertyAccessExpression(node) || Node.isElementAccessExpression(node) || Node.isCallExpression(node)) {
    const question = node.getFirstChildByKind(SyntaxKind.QuestionDotToken);
    if (question === undefined) return [];
    return [replaced("?. removed", Node.isPropertyAccessExpression(node) ? "." : "", question)];
  }
  return [];
}

function changesOfStatement(node: Node): readonly Change[] {
  const range = (kind: "expression" | "statement", reached: Node) => ({
    start: reached.getStart(),
    end: reached.getEnd(),
    kind,
  });
  if (Node.isIfStatement(node)) {
    const condition = node.getExpression();
    const place = { start: condition.getStart(), end: condition.getEnd(), reach: range("expression", condition) };
    return [
      { operator: "condition negated", ...place, replacement: `!(${condition.getText()})` },
      { operator: "branch never taken", ...place, replacement: "false" },
    ];
  }
  const removable =
    Node.isThrowStatement(node) ||
    (Node.isReturnStatement(node) && isEarly(node)) ||
    (Node.isExpressionStatement(node) && !isTrace(node.getExpression()) && !/^super\b/.test(node.getText()));
  if (!removable) return [];
  return [
    {
      operator: "statement removed",
      start: node.getStart(),
      end: node.getEnd(),
      replacement: ";",
      reach: range("statement", node),
    },
  ];
}

/** Tells whether more statements follow the return. */
function isEarly(node: Node): boolean {
  const holder =
    node.getParentIfKind(SyntaxKind.IfStatement) ??
    node.getParentIfKind(SyntaxKind.Block)?.getParentIfKind(SyntaxKind.IfStatement);
  return holder !== undefined && holder.getNextSibling() !== undefined;
}

function isName(node: Node): boolean {
  const parent = node.getParent();
  return (
    (Node.isPropertyAssignment(parent) && parent.getNameNode() === node) ||
    Node.isPropertySignature(parent) ||
    Node.isLiteralTypeNode(parent) ||
    (Node.isCallExpression(parent) && parent.getExpression().getKind() === SyntaxKind.ImportKeyword)
  );
}

/** Part of `a?.b.c()` cannot stand in parentheses alone. */
function outermostOfChain(node: Node): Node {
  const parent = node.getParent();
  const continues =
    (Node.isPropertyAccessExpression(parent) ||
      Node.isElementAccessExpression(parent) ||
      Node.isCallExpression(parent) ||
      Node.isNonNullExpression(parent)) &&
    parent.getExpression() === node;
  return continues ? outermostOfChain(parent) : node;
}

function lineOf(source: SourceFile, position: number): number {
  return source.getLineAndColumnAtPos(position).line;
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n", 1);
  return line === text ? line : `${line} …`;
}
