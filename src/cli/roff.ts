/**
 * The few requests of man(7) that our page needs. The one rule: text becomes roff here alone, so that no word of it is ever a request.
 */

/** Longest source line, as mandoc's style asks for. */
const LINE = 78;

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\(rs',
  // A plain - would become a hyphen, which nobody can paste into a shell.
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** Returns text as roff, on one line, in which nothing has a meaning of its own. */
export function escaped(text: string): string {
  const safe = text.replace(/[\\\-'"`^~]|[^\x20-\x7e]/gu, (char) => SPECIAL[char] ?? unicode(char));
  return safe.startsWith('.') ? `\\&${safe}` : safe;
}

function unicode(char: string): string {
  if (/\s/.test(char)) return ' ';
  return `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
}

export const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;
export const italic = (text: string): string => `\\fI${escaped(text)}\\fR`;

/** Returns prose, in which `code` between backticks is bold; each sentence begins a line. */
export function prose(text: string): string {
  const parts = text.split(/`([^`]*)`/);
  return filled(parts.map((part, at) => (at % 2 === 1 ? bold(part) : escaped(part).replace(/^\\&\./, '.'))).join(''));
}

/** Returns what is roff already in lines of a fitting length. */
export function filled(roff: string): string {
  const lines: string[] = [];
  for (const sentence of roff.split(/(?<=[a-z)]\.) /)) {
    let line = '';
    for (const word of sentence.split(' ')) {
      if (line !== '' && line.length + word.length >= LINE) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => (line.startsWith('.') ? `\\&${line}` : line)).join('\n');
}

/** Returns a section or a part of one; the title is given as it is shown. */
export const section = (title: string): string => `.SH ${quoted(title)}`;
export const part = (title: string): string => `.SS ${quoted(title)}`;

/** Returns an indented paragraph under a tag, which is roff. */
export const tagged = (tag: string, text: string): string => `.TP\n${tag}\n${prose(text)}`;

const quoted = (text: string): string => (text.includes(' ') ? `"${escaped(text)}"` : escaped(text));
