/**
 * Three processes in one directory, every mix of histories, and every subset of what could tell their conversations: the fewer sources,
 * the fewer are sure, and none is ever sure of a conversation that is not its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '../../../src/model/manifest.js';
import type { HookRecord } from '../../../src/programs/hooks/hook-records.js';
import { ClaudeRig, claudeIn, commandOf, known, recordOf, startOf } from './claude-rig.js';
import { anId, type FakeProcess } from '../fake-view.js';

const SOURCES = ['hook', 'environ', 'registry', 'previous', 'argv', 'times'] as const;
type Source = (typeof SOURCES)[number];

/** What one process did, with times in seconds since its start. */
interface History {
  readonly begins?: 'first';
  /** What the registry says: what the process began with, or what it holds. */
  readonly registry: 'first' | 'now';
  readonly version?: string;
  /** What a command that still runs was told, and when it was started. */
  readonly told: readonly ['first' | 'now', number];
  /** When the conversation that it began with was written: born, and last; and the same of that which it holds now. */
  readonly first: readonly [number, number];
  readonly now?: readonly [number, number];
}

const histories: Readonly<Record<string, History>> = {
  'one conversation': { registry: 'now', told: ['now', 200], first: [10, 300] },
  'resumed at the start': { begins: 'first', registry: 'now', told: ['now', 200], first: [-900, 300] },
  '/clear, the registry followed': { registry: 'now', told: ['first', 50], first: [10, 60], now: [100, 300] },
  '/clear, the registry did not': { registry: 'first', told: ['now', 200], first: [10, 60], now: [100, 300] },
  '/clear, and a command of before': { registry: 'first', told: ['first', 50], first: [10, 60], now: [100, 300] },
  '/resume, the registry followed': {
    ...{ begins: 'first', registry: 'now', told: ['first', 50], first: [-900, 60], now: [-800, 300] },
  },
  '/resume, the registry did not': {
    ...{
      begins: 'first',
      registry: 'first',
      version: '2.1.81',
      told: ['now', 200],
      first: [-900, 60],
      now: [-800, 300],
    },
  },
};

interface Actor extends History {
  readonly pid: number;
  readonly firstId: string;
  readonly nowId: string;
}

/** Starts lie an hour apart or a second, so that lives overlap in every way. */
const actorsOf = (names: readonly string[], apart: number): Actor[] =>
  names.flatMap((name, index): Actor[] => {
    const history = histories[name];
    if (history === undefined) return [];
    const firstId = anId(10 + index);
    const nowId = history.now === undefined ? firstId : anId(20 + index);
    return [{ ...history, pid: 1000 + index * apart, firstId, nowId }];
  });

function writeTranscripts(rig: ClaudeRig, actors: readonly Actor[]): void {
  for (const { pid, first, now, firstId, nowId } of actors) {
    const at = (seconds: number): number => startOf(pid) + seconds * 1000;
    rig.config.write(firstId, { from: at(first[0]), to: at(first[1]) });
    if (now !== undefined) rig.config.write(nowId, { from: at(now[0]), to: at(now[1]) });
  }
}

/** Returns what is found when only some sources speak. */
function look(rig: ClaudeRig, actors: readonly Actor[], sources: ReadonlySet<Source>): (Conversation | null)[] {
  const panes: FakeProcess[] = [];
  const beside: FakeProcess[] = [];
  const records: HookRecord[] = [];
  for (const [index, actor] of actors.entries()) {
    const { pid, firstId, nowId } = actor;
    panes.push(claudeIn(pid, ...(sources.has('argv') && actor.begins === 'first' ? ['--resume', firstId] : [])));
    const [told, seconds] = actor.told;
    if (sources.has('environ')) {
      const startTime = String((pid + seconds) * 100);
      beside.push(commandOf(pid, 9000 + index, told === 'now' ? nowId : firstId, { startTime }));
    }
    if (sources.has('hook')) records.push(recordOf(pid, nowId, { at: startOf(pid) + 90_000 }));
    if (sources.has('registry'))
      rig.config.register(pid, actor.registry === 'now' ? nowId : firstId, { version: actor.version ?? '2.1.197' });
    else rig.config.unregister(pid);
  }
  // The snapshot before was taken before any of them changed.
  const previous = (pid: number): Conversation | null => {
    const actor = actors.find((one) => one.pid === pid);
    return actor === undefined || !sources.has('previous') ? null : known(actor.firstId, 'registry');
  };
  return rig.conversations(panes, { beside, records, previous });
}

const names = Object.keys(histories);
/** Every mix of three, whatever their order, is looked at with one of the distances. */
const mixes = names.flatMap((a, at) =>
  names.slice(at).flatMap((b, next) => names.slice(at + next).map((c) => [b, c, a])),
);
const subsets = Array.from(
  { length: 2 ** 5 },
  (_, bits) => new Set(SOURCES.filter((_name, index) => index === 5 || (bits >> index) % 2 === 1)),
);

for (const [turn, apart] of [1, 150, 3600].entries()) {
  test(`no process is ever sure of another one’s conversation (started ${String(apart)} s apart)`, (t) => {
    let sure = 0;
    for (const mix of mixes.filter((_, index) => index % 3 === turn)) {
      const rig = new ClaudeRig(t);
      const actors = actorsOf(mix, apart);
      writeTranscripts(rig, actors);
      for (const sources of subsets) {
        const found = look(rig, actors, sources);
        for (const [index, actor] of actors.entries()) {
          const conversation = found[index];
          if (conversation?.confidence !== 'exact') continue;
          sure += 1;
          assert.equal(
            conversation.id,
            actor.nowId,
            `${mix.join(' + ')}, process ${String(index)}, by ${[...sources].join(' ')}`,
          );
        }
      }
    }
    assert.ok(sure > 1000);
  });
}

test('sources removed one by one: all are sure at first, fewer and fewer then, none by times alone', (t) => {
  for (const mix of mixes.filter((_, index) => index % 4 === 0)) {
    const rig = new ClaudeRig(t);
    const actors = actorsOf(mix, 150);
    writeTranscripts(rig, actors);
    const counts = SOURCES.map((_, index) => {
      const found = look(rig, actors, new Set(SOURCES.slice(index)));
      return found.filter((conversation) => conversation?.confidence === 'exact').length;
    });
    assert.equal(counts[0], 3, mix.join(' + '));
    assert.equal(counts.at(-1), 0, mix.join(' + '));
  }
  const rig = new ClaudeRig(t);
  const actors = actorsOf(['one conversation', 'one conversation', 'resumed at the start'], 150);
  writeTranscripts(rig, actors);
  const counts = SOURCES.map((_, index) => {
    const found = look(rig, actors, new Set(SOURCES.slice(index)));
    return found.filter((conversation) => conversation?.confidence === 'exact').length;
  });
  assert.deepEqual(
    counts.toSorted((left, right) => right - left),
    counts,
  );
});
