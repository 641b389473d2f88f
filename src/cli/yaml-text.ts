/**
 * YAML in and out. It is YAML 1.1 both ways, which is what the readers of Python take it for: `on` is a truth value, and a text that
 * looks like one is quoted.
 */
import { Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { fail, ok, type Result } from '../model/failure.js';
import type { YamlDocument, YamlPath } from '../model/import-tmuxp.js';

/** References to one part are followed so often; more are an attack on memory. */
const MOST_ALIASES = 100;

/** What keeps a text from being read. */
export interface YamlError {
  readonly line: number;
  readonly message: string;
}

/** Returns the documents of a text, or the first thing that is wrong with it. */
export function readYaml(text: string): Result<readonly YamlDocument[], YamlError> {
  const lines = new LineCounter();
  const wrong = (offset: number, message: string): Result<never, YamlError> =>
    fail({ line: lines.linePos(offset).line, message: message.split('\n', 1)[0] ?? '' });
  try {
    const parsed = parseAllDocuments(text, { version: '1.1', lineCounter: lines, prettyErrors: false });
    const documents: YamlDocument[] = [];
    for (const document of 'empty' in parsed ? [] : parsed) {
      const [error] = document.errors;
      if (error !== undefined) return wrong(error.pos[0], error.message);
      const data: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
      // A file may begin or end with a mark and nothing behind it.
      if (data === null) continue;
      documents.push({ data, lineOf: (path) => lines.linePos(offsetOf(document, path)).line });
    }
    return ok(documents);
  } catch (error) {
    // Too many aliases, or too deep: the package throws.
    return wrong(0, error instanceof Error ? error.message : String(error));
  }
}

/** Returns where something stands, or what holds it. */
function offsetOf(document: { getIn(path: Iterable<unknown>, keepScalar: boolean): unknown }, path: YamlPath): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

/** Returns a value as one document, with comments before what stands at their paths. */
export function writeYaml(value: unknown, comments: readonly (readonly [YamlPath, string])[]): string {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false });
  for (const [path, comment] of comments) {
    const node = document.getIn(path, true);
    if (isNode(node)) node.commentBefore = ` ${comment}`;
  }
  return document.toString({ lineWidth: 0, directives: false });
}
