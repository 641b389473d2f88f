/**
 * What the systemd journal says of who ended a process: a clean end alone proves nothing, for a SIGTERM of earlyoom or of a logout looks
 * like the user's kill-server (R5). Its user may read his own manager's part of it, and more only in the groups adm or systemd-journal:
 * what can't be read is null, as is what nobody wrote.
 */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalWord } from '../model/cause.js';
import { displayText } from '../model/text.js';

/** A process whose end somebody may have written of. */
export interface EndQuestion {
  readonly pid: number;
  /** The unit it lived in, or null. */
  readonly unit: string | null;
  /** Nothing from before counts. */
  readonly since: Date;
  /** How long the answer may take, in ms: with 300 and less the journal is asked but once. */
  readonly withinMs: number;
}

/** The fields of an entry, as journalctl prints them: what is no text there is a list of bytes, or null where it is too long. */
export type JournalEntry = Readonly<Record<string, unknown>>;

/** MESSAGE_ID of sd-messages.h: an OOM kill in a unit, a kill by systemd-oomd in a unit, the end of a login. */
const UNIT_OUT_OF_MEMORY = 'fe6faa94e7774663a0da52717891d8ef';
const UNIT_OOMD_KILL = 'd989611b15e44c9dbf31e3c81256e4ed';
const SESSION_STOP = '3354939424b4456d9802ca8333ed424a';

/** What is asked for. The kernel says whom it killed as an error; the thousand lines about it are less than that. */
const MATCHES = ['_TRANSPORT=kernel', 'PRIORITY=3', '+', 'SYSLOG_IDENTIFIER=earlyoom', '+'].concat(
  [UNIT_OUT_OF_MEMORY, UNIT_OOMD_KILL, SESSION_STOP].map((id) => `MESSAGE_ID=${id}`),
);
const FIELDS = 'MESSAGE,MESSAGE_ID,SYSLOG_IDENTIFIER,UNIT,USER_UNIT,SESSION_ID,_TRANSPORT,_UID,_SYSTEMD_UNIT';
const MOST_ENTRIES = 2000;

/** The journal is some ms behind what it tells of, more when the machine is short of memory: it is asked again for so long, in ms. */
const BEHIND_MS = 300;
const ASK_EVERY_MS = 100;

/** Who is believed first: who names the process, then who names its unit. */
const RANK: readonly JournalWord['by'][] = ['kernel', 'earlyoom', 'systemd-oomd', 'systemd', 'logind'];

/** Returns what the journal says of who ended a process, or null: nothing, or nothing that may be read, in time. */
export async function whoEnded(question: EndQuestion): Promise<JournalWord | null> {
  const began = performance.now();
  const behindMs = question.withinMs > BEHIND_MS ? BEHIND_MS : 0;
  for (;;) {
    const entries = await readEntries(question.since, began + question.withinMs - performance.now());
    const word = entries === null ? null : wordIn(entries, question, process.getuid?.() ?? 0);
    if (word !== null || entries === null || performance.now() > began + behindMs) return word;
    await sleep(ASK_EVERY_MS);
  }
}

/** Returns what the entries say of who ended a process of the user `uid`. */
export function wordIn(
  entries: readonly JournalEntry[],
  question: Pick<EndQuestion, 'pid' | 'unit'>,
  uid: number,
): JournalWord | null {
  const words = entries.flatMap((entry): JournalWord[] => {
    const by = speakerOf(entry, question, uid);
    return by === null ? [] : [{ by, text: displayText(textOf(entry, 'MESSAGE')) }];
  });
  return words.sort((left, right) => RANK.indexOf(left.by) - RANK.indexOf(right.by))[0] ?? null;
}

/** Returns who says in an entry that this process, or something in its unit, was ended; null when it is about something else. */
function speakerOf(
  entry: JournalEntry,
  { pid, unit }: Pick<EndQuestion, 'pid' | 'unit'>,
  uid: number,
): JournalWord['by'] | null {
  const message = textOf(entry, 'MESSAGE');
  const named = (pattern: RegExp): boolean => Number(pattern.exec(message)?.[1] ?? 0) === pid;
  if (entry['_TRANSPORT'] === 'kernel') return named(/Killed process (\d+) /) ? 'kernel' : null;
  // Anybody can write under any name; whose unit or user it was is the journal's own word (systemd.journal-fields(7)).
  const isOfSystem = entry['_UID'] === '0' || entry['_SYSTEMD_UNIT'] === 'earlyoom.service';
  if (entry['SYSLOG_IDENTIFIER'] === 'earlyoom')
    return isOfSystem && named(/^sending SIG\w+ to process (\d+) /) ? 'earlyoom' : null;
  if (unit === null) return null;
  if (entry['MESSAGE_ID'] === SESSION_STOP)
    return isOfSystem && unit === `session-${textOf(entry, 'SESSION_ID')}.scope` ? 'logind' : null;
  // Every user has units of these names: a manager's own word, of its own user or of the whole machine, counts.
  const isOurs =
    (isOfSystem && entry['UNIT'] === unit) || (entry['USER_UNIT'] === unit && entry['_UID'] === String(uid));
  if (!isOurs) return null;
  if (entry['MESSAGE_ID'] === UNIT_OOMD_KILL) return 'systemd-oomd';
  return entry['MESSAGE_ID'] === UNIT_OUT_OF_MEMORY ? 'systemd' : null;
}

const textOf = (entry: JournalEntry, field: string): string => {
  const value = entry[field];
  return typeof value === 'string' ? value : '';
};

/** Returns the entries since then, or null when there is no journalctl, or it failed or took too long (systemd 236 and later, --output-fields). */
function readEntries(since: Date, withinMs: number): Promise<JournalEntry[] | null> {
  const args = ['--quiet', '--no-pager', '--output=json', `--output-fields=${FIELDS}`];
  const span = [`--since=@${String(Math.floor(since.getTime() / 1000))}`, `--lines=${String(MOST_ENTRIES)}`];
  return new Promise((resolve) => {
    const child = execFile('journalctl', [...args, ...span, ...MATCHES], { maxBuffer: 16 << 20 }, (error, stdout) => {
      clearTimeout(timer);
      resolve(error === null ? stdout.split('\n').flatMap(entryOf) : null);
    });
    // Not execFile's own: it waits for the end of a program that may hang on a disk.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(null);
    }, withinMs);
  });
}

function entryOf(line: string): JournalEntry[] {
  if (line === '') return [];
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as JournalEntry] : [];
  } catch {
    // The last line of a program that was cut off.
    return [];
  }
}
