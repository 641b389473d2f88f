/**
 * JSON files that belong to somebody else: changed as a whole, and written again in the way that they were written.
 * What can't be kept as it is (comments, a name that stands twice, a number that has no double) is refused and not guessed at.
 */
import { fail, ok, type Result } from '../../model/failure.js';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object; its names keep their order. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** How a text was written. */
export interface JsonStyle {
  /** What one level is indented by; empty for all on one line. */
  readonly indent: string;
  readonly newline: '\n' | '\r\n';
  /** What stands before the value: a byte order mark, blanks. */
  readonly before: string;
  readonly after: string;
}

/** The style of a file that is new. */
export const NEW_STYLE: JsonStyle = { indent: '  ', newline: '\n', before: '', after: '\n' };

/** Returns whether a value is an object and no array. */
export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the object that a text holds and how it is written, or what keeps it from being changed; an empty text is an empty object. */
export function readJsonText(text: string): Result<{ readonly value: JsonObject; readonly style: JsonStyle }, string> {
  if (/^[\ufeff\s]*$/.test(text)) return ok({ value: {}, style: NEW_STYLE });
  const [before = ''] = /^[\ufeff\s]*/.exec(text) ?? [];
  const [after = ''] = /\s*$/.exec(text) ?? [];
  const body = text.slice(before.length, text.length - after.length);
  let value: Json;
  try {
    value = JSON.parse(body) as Json;
  } catch {
    return fail('it is not JSON (comments are none)');
  }
  if (!isJsonObject(value)) return fail('it holds no JSON object');
  if (!isFaithful(body, value)) return fail('a name in it stands twice, or a number in it is too long to be kept');
  const newline = body.includes('\r\n') ? '\r\n' : '\n';
  const indent = /\n([ \t]+)\S/.exec(body)?.[1] ?? (body.includes('\n') || body === '{}' ? '  ' : '');
  return ok({ value, style: { indent, newline, before, after } });
}

/** Returns the text of a value in a style. JSON.stringify takes at most ten characters of indentation. */
export function writeJsonText(value: JsonObject, { indent, newline, before, after }: JsonStyle): string {
  const body = JSON.stringify(value, null, indent);
  return `${before}${newline === '\n' ? body : body.replaceAll('\n', newline)}${after}`;
}

/** The strings, numbers and words of a JSON text, whatever stands between them. */
const tokens = (text: string): readonly string[] => text.match(/"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+/g) ?? [];

/** Returns whether a value has every name and number of its text, in the order of the text. */
function isFaithful(text: string, value: JsonObject): boolean {
  const written = tokens(JSON.stringify(value));
  const read = tokens(text);
  return (
    read.length === written.length && read.every((token, index) => isSameToken(token, written[index] ?? '', token[0]))
  );
}

function isSameToken(read: string, written: string, first: string | undefined): boolean {
  if (read === written) return true;
  if (first === '"') return written.startsWith('"') && JSON.parse(read) === JSON.parse(written);
  // 1.0 and 1e3 may become 1 and 1000; an integer beyond 2^53 would become another one.
  return Number(read) === Number(written) && Number.isFinite(Number(read)) && digits(read).length <= 15;
}

const digits = (number: string): string => number.replace(/e.*$/i, '').replace(/\D/g, '').replace(/^0+/, '');
