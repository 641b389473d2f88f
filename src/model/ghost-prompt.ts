/**
 * Keeps restored panes from filling up with prompts: a restored shell prints its own below the text that was saved, and
 * a save would take it for text. The one rule: nothing is let go of that does not stand elsewhere in what is kept, but a
 * bare prompt.
 */
import { visibleText, withoutBlankEnd } from './scrollback-text.js';
import { displayText, type Text } from './text.js';

/** So many lines may be a notice of ours and a prompt. */
const GREETING_LINES = 8;

/** How each line begins that is ours (programs/launcher.ts); a restored pane says it anew. */
const NOTICE = 'tmux-persist: ';

/** One word that ends as prompts do (`$`, `bash-5.2$`, `root@host:/tmp#`, an arrow), perhaps with brackets; in latin1, as all text here. */
const BARE_PROMPT = /^(?:\[[^[\]]*\]|\S*)(?:[$#%>]|\u00e2\u009d\u00af|\u00e2\u009e\u009c|\u00ce\u00bb|\u00c2\u00bb)$/;

/** What is known of the pane that a text was captured from. */
export interface CaptureCircumstances {
  /** Whether lines above it are missing, dropped by tmux or not asked for. */
  readonly isCut: boolean;
  /** Whether the pane's own shell waits for a command. */
  readonly isIdle: boolean;
}

/** Returns whether a pane shows what was restored into it and nothing new: a part of it still, or all with one new prompt below. */
export function isUntouched(
  restored: readonly string[],
  captured: readonly string[],
  { isCut, isIdle }: CaptureCircumstances,
): boolean {
  const before = restored.map(comparable);
  const now = captured.map(comparable);
  if (now.length <= before.length && now.every((line, at) => line === before[at])) return true;
  const isAddedTo = (added: number): boolean => {
    const kept = now.length - added;
    return endsWith(before, now.slice(0, kept), isCut) && isGreeting(before, now.slice(kept), isIdle);
  };
  const most = Math.min(GREETING_LINES, now.length - 1);
  if (isCut) return Array.from({ length: most + 1 }, (_, added) => added).some(isAddedTo);
  const added = now.length - before.length;
  return added >= 0 && added <= most && isAddedTo(added);
}

/** Returns whether `lines` are all of `text`, or its end where lines above are missing. */
function endsWith(text: readonly string[], lines: readonly string[], isCut: boolean): boolean {
  const skipped = text.length - lines.length;
  if (lines.length === 0 || skipped < 0 || (skipped > 0 && !isCut)) return false;
  // The first line may have lost its beginning: rows are dropped, not lines.
  return lines.every((line, at) => {
    const other = text[skipped + at] ?? '';
    return line === other || (at === 0 && isCut && other.endsWith(line));
  });
}

/** Returns whether these lines are no more than what a shell prints of itself. */
function isGreeting(before: readonly string[], lines: readonly string[], isIdle: boolean): boolean {
  const above = lines.slice(0, -1);
  const last = lines.at(-1);
  if (last === undefined) return true;
  // A prompt below a prompt: something was typed in between.
  if (last === '' || isRepeated(last, above)) return false;
  const isPrompt = isRepeated(last, before) || (isIdle && BARE_PROMPT.test(last));
  return isPrompt && above.every((line) => line.startsWith(NOTICE) || isRepeated(line, before));
}

/** Returns the lines without the bare prompt that an idle shell ends with; what was half typed and stands nowhere else stays. */
export function withoutGhostPrompt(lines: readonly string[], isIdle: boolean): readonly string[] {
  const shown = withoutBlankEnd(lines);
  if (!isIdle) return shown;
  const above = shown.slice(0, -1);
  const last = comparable(shown.at(-1) ?? '');
  return BARE_PROMPT.test(last) || isRepeated(last, above.map(comparable)) ? withoutBlankEnd(above) : shown;
}

/** What tmux writes into the last row of a dead pane, unless the option remain-on-exit-format says otherwise (server-fn.c, server_destroy_pane). */
const DEATH_NOTICE = /^Pane is dead(?: \(.*\))?$/;

/** Returns the lines of a dead pane without what tmux says of its death. */
export function withoutDeathNotice(lines: readonly string[]): readonly string[] {
  const shown = withoutBlankEnd(lines);
  return DEATH_NOTICE.test(visibleText(shown.at(-1) ?? '')) ? withoutBlankEnd(shown.slice(0, -1)) : shown;
}

const isRepeated = (line: string, lines: readonly string[]): boolean => lines.some((other) => other.startsWith(line));

/** The clock in a prompt makes no other prompt of it. */
const comparable = (line: string): string => visibleText(line).replace(/\b\d{1,2}:\d{2}(?::\d{2})?\b/g, '0:00');

const SHELL = /^-|(?:^|\/)(?:(?:ba|z|da|k|mk|a|tc|c)?sh|mksh|fish|nu|elvish|xonsh|pwsh)$/;

/** Returns whether a pane's first process is an interactive shell with no command in the foreground (proc_pid_stat(5): pgrp, tpgid). */
export function isIdleShell(
  first: { readonly pgrp: number; readonly tpgid: number; readonly argv: readonly Text[] } | null,
): boolean {
  if (first === null || first.pgrp !== first.tpgid) return false;
  const [name = '', ...rest] = first.argv.map(displayText);
  return SHELL.test(name) && rest.every((word) => word.startsWith('-') && !/^-[a-z]*c/.test(word));
}
