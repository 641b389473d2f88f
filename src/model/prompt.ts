/**
 * Whether a screen shows a shell's first prompt and nothing else. It knows the shapes that prompts have; in doubt the
 * answer is no, for a yes lets a shell be closed.
 */

/** What a prompt ends with. */
const MARKS = '[$#%>❯➜»λ›✗→▶]';
/** The slants and arrows between the segments of a powerline prompt; nobody types them. */
const POWERLINE = '[\\ue0b0-\\ue0d4]';
/** One mark, also doubled or tripled, with none before it and at most one blank behind. */
const PLAIN_PROMPT = new RegExp(`^(?:(?!${MARKS}|${POWERLINE}).)*(${MARKS})\\1{0,2} ?$`, 'u');
const POWERLINE_PROMPT = new RegExp(`${POWERLINE} ?$`, 'u');
/** The mark comes first in the default theme of oh-my-zsh, before the directory and the branch. */
const ARROW_PROMPT = /^➜ {1,2}[^\s$#%>❯]+(?: git:\([^\s()]+\)(?: ✗)?)? $/u;
/** A mark with anything behind it: in a row above the prompt that was a command. */
const COMMAND_ROW = new RegExp(`(?:${MARKS}|${POWERLINE}).*\\S`, 'u');

/** How many rows a greeting and the upper lines of a prompt may take. */
const ROWS_ABOVE = 6;

/** A pane's screen; rows are without the blanks at their ends. */
export interface Screen {
  readonly rows: readonly string[];
  readonly cursorX: number;
  readonly cursorY: number;
  readonly width: number;
}

/** Returns whether nothing was written yet. */
export const isBlank = ({ rows, cursorX, cursorY }: Screen): boolean =>
  cursorX === 0 && cursorY === 0 && rows.every((row) => row.trim() === '');

/** Returns whether the cursor stands at the first prompt, with nothing typed. */
export function isFirstPrompt({ rows, cursorX, cursorY, width }: Screen): boolean {
  const [left, right] = splitAt(rows[cursorY] ?? '', cursorX);
  const isPrompt = [PLAIN_PROMPT, POWERLINE_PROMPT, ARROW_PROMPT].some((pattern) => pattern.test(left));
  if (!isPrompt || cursorY > ROWS_ABOVE || !isRightPrompt(right, width - cursorX)) return false;
  if (rows.slice(cursorY + 1).some((row) => row.trim() !== '')) return false;
  const text = left.trimEnd();
  return !rows.slice(0, cursorY).some((row) => row.startsWith(text) || COMMAND_ROW.test(row));
}

/**
 * Returns whether rows that scrolled away are nothing but this prompt, drawn before: zsh clears the screen for its first
 * prompt and at every change of size, and tmux keeps what was there.
 */
export function isDrawnBefore(history: readonly string[], { rows, cursorX, cursorY }: Screen): boolean {
  const above = rows.slice(0, cursorY);
  const [left] = splitAt(rows[cursorY] ?? '', cursorX);
  const prompt = left.trimEnd();
  return history.every((row) => {
    if (row.trim() === '' || above.includes(row)) return true;
    return prompt !== '' && row.startsWith(prompt) && isRightText(row.slice(prompt.length));
  });
}

/** Returns whether what is right of the cursor was put there by the shell: nothing, or one text at the right edge of the pane. */
const isRightPrompt = (right: string, columns: number): boolean =>
  isRightText(right) && (right.trim() === '' || columnsOf(right.trimEnd()) >= columns - 2);

const isRightText = (text: string): boolean => /^ *$|^ {2,}\S+(?: \S+)* *$/.test(text);

/** Returns what is left and right of a column; missing blanks are filled in. */
function splitAt(row: string, column: number): readonly [left: string, right: string] {
  const chars = Array.from(row);
  let at = 0;
  let columns = 0;
  while (columns < column && at < chars.length) columns += columnsOf(chars[at++] ?? '');
  // What joins the character before it has no column of its own.
  while (at < chars.length && columnsOf(chars[at] ?? '') === 0) at++;
  return [chars.slice(0, at).join('') + ' '.repeat(Math.max(0, column - columns)), chars.slice(at).join('')];
}

const JOINED = /[\p{Mn}\p{Me}\u200b-\u200f\ufe00-\ufe0f]/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Returns how many columns a text takes. Where terminals disagree a wrong number only makes a prompt look used. */
const columnsOf = (text: string): number =>
  Array.from(text).reduce((sum, char) => sum + (JOINED.test(char) ? 0 : WIDE.test(char) ? 2 : 1), 0);
