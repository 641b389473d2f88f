/** Ten thousand transcripts and sixty panes: what a look reads, and how long it takes. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Around } from '../../../src/programs/family.js';
import { fileView, type FileView } from '../../../src/programs/file-view.js';
import { BOOT, ClaudeRig, claudeIn, recordOf, startOf } from './claude-rig.js';
import { anId } from '../fake-view.js';

const PANES = 60;
const TRANSCRIPTS = 10_000;
/** Files that were just written may change again in the same tick; a later look may rely on them. */
const LATER = Date.now() + 60_000;

/** What was asked of files below projects. */
interface Asked {
  readonly files: FileView;
  read: number;
  examined: number;
  listed: number;
}

function counting(bornAt?: (path: string) => number | null): Asked {
  const real = fileView();
  const asked: Asked = { files: real, read: 0, examined: 0, listed: 0 };
  const isTranscript = (path: string): boolean => path.endsWith('.jsonl');
  const files: FileView = {
    ...real,
    names(folder) {
      if (/projects\/./.test(folder)) asked.listed += 1;
      return real.names(folder);
    },
    ends(path, limit) {
      asked.read += 1;
      return real.ends(path, limit);
    },
    changedAt(path) {
      if (isTranscript(path)) asked.examined += 1;
      return real.changedAt(path);
    },
    bornAt: bornAt ?? ((path) => real.bornAt(path)),
  };
  return Object.assign(asked, { files });
}

test('sixty panes over ten thousand transcripts', async (t) => {
  const rig = new ClaudeRig(t);
  const pids = Array.from({ length: PANES }, (_, index) => 100 + index);
  for (let digits = 1000; digits < 1000 + TRANSCRIPTS; digits += 1)
    rig.config.write(anId(digits), { from: BOOT - 1e9 });
  for (const pid of pids) rig.config.write(anId(pid), { from: startOf(pid + 100), to: startOf(pid + 200) });
  const panes = pids.map((pid) => claudeIn(pid));
  const path = (pid: number): string => join(rig.config.folder, 'projects', '-home-u-project', `${anId(pid)}.jsonl`);
  const isOwn = new Set(pids.map(path));
  // The others were there before.
  const bornAt = (asked: string): number => (isOwn.has(asked) ? startOf(100) : BOOT - 1e9);

  const look = (more: Partial<Around>): { asked: Asked; ms: number; exact: number } => {
    const asked = counting(bornAt);
    const started = performance.now();
    const found = rig.conversations(panes, { files: asked.files, now: LATER, ...more });
    const ms = Math.round(performance.now() - started);
    return { asked, ms, exact: found.filter((one) => one?.confidence === 'exact').length };
  };

  await t.test('reads nothing of projects where the hooks say it all', (t) => {
    const told = pids.map((pid) => recordOf(pid, anId(pid), { transcriptPath: path(pid), cwd: '/home/u/project' }));
    const { asked, ms, exact } = look({ records: told });
    t.diagnostic(`hooks: ${String(ms)} ms`);
    assert.deepEqual([asked.read, asked.examined, asked.listed, exact], [0, 0, 0, PANES]);
    assert.ok(ms < 1000);
  });

  for (const pid of pids) rig.config.register(pid, anId(pid));
  await t.test('reads nothing again where the registry says it all and nothing changed', (t) => {
    const first = look({});
    const second = look({});
    t.diagnostic(`registry: ${String(first.ms)} ms, then ${String(second.ms)} ms`);
    assert.deepEqual([first.exact, second.exact], [PANES, PANES]);
    assert.ok(first.asked.read <= PANES);
    assert.deepEqual([second.asked.read, second.asked.listed], [0, 0]);
    assert.ok(second.asked.examined <= PANES);
    assert.ok(second.ms < 1000);
  });

  await t.test('reads the one that went on', () => {
    appendFileSync(path(100), `${JSON.stringify({ type: 'user', timestamp: new Date(startOf(400)).toISOString() })}\n`);
    const { asked, exact } = look({});
    assert.deepEqual([asked.read, asked.listed, exact], [1, 0, PANES]);
  });

  await t.test('examines each once a look where only the command line or times speak', (t) => {
    for (const pid of pids) rig.config.unregister(pid);
    const { asked, ms } = look({});
    t.diagnostic(`times: ${String(ms)} ms`);
    assert.equal(asked.read, 0);
    panes.splice(0, PANES, ...pids.map((pid) => claudeIn(pid, '--resume', anId(pid))));
    const named = look({});
    t.diagnostic(`command lines: ${String(named.ms)} ms`);
    assert.ok(named.asked.listed <= 1);
    assert.ok(named.asked.examined <= TRANSCRIPTS + 3 * PANES + 512);
    assert.ok(ms < 5000 && named.ms < 5000);
  });
});
