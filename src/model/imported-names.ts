/**
 * The record of all that imports have added. The saved state forgets a session that was closed long ago; an import that is repeated by a
 * program (`--once`) must not take its absence for news. The one rule: the record only ever keeps an import from adding.
 */
import * as v from 'valibot';
import { textSchema, type Text } from './text.js';

const FORMAT = 'tmux-persist-imported/1';
/** The oldest go first. */
const MOST_NAMES = 5000;

const schema = v.object({ format: v.literal(FORMAT), names: v.array(textSchema) });

/** Returns the names in the text of a record; none where it is damaged. */
export function importedNamesFrom(text: string): readonly Text[] {
  try {
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output.names : [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}

/** Returns the text of a record with more names; each stands in it once. */
export function withImportedNames(known: readonly Text[], added: readonly Text[]): string {
  const names = new Map([...known, ...added].map((name) => [JSON.stringify(name), name]));
  return `${JSON.stringify({ format: FORMAT, names: [...names.values()].slice(-MOST_NAMES) })}\n`;
}
