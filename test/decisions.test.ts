/**
 * The two tables of ARCHITECTURE.md on what is lost and what is closed, row by row: the table is the data, the decisions are the code's.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryKey, selectCandidates } from '../src/model/candidates.js';
import { causeOfDeath, type DeathEvidence, type JournalWord } from '../src/model/cause.js';
import { closeServer, isClosedBy, settleClosings } from '../src/model/closing.js';
import { judge, type Look, type State } from '../src/model/lineage.js';
import type { JournalEntry } from '../src/model/journal.js';
import type { Manifest } from '../src/model/manifest.js';
import { DEFAULT_POLICY } from '../src/model/policy.js';
import { decideRecovery } from '../src/model/recovery.js';
import {
  aLoss,
  aLook,
  aManifest,
  aPending,
  aRestore,
  aSession,
  aSplitWindow,
  aWindow,
  at,
  circumstances,
  epoch,
  theNextServer,
} from './support/builders.js';
import { tableBelow, wordsOf, type Words } from './support/tables.js';
import { written } from './model/judging.js';

const NEXT = { bootId: 'boot', pid: theNextServer().pid, startTime: theNextServer().startTime };

/** Says how what is saved of a name comes back, once the next server answers or a person asks. */
function comesBack(manifest: Manifest, journal: readonly JournalEntry[]): string {
  const offers = (isAutomatic: boolean, names: string[] | null): boolean => {
    const open = { ...manifest, pending: manifest.pending.filter(({ how }) => names !== null || how !== 'closing') };
    const chosen = selectCandidates(open, { names, closed: false, isAutomatic });
    return chosen.ok && chosen.value.length > 0;
  };
  const recovery = decideRecovery(manifest, NEXT, journal);
  if (recovery === 'restore' && offers(true, null)) return 'with the next server';
  if (offers(false, null)) return 'when asked for';
  return manifest.closed.length > 0 && offers(false, ['session-1']) ? 'when asked for' : 'not';
}

const DEATH_WORDS = [
  'exit',
  'signal',
  'core',
  'result',
  'job',
  'waiter',
  'oom',
  'pressure',
  'journal',
  'shutdown',
  'host',
  'boot',
  'unseen',
  'option',
  'crashes',
];

function deathEvidence(words: Words): DeathEvidence {
  const ending = (['exit', 'signal', 'core'] as const).find((key) => words.has(key));
  const unit = {
    unit: 'tmux-server.service',
    mainPid: 100,
    planned: words.has('job'),
    result: words.get('result') ?? 'success',
    execMainCode: ending === undefined ? 0 : { exit: 1, signal: 2, core: 3 }[ending],
    execMainStatus: Number(words.get(ending ?? '') ?? 0),
  };
  const by = words.get('journal') as JournalWord['by'] | undefined;
  return {
    unit: ending === undefined ? null : unit,
    waiter: (words.get('waiter') as DeathEvidence['waiter'] | undefined) ?? null,
    oomKills: Number(words.get('oom') ?? 0),
    memoryPressure: words.has('pressure'),
    journal: by === undefined ? null : { by, text: 'what it says' },
    shuttingDown: words.has('shutdown'),
    hostStopped: words.has('host'),
    bootIdChanged: words.has('boot'),
  };
}

for (const [event = '', evidence = '', cause = '', sessions = '', back = ''] of tableBelow('### The server is gone')) {
  test(`${event} (${evidence}): ${sessions}, and back ${back}`, () => {
    const words = wordsOf(evidence, DEATH_WORDS);
    const death = causeOfDeath(deathEvidence(words));
    assert.equal(`\`${death.cause}\``, cause);
    assert.notEqual(death.detail, '');
    const policy = {
      ...DEFAULT_POLICY,
      ...(words.get('option') === 'restore' ? { afterKillServer: 'restore' as const } : {}),
    };
    const isClosed = isClosedBy(death, policy);
    assert.equal(isClosed ? 'closed' : 'lost', sessions);
    const before = aManifest({ sessions: [aSession(1)] });
    const after = isClosed ? written(closeServer(before, at(1001))) : before;
    const crashes = Number(words.get('crashes') ?? 0);
    const server = (number: number) => ({ pid: 1000 + number, startTime: epoch(number) });
    const journal = Array.from({ length: crashes }, (_, number) => [
      aRestore({ at: at(100 * number), server: server(number) }),
      aLoss({ at: at(100 * number + 59), server: server(number) }),
    ]).flat();
    assert.equal(comesBack(after, crashes > 0 ? journal : [aLoss({ cause: death.cause, closed: isClosed })]), back);
  });
}

const LOOK_WORDS = ['gone', 'age', 'oom', 'shutdown', 'clock', 'next', 'due', 'taken', 'boot', 'closing', 'alive'];

/** The sessions that were saved; the first has a second pane. */
const saved = (count: number): Pick<Manifest, 'sessions' | 'windows'> => ({
  sessions: Array.from({ length: count }, (_, at) => aSession(at + 1)),
  windows: Array.from({ length: count }, (_, at) => (at === 0 ? aSplitWindow(1, [1, 11]) : aWindow(at + 1))),
});

