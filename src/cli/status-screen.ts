/**
 * The status as a screen of plain text: sentences first, details below, 80 columns. Nothing is said by colour, by a symbol or by its place
 * alone, and all words of ours are ASCII, so that it reads the same in a pipe, in any locale, and by a screen reader.
 */
import { causeEnded } from '../model/cause-words.js';
import type { Manifest } from '../model/manifest.js';
import { protectionOf } from '../model/protection.js';
import type { ProgramsReport, StatusReport } from '../model/report.js';
import { shortName } from '../model/status-problems.js';
import { oneLine } from '../model/shell-words.js';
import { ageWords, clockWords, whenWords } from '../model/time-words.js';
import { closings, isNameTaken } from '../model/undo.js';
import { displayWidth, plural } from './output.js';

/** What the screen is made of. */
export interface Screen {
  readonly report: StatusReport;
  readonly manifest: Manifest | null;
  /** In ms since the epoch. */
  readonly now: number;
}

/** The lines: the verdict may be coloured, and says the same without. */
export interface ScreenLines {
  readonly isWell: boolean;
  readonly verdict: readonly string[];
  readonly rest: readonly string[];
}

const WIDTH = 80;
const LABEL = 14;

/** What was closed within this time is worth a line, in ms. */
const CLOSED_WITHIN_MS = 24 * 3_600_000;

/** As many names or places as a line holds. */
const SHOWN = 5;

/** A restore that came so soon after a loss, in ms, needs no time of its own. */
const SOON_MS = 60_000;

/** Returns the lines of the screen. */
export function statusScreen({ report, manifest, now }: Screen): ScreenLines {
  const verdict = protectionOf(report);
  const needs = needsOf(report);
  const happened = [lossSentence(report, now), restoreSentence(report, now)].filter((sentence) => sentence !== '');
  const rest = [
    ...wrap(savedSentence(report), 0),
    ...(happened.length === 0 ? [] : wrap(happened.join(' '), 0)),
    ...wrap(programsSentence(report.programs), 0),
    '',
    ...(needs.length === 0 ? ['Nothing needs you.'] : [`${counted(needs.length)} you:`, ...needs.flat()]),
    '',
    ...detailLines({ report, manifest, now }),
  ];
  return { isWell: verdict.protected && needs.length === 0, verdict: wrap(verdict.words, 0), rest };
}

const counted = (needs: number): string => (needs === 1 ? '1 thing needs' : `${String(needs)} things need`);

function savedSentence({ manifest, server }: StatusReport): string {
  if (manifest === null)
    return (server?.sessions ?? 0) === 0 ? 'Nothing is open yet: what you open in tmux is saved from then on.' : '';
  const { ageSeconds, sessions, panes, conversations } = manifest;
  const held = [
    plural(sessions, 'session'),
    plural(panes, 'pane'),
    ...(conversations > 0 ? [plural(conversations, 'conversation')] : []),
  ];
  return `Last save ${ageWords(ageSeconds)} ago: ${held.join(', ')}.`;
}

function lossSentence({ lastLoss, lastRestore, server }: StatusReport, now: number): string {
  if (lastLoss === null) return '';
  const { at, cause, sessions } = lastLoss;
  const isBack = lastRestore !== null && Date.parse(lastRestore.at) >= Date.parse(at);
  const had = cause === 'kill-server' ? `; what it held counts as closed` : `; it held ${plural(sessions, 'session')}`;
  const next =
    isBack || cause === 'kill-server' || sessions === 0
      ? ''
      : server === null
        ? ' They come back with the next server.'
        : '';
  return `At ${whenWords(at, now)}, the tmux server ${causeEnded(cause)}${had}.${next}`;
}

function restoreSentence({ lastLoss, lastRestore }: StatusReport, now: number): string {
  if (lastRestore === null) return '';
  const { at, restored, adopted, failed, skipped } = lastRestore;
  const sinceLoss = lastLoss === null ? Infinity : Date.parse(at) - Date.parse(lastLoss.at);
  const back = restored + adopted;
  const came = [
    `${back === 0 ? 'no session' : plural(back, 'session')} came back`,
    ...(failed > 0 ? [`${String(failed)} could not be restored`] : []),
    ...(skipped > 0
      ? [`${String(skipped)} of a name that was taken ${skipped === 1 ? 'was' : 'were'} kept aside`]
      : []),
  ].join(', ');
  if (sinceLoss < 0) return `Before that, at ${clockWords(at, now)}, ${came}.`;
  return sinceLoss < SOON_MS
    ? `${came.charAt(0).toUpperCase()}${came.slice(1)}.`
    : `At ${whenWords(at, now)}, ${came}.`;
}

function programsSentence(programs: ProgramsReport | null): string {
  if (programs === null) return '';
  const { waiting, held, unseen } = programs;
  const verb = (count: number, one: string, more: string): string =>
    `${plural(count, 'program')} ${count === 1 ? one : more}`;
  const turns =
    waiting === 0
      ? ''
      : held
        ? `${verb(waiting, 'still waits', 'still wait')} to be started: memory is short, and none is until that is over.`
        : `${verb(waiting, 'still waits', 'still wait')} to be started, a few at a time.`;
  const views =
    unseen === 0 ? '' : `${verb(unseen, 'starts when its pane is', 'start when their panes are')} looked at.`;
  return [turns, views].filter((sentence) => sentence !== '').join(' ');
}

