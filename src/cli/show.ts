/**
 * `tmux-persist show`: one saved state as a tree, readable in 80 columns, in a pipe and without colour.
 */
import { countState } from '../model/counts.js';
import type { Conversation, Manifest, Pane, Pending, Program } from '../model/manifest.js';
import type { Context } from '../model/ports.js';
import { sameText } from '../model/text.js';
import { displayCommand } from '../programs/display-command.js';
import { entryWords } from './entry-words.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { ago, plural, print, printJson, styled, warn } from './output.js';
import { savedState } from './saved-state.js';
import { directory, flow, shown, treePrinter, type TreeSession } from './tree.js';
import { triggerWords } from './trigger-words.js';

/** Prints the state with this id, or the last good one; returns the exit code. */
export async function show(context: Context, id: string | null, json: boolean): Promise<number> {
  const found = await savedState(context, id);
  if (!found.ok) {
    warn(describeFailure(found.error));
    return exitCodeOf(found.error);
  }
  if (json) printJson(found.value);
  else for (const line of linesOf(found.value, context.home)) print(line);
  return EXIT.done;
}

function linesOf(manifest: Manifest, home: string): string[] {
  const { lastSession } = manifest;
  const tree = treePrinter((pane) => wordsOf(pane, home));
  const part = (heading: string, sessions: readonly TreeSession[]): string[] =>
    sessions.length === 0 ? [] : ['', ...(heading === '' ? [] : [heading, '']), ...sessions.flatMap(tree)];
  const live = manifest.sessions.map((session) => ({
    scope: 'saved',
    session,
    windows: manifest.windows,
    notes: lastSession !== null && sameText(lastSession, session.name) ? ['last used'] : [],
  }));
  const pending = manifest.pending.map((entry) => ({
    ...entry,
    scope: `pending/${entry.since}`,
    notes: [pendingWords(entry)],
  }));
  const closed = manifest.closed.map((entry) => ({
    ...entry,
    scope: `closed/${entry.closedAt}`,
    notes: [entryWords(entry.how, entry.closedAt)],
  }));
  return [
    ...headLines(manifest),
    ...part('', live),
    ...part('Not restored yet:', pending),
    ...part('Closed, kept for a week:', closed),
  ];
}

function headLines(manifest: Manifest): string[] {
  const { sessions, windows, panes, conversations } = countState(manifest);
  const { server, buffers } = manifest;
  const bytes = buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  const counts = [
    plural(sessions, 'session'),
    plural(windows, 'window'),
    plural(panes, 'pane'),
    ...(conversations === 0 ? [] : [plural(conversations, 'conversation')]),
    ...(buffers.length === 0 ? [] : [`${plural(buffers.length, 'paste buffer')} of ${plural(bytes, 'byte')}`]),
  ];
  return [
    styled('bold', manifest.id),
    ...flow(
      [
        `saved ${ago(manifest.savedAt)}, at ${manifest.savedAt} (${triggerWords(manifest.trigger)})`,
        ...(server === null ? [] : [`tmux ${shown(server.version)}`]),
      ],
      0,
    ),
    counts.join(', '),
  ];
}

const pendingWords = ({ how, since, part }: Pending): string =>
  `${entryWords(how, since)}${part ? ', out of a session that lived on' : ''}`;

function wordsOf(pane: Pane, home: string): string[] {
  const { program, contents } = pane;
  const ran = program === null ? shown(pane.currentCommand) : programWords(program);
  return [
    directory(pane.currentPath, home),
    pane.dead ? deadWords(pane) : ran,
    ...(program?.conversation ? [conversationWords(program.conversation)] : []),
    ...(contents === null
      ? []
      : [`${contents.truncated ? 'last ' : ''}${plural(contents.lines, 'line')} of scrollback`]),
    ...(pane.marked ? ['marked'] : []),
  ].filter((word) => word !== '');
}

const deadWords = ({ deadStatus }: Pane): string =>
  deadStatus === null ? 'dead' : `dead, exit status ${String(deadStatus)}`;

function conversationWords({ id, confidence, candidates }: Conversation): string {
  const others = candidates.filter((other) => other !== id);
  const doubt = others.length === 0 ? '' : `, or ${others.map(shown).join(' or ')}`;
  return `conversation ${shown(id)} (${confidence}${doubt})`;
}

/** An agent is known by its conversation, all else by what it was started with. */
function programWords({ kind, argv, mode, conversation }: Program): string {
  const what = conversation === null ? displayCommand(argv, {}) : shown(kind);
  return mode === 'auto' ? what : `${what} (${mode})`;
}
