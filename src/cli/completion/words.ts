/**
 * `tmux-persist completion-words`: what a shell completes a name with, a line each, with what it is behind a tab. The one rule: whatever
 * is wrong, it prints nothing, and nothing that a terminal would mind.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Text } from '../../model/text.js';
import type { Context } from '../../model/ports.js';
import { openStore } from '../../store/open-store.js';
import { EXIT } from '../failures.js';
import { plural } from '../output.js';
import { savedState } from '../saved-state.js';

/** What can be asked for. */
export type WordKind = 'sessions' | 'ids' | 'sockets';

type Line = readonly [name: Text, meaning: string];

const READERS: Readonly<Record<WordKind, (context: Context) => Promise<readonly Line[]>>> = { sessions, ids, sockets };

/** Prints the words of a kind; returns the exit code. */
export async function completionWords(context: Context, kind: WordKind): Promise<number> {
  const lines = new Map((await READERS[kind](context)).filter(isPlain));
  for (const [name, meaning] of lines) process.stdout.write(`${name}\t${meaning}\n`);
  return EXIT.done;
}

/** A name that no line can hold is left to be typed. */
function isPlain(line: Line): line is readonly [string, string] {
  return typeof line[0] === 'string' && line[0] !== '' && !/[\p{Cc}\u2028\u2029]/u.test(line[0]);
}

/** Of several states of a name the last one here says what it is: what lives, before what waits, before what was closed. */
async function sessions(context: Context): Promise<Line[]> {
  const state = await savedState(context, null);
  if (!state.ok) return [];
  const { sessions: open, pending, closed } = state.value;
  return [
    ...closed.map(({ session }): Line => [session.name, 'closed']),
    ...pending.map(({ session, how }): Line => [session.name, how]),
    ...open.map(({ name }): Line => [name, 'open when it was saved']),
  ];
}

async function ids(context: Context): Promise<Line[]> {
  const store = await openStore(context.stateFolder, { create: false });
  const entries = store.ok ? await store.value.history() : store;
  return entries.ok ? entries.value.map((entry) => [entry.id, plural(entry.sessions, 'session')]) : [];
}

/** The sockets that are there, and those that something was saved of. */
async function sockets(context: Context): Promise<Line[]> {
  const folder = dirname(context.socketPath);
  const there = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const saved = await readdir(dirname(context.stateFolder), { withFileTypes: true }).catch(() => []);
  return [
    ...saved
      .filter((entry) => entry.isDirectory() && !/^(\.|path-)/.test(entry.name))
      .map(({ name }): Line => [name, 'saved']),
    ...there.filter((entry) => entry.isSocket()).map(({ name }): Line => [name, join(basename(folder), name)]),
  ];
}