/** What only the user can settle, numbered; commands stand on lines of their own. */
function needsOf({ problems, programs }: StatusReport): string[][] {
  const offers = programs?.offered ?? [];
  const places = offers.slice(0, SHOWN).map(({ pane, program }) => `${shortName(pane)} (${shortName(program)})`);
  const more = offers.length > SHOWN ? ` and ${String(offers.length - SHOWN)} more` : '';
  const offer =
    offers.length === 0
      ? []
      : [
          {
            message: `${plural(offers.length, 'program')} ${offers.length === 1 ? 'waits for Enter in its pane' : 'wait for Enter in their panes'}, any other key gives a shell: ${places.join(', ')}${more}`,
            hint: '',
          },
        ];
  const needs = [...problems, ...offer];
  return needs.map(({ message, hint }, at) => {
    const number = `${String(at + 1)}. `;
    const command = hint === '' ? [] : [`${' '.repeat(number.length)}    ${hint}`];
    return [...wrap(`${number}${sentence(message)}`, number.length), ...command];
  });
}

/** Commands are words of a sentence where they begin it. */
const sentence = (message: string): string => {
  const text = /^[a-z]+[ ,]/.test(message) ? `${message.charAt(0).toUpperCase()}${message.slice(1)}` : message;
  return /[.!?]$/.test(text) ? text : `${text}.`;
};

function detailLines({ report, manifest, now }: Screen): string[] {
  const { agent, server, lastLoss, lastRestore } = report;
  const closed = manifest === null ? '' : closedWords(manifest, now);
  const since = agent.since === null ? '' : ` since ${clockWords(agent.since, now)}`;
  return [
    ...detail('agent', agent.running ? `${agent.state}${since}, pid ${String(agent.pid)}` : 'not running'),
    ...detail('server', serverWords(server)),
    ...detail('last save', saveWords(report.manifest, manifest)),
    ...detail(
      'last loss',
      lastLoss === null
        ? 'none'
        : `${whenWords(lastLoss.at, now)}: ${lastLoss.cause} (${oneLine(lastLoss.detail)}), ${plural(lastLoss.sessions, 'session')}`,
    ),
    ...detail('last restore', lastRestore === null ? 'none' : restoreWords(lastRestore, now)),
    ...(closed === '' ? [] : detail('closed', closed)),
  ];
}

const detail = (label: string, text: string): string[] => wrap(`${`${label}:`.padEnd(LABEL)}${text}`, LABEL);

const serverWords = (server: StatusReport['server']): string =>
  server === null
    ? 'none'
    : `tmux ${server.version}, pid ${String(server.pid)}, ${plural(server.sessions, 'session')}, ${plural(server.windows, 'window')}, ${plural(server.panes, 'pane')}${server.unit === null ? '' : `, in ${oneLine(server.unit)}`}`;

const saveWords = (saved: StatusReport['manifest'], manifest: Manifest | null): string =>
  saved === null
    ? 'never'
    : `${ageWords(saved.ageSeconds)} ago: ${plural(saved.sessions, 'session')}, ${plural(saved.windows, 'window')}, ${plural(saved.panes, 'pane')}${manifest === null ? '' : conversationWords(manifest)}`;

/** How many conversations are saved, and how sure it is that they are those of their panes; empty where there are none. */
function conversationWords(manifest: Manifest): string {
  const panes = manifest.windows.flatMap((window) => window.panes);
  const sure = panes.flatMap((pane) => pane.program?.conversation?.confidence ?? []);
  const counts = (['exact', 'inferred', 'ambiguous'] as const).flatMap((confidence) => {
    const count = sure.filter((one) => one === confidence).length;
    return count === 0 ? [] : `${String(count)} ${confidence}`;
  });
  return sure.length === 0 ? '' : `, ${plural(sure.length, 'conversation')} (${counts.join(', ')})`;
}

function restoreWords(restore: NonNullable<StatusReport['lastRestore']>, now: number): string {
  const { at, restored, adopted, skipped, failed, durationMs, conversations } = restore;
  const { resumed, offered, missing } = conversations;
  const parts = [`${plural(restored, 'session')} in ${String(durationMs)} ms`];
  if (adopted > 0) parts.push(`${String(adopted)} into sessions that a client had made`);
  if (skipped > 0) parts.push(`${String(skipped)} left alone`);
  if (failed > 0) parts.push(`${String(failed)} failed`);
  if (resumed + offered + missing > 0)
    parts.push(`conversations: ${String(resumed)} resumed, ${String(offered)} offered, ${String(missing)} missing`);
  return `${whenWords(at, now)}: ${parts.join(', ')}`;
}

/** What an undo would bring back, and how much was closed before it; empty where there is nothing of the last day. */
function closedWords(manifest: Manifest, now: number): string {
  const recent = closings(manifest)
    .filter(({ at }) => now - Date.parse(at) < CLOSED_WITHIN_MS)
    .map((moment) => ({ ...moment, sessions: moment.sessions.filter((closed) => !isNameTaken(manifest, closed)) }))
    .filter(({ sessions }) => sessions.length > 0);
  const [last, ...before] = recent;
  if (last === undefined) return '';
  const names = last.sessions.map(({ session }) => shortName(oneLine(session.name)));
  const more = names.length > SHOWN ? ' ...' : '';
  const earlier = before.reduce((sum, { sessions }) => sum + sessions.length, 0);
  return (
    `${plural(names.length, 'session')}${last.how === 'kill-server' ? ' by kill-server' : ''} ${ageWords((now - Date.parse(last.at)) / 1000)} ago: ` +
    `${names.slice(0, SHOWN).join(', ')}${more} (tmux-persist undo)` +
    (earlier === 0 ? '' : `, and ${String(earlier)} before`)
  );
}

/** Returns a text in lines of 80 columns, broken between words; what follows the first is indented. */
function wrap(text: string, indent: number): string[] {
  if (text === '') return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > WIDTH) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word.trimStart()}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
