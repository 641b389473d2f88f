/**
 * A few words for tmux's own status line. The agent keeps what they are made of in one small file; the shell at the head of the built
 * program (src/launch.sh) makes them without starting Node, and this makes the same ones. Words of ours and numbers, nothing that was saved.
 */
import type { AgentRecord } from './ports.js';

/** What the agent says of itself in the file. */
export interface LineNote {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  readonly state: AgentRecord['state'];
  /** Since when it is in this state, in seconds since the epoch. */
  readonly since: number;
  readonly sessions: number;
  readonly problems: number;
}

/** What a line is made of at one moment. */
export interface LineFacts {
  readonly note: LineNote | null;
  /** Whether the process that the note names runs, and is not stopped. */
  readonly runs: boolean;
  /** When the saved state was last confirmed, in seconds since the epoch; null when nothing was saved. */
  readonly checkedAt: number | null;
  readonly now: number;
}

/** The first word of the file: what follows it has this order. */
const VERSION = '1';
const LINE = /^1 (\d+) (\d+) ([0-9a-f-]+) ([a-z]+) (\d+) (\d+) (\d+)\n/;

/** The agent looks every 15 s: what was not confirmed for longer than this, in seconds, is not what is open now. */
export const STALE_SECONDS = 60;

/** A restore of a thousand panes takes less than a minute. An agent that is at it for longer than this, in seconds, hangs. */
const BUSY_SECONDS = 300;

/** Returns the line of the file. */
export const lineNoteText = (note: LineNote): string =>
  `${[VERSION, note.pid, note.startTime, note.bootId, note.state, note.since, note.sessions, note.problems].join(' ')}\n`;

/** Returns what a file says, or null when it is none of this version. */
export function parseLineNote(text: string): LineNote | null {
  const [, pid, startTime = '', bootId = '', state, since, sessions, problems] = LINE.exec(text) ?? [];
  return isState(state) ? { ...{ startTime, bootId, state }, ...counts({ pid, since, sessions, problems }) } : null;
}

const counts = <K extends string>(words: Readonly<Record<K, string | undefined>>): Record<K, number> =>
  Object.fromEntries(Object.entries(words).map(([name, word]) => [name, Number(word)])) as Record<K, number>;

const STATES: readonly string[] = ['starting', 'watching', 'restoring', 'waiting', 'stopped'];
const isState = (word: string | undefined): word is AgentRecord['state'] => word !== undefined && STATES.includes(word);

/** Returns `3s`, `12m`, `5h` or `2d`. */
function shortAge(seconds: number): string {
  if (seconds < 120) return `${String(seconds)}s`;
  if (seconds < 7200) return `${String(Math.floor(seconds / 60))}m`;
  if (seconds < 172_800) return `${String(Math.floor(seconds / 3600))}h`;
  return `${String(Math.floor(seconds / 86_400))}d`;
}

function stateWords({ note, runs, now }: LineFacts, age: number | null): string {
  const isBusy = note !== null && now - note.since <= BUSY_SECONDS;
  if (note === null || !runs) return 'NOT SAVED';
  if (note.state === 'waiting') return 'no server';
  if (note.state === 'starting' || note.state === 'restoring') return isBusy ? note.state : 'NOT SAVED';
  return note.state === 'watching' && age !== null && age <= STALE_SECONDS ? 'saved' : 'NOT SAVED';
}

/** Returns a format with `{text}`, `{state}`, `{age}`, `{sessions}` and `{problems}` filled in; an empty one is `{text}`. */
export function statusLine(format: string, facts: LineFacts): string {
  const { note, checkedAt, now } = facts;
  const seconds = checkedAt === null ? null : Math.max(0, now - checkedAt);
  const state = stateWords(facts, seconds);
  const age = seconds === null ? 'never' : shortAge(seconds);
  const problems = note?.problems ?? 0;
  const isUnsaved = state === 'NOT SAVED';
  const tail = isUnsaved || problems === 0 ? '' : `, ${String(problems)} problem${problems === 1 ? '' : 's'}`;
  const text =
    state === 'saved'
      ? `saved ${age} ago${tail}`
      : isUnsaved && seconds !== null
        ? `NOT SAVED ${age}`
        : `${state}${tail}`;
  const values: Readonly<Record<string, string>> = {
    ...{ text, state, age },
    sessions: String(note?.sessions ?? 0),
    problems: String(problems),
  };
  return (format === '' ? '{text}' : format).replaceAll(
    /\{([a-z]+)\}/g,
    (whole, name: string) => values[name] ?? whole,
  );
}