function scene(words: Words): { manifest: Manifest; look: Look } {
  const [gone = '', of = '3'] = (words.get('gone') ?? '0/3').split('/');
  const all = saved(Number(of));
  const takenAt = new Date(Date.parse(at(1001)) + 1000 * Number(words.get('clock') ?? 0)).toISOString();
  const isNext = words.has('next') || words.has('boot');
  const server = isNext ? { server: theNextServer() } : {};
  const base = { takenAt, ...server, ...(words.has('boot') ? { bootId: 'next boot' } : {}) };
  if (words.has('closing')) {
    const manifest = aManifest({ ...saved(1), pending: [aPending(aSession(2), { how: 'closing' })] });
    return { manifest, look: aLook({ ...saved(1), ...base }) };
  }
  const manifest = aManifest({ ...all, savedAt: at(1000) });
  if (gone === 'window')
    return { manifest, look: aLook({ ...all, windows: [aWindow(1), ...all.windows.slice(1)], ...base }) };
  const sessions = all.sessions.slice(Number(gone));
  const taken = words.has('taken') ? [aSession(1, { id: '$50', windows: [{ index: 0, windowId: '@50' }] })] : [];
  const windows = [...all.windows.slice(Number(gone)), ...(words.has('taken') ? [aSplitWindow(50, [50, 51, 52])] : [])];
  return { manifest, look: aLook({ sessions: [...sessions, ...taken], windows, ...base }) };
}

/** Returns what a settled or judged state says of what was missing, and whether that is brought back at once. */
function decided(words: Words): { kept: string; manifest: Manifest; atOnce: boolean; isUntouched: boolean } {
  const { manifest, look } = scene(words);
  const [closing] = manifest.pending;
  if (closing !== undefined && !words.has('next')) {
    const keys = new Set([entryKey('pending', closing.since, closing.session)]);
    const state = settleClosings(manifest, keys, words.has('oom') ? 'lost' : 'closed', at(1040));
    return { kept: keptAs(state), manifest: written(state), atOnce: false, isUntouched: false };
  }
  const verdict = judge(
    manifest,
    look,
    circumstances({
      oomNear: words.has('oom'),
      isStopping: words.has('shutdown'),
      restoreIsDue: words.has('due'),
      serverAgeMs: Number(words.get('age') ?? 3600) * 1000,
    }),
  );
  if (verdict.kind !== 'replace') return { kept: 'it was', manifest, atOnce: false, isUntouched: true };
  const { state, lost } = verdict;
  return {
    kept: keptAs(state),
    manifest: { ...written(state), bootId: look.bootId },
    atOnce: lost.length > 0,
    isUntouched: false,
  };
}

function keptAs({ pending, closed }: Pick<State, 'pending' | 'closed'>): string {
  const [entry] = pending;
  if (entry !== undefined) return entry.part ? `${entry.how}, as a part` : entry.how;
  return closed.length > 0 ? 'closed' : 'nothing';
}

/** What lives comes back of itself with a next server; here it is left out, to see what becomes of the rest. */
const withoutLiving = (manifest: Manifest): Manifest => ({ ...manifest, sessions: [], windows: [] });

for (const [event = '', evidence = '', kept = '', back = ''] of tableBelow(
  '### Something is missing from a server that lives',
)) {
  test(`${event} (${evidence}): kept as ${kept}, and back ${back}`, () => {
    const words = wordsOf(evidence, LOOK_WORDS);
    const result = decided(words);
    assert.equal(result.kept, kept);
    assert.equal(result.atOnce, back === 'at once');
    if (result.atOnce) return;
    if (result.isUntouched) {
      const isBehind = words.has('next') || words.has('shutdown');
      const recovery = decideRecovery(result.manifest, NEXT, []);
      assert.equal(recovery, 'restore', 'whatever comes next finds all of it');
      const when = words.has('next') ? 'with this server' : 'with the next server';
      assert.equal(isBehind ? when : 'not', back);
      return;
    }
    const rest = withoutLiving(result.manifest);
    const [entry] = rest.pending;
    const isInNext = words.has('next') || words.has('boot');
    const journal = words.has('next') && !words.has('closing') ? [aRestore()] : [];
    const told = comesBack(rest, journal);
    const recovery = decideRecovery(rest, { ...NEXT, bootId: rest.bootId }, journal);
    if (entry?.how === 'skipped') assert.equal(back, 'when its name is free');
    else if (entry?.how === 'closing' || rest.closed.length > 0) {
      assert.equal(back, 'when asked for by name');
      const chosen = selectCandidates(rest, {
        names: ['session-1', 'session-2'].slice(words.has('closing') ? 1 : 0, words.has('closing') ? 2 : 1),
        closed: false,
      });
      assert.ok(chosen.ok && chosen.value.length === 1);
    } else if (words.has('boot')) {
      assert.equal(recovery, 'restore');
      assert.equal(back, 'with this server');
    } else if (isInNext && !words.has('closing')) assert.deepEqual([recovery, back], ['nothing', 'when asked for']);
    else assert.equal(told, back);
  });
}
