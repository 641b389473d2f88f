/**
 * Captured text as lines that each stand by themselves: any line can be the first, and none colours the next (a terminal
 * fills the line that it scrolls in with the background in force). Text is latin1, one character a byte, so that bytes
 * that are no UTF-8 survive. What could make a terminal answer or a shell act never gets through here.
 */

const SHIFT_OUT = '\u000e';
const SHIFT_IN = '\u000f';

/** G1 is line drawing only where a program asked for it (tmux starts with ASCII), and so it is again after the text. */
const DRAWING_ON = '\u001b)0';
const DRAWING_OFF = '\u001b)B';

/** Colours, line drawing and links are all that tmux makes of a cell (grid.c, 3.2 to 3.8); any other control goes. */
const CONTROL =
  /(\u001b\[[\d;:]*m|[\u000e\u000f]|\u001b\]8;[^\u0000-\u001f\u007f]*\u001b\\)|[\u0000-\u0008\u000a-\u001f\u007f]|\u00c2[\u0080-\u009f]/g;
/** What hardly any line has: a control that is no colour and no line drawing, or overline as tmux writes it. */
const RARE =
  /\u001b(?!\[[\d;:]*m)|[\u0000-\u0008\u000a-\u000d\u0010-\u001a\u001c-\u001f\u007f]|\u00c2[\u0080-\u009f]|5:3/;
const COLOURS = /\u001b\[[\d;:]*m/g;
const LEAD = /^(?:\u001b\[[\d;:]*m|[\u000e\u000f])*/;
const LINK_FIRST = /((?:\u001b\]8;[^\u001b]*\u001b\\)+)((?:\u001b\[[\d;:]*m|[\u000e\u000f])+)/g;

/** The attributes in the order in which tmux writes them (grid.c, grid_string_cells_code). */
const ATTRIBUTES = ['1', '2', '3', '4', '5', '7', '8', '9', '4:2', '4:3', '4:4', '4:5', '53'];

/** What is in force at one point of a text. */
class Style {
  readonly #attributes = new Set<string>();
  readonly #colours = new Map<'38' | '48' | '58', string>();
  #isDrawing = false;

  /** Takes note of all that a text switches on and off. */
  follow(text: string): void {
    if (text === '') return;
    const [on, off] = [text.lastIndexOf(SHIFT_OUT), text.lastIndexOf(SHIFT_IN)];
    if (on !== off) this.#isDrawing = on > off;
    // What is before a reset needs no reading, and most lines end with one.
    const reset = Math.max(text.lastIndexOf('\u001b[0m'), text.lastIndexOf('\u001b[0;'), 0);
    for (const sequence of text.slice(reset).match(COLOURS) ?? []) this.#apply(sequence);
  }

  #apply(sequence: string): void {
    const parameters = sequence.slice(2, -1).split(';');
    for (let at = 0; at < parameters.length; at++) {
      const parameter = parameters[at] ?? '';
      const code = Number.parseInt(parameter, 10) || 0;
      if (code === 0) {
        this.#attributes.clear();
        this.#colours.clear();
      } else if (code === 38 || code === 48 || code === 58) {
        const length = parameter.includes(':') ? 1 : parameters[at + 1] === '2' ? 5 : 3;
        this.#colours.set(`${code}`, parameters.slice(at, at + length).join(';'));
        at += length - 1;
      } else if (code === 39 || code === 49 || code === 59) {
        this.#colours.delete(code === 39 ? '38' : code === 49 ? '48' : '58');
      } else if ((code >= 30 && code < 38) || (code >= 90 && code < 98)) this.#colours.set('38', parameter);
      else if ((code >= 40 && code < 48) || (code >= 100 && code < 108)) this.#colours.set('48', parameter);
      else if (ATTRIBUTES.includes(parameter)) this.#attributes.add(parameter);
    }
  }

  /** Returns what a line begins with, byte for byte as tmux begins a text with such a cell. */
  begin(): string {
    const attributes = ATTRIBUTES.filter((attribute) => this.#attributes.has(attribute)).join(';');
    const colours = (['38', '48', '58'] as const).flatMap((kind) => this.#colours.get(kind) ?? []);
    const sequences = [...(attributes === '' ? [] : [attributes]), ...colours].map((code) => `\u001b[${code}m`);
    return `${sequences.join('')}${this.#isDrawing ? SHIFT_OUT : ''}`;
  }

  end(): string {
    if (this.isPlain) return '';
    const isColoured = this.#attributes.size + this.#colours.size > 0;
    return `${isColoured ? '\u001b[0m' : ''}${this.#isDrawing ? SHIFT_IN : ''}`;
  }

  /** Whether nothing is in force. */
  get isPlain(): boolean {
    return this.#attributes.size === 0 && this.#colours.size === 0 && !this.#isDrawing;
  }
}

/** Returns the lines of what one `capture-pane -e` printed. */
export function standingLines(text: string): string[] {
  const style = new Style();
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => standing(line, style));
}

function standing(line: string, style: Style): string {
  const text = RARE.test(line) ? cleaned(line) : line;
  const lead = LEAD.exec(text)?.[0] ?? '';
  const { isPlain } = style;
  style.follow(lead);
  const rest = text.slice(lead.length);
  if (rest === '') return '';
  // What comes before the first cell shows in how the line begins.
  const begin = isPlain ? lead : style.begin();
  style.follow(rest);
  return begin + rest + style.end();
}

const cleaned = (line: string): string =>
  line
    .replace(CONTROL, '$1')
    // tmux writes overline as a style of blinking, which it does not understand itself.
    .replace(COLOURS, (sequence) => sequence.replace(/(?<![:\d])5:3(?![:\d])/, '53'))
    // A link that is wrapped ends before the colours of the next row, one that is not after them: so both do.
    .replace(LINK_FIRST, '$2$1');

/** Returns what a line shows, without what is not seen: colours, links and blanks at its end. */
export const visibleText = (line: string): string => line.replace(CONTROL, '').trimEnd();

/** Returns the lines without those at the end that show nothing; a coloured blank is something. */
export function withoutBlankEnd(lines: readonly string[]): readonly string[] {
  let end = lines.length;
  while (end > 0 && (lines[end - 1] ?? '').trim() === '') end--;
  return lines.slice(0, end);
}

/** Returns the last lines that are within both limits, of lines and of bytes; a line counts whole. */
export function lastLines(
  lines: readonly string[],
  most: { readonly lines: number; readonly bytes: number },
): readonly string[] {
  let start = lines.length;
  let bytes = 0;
  while (start > 0 && lines.length - start < most.lines) {
    bytes += (lines[start - 1] ?? '').length + 1;
    if (bytes > most.bytes) break;
    start--;
  }
  return lines.slice(start);
}

/** Returns the text that a terminal shows as these lines. */
export function textOfLines(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  return text.includes(SHIFT_OUT) ? `${DRAWING_ON}${text}${DRAWING_OFF}` : text;
}

/** Returns the lines of a stored text. */
export function linesOfText(text: string): string[] {
  const lines = text.split('\n');
  const [first] = lines;
  if (first?.startsWith(DRAWING_ON) === true) lines[0] = first.slice(DRAWING_ON.length);
  if (lines.at(-1) === '' || lines.at(-1) === DRAWING_OFF) lines.pop();
  return lines;
}
