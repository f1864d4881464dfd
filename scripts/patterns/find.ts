// scripts/patterns/find.ts: finds every regular expression in a TypeScript source file.
import ts from 'typescript';

export interface Pattern {
  /** Counted from 1. */
  readonly line: number;
  readonly source: string;
  readonly flags: string;
}

/** An expression whose pattern is put together at run time, so that no tool can check it. */
export interface Dynamic {
  readonly line: number;
  readonly source: null;
}

type Text = string | null;

export function findPatterns(text: string): (Pattern | Dynamic)[] {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest);
  const found: (Pattern | Dynamic)[] = [];
  const visit = (node: ts.Node): void => {
    const parts = partsOf(node);
    if (parts) found.push(place(parts, file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function place([source, flags]: readonly [Text, Text], line: number): Pattern | Dynamic {
  return source === null || flags === null ? { line, source: null } : { line, source, flags };
}

function partsOf(node: ts.Node): readonly [Text, Text] | null {
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    return [node.text.slice(1, end), node.text.slice(end + 1)];
  }
  const isCall = ts.isNewExpression(node) || ts.isCallExpression(node);
  if (!isCall || !ts.isIdentifier(node.expression) || node.expression.text !== 'RegExp') return null;
  const [source, flags] = node.arguments ?? [];
  if (source && ts.isRegularExpressionLiteral(source) && !flags) return null; // a copy of a literal, which is visited too
  return [literalText(source), flags ? literalText(flags) : ''];
}

function literalText(node: ts.Node | undefined): Text {
  return node && ts.isStringLiteralLike(node) ? node.text : null;
}
