/**
 * What a running agent keeps of options, hooks, environments and paste buffers, how soon, and that keeping them makes no noise.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { DetailsCache } from '../../src/agent/details-cache.js';
import { processAgeMs } from '../../src/agent/server-process.js';
import type { Look } from '../../src/model/lineage.js';
import type { Manifest, Session } from '../../src/model/manifest.js';
import { DEFAULT_POLICY, type Policy } from '../../src/model/policy.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { observe } from '../../src/tmux/observe.js';
import { temporaryStore } from '../store/support.js';
import { AgentRig, buildProgram, namesOf } from '../support/agent-rig.js';
import { aLook } from '../support/builders.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** How soon a change that is heard is on disk, in ms: 2 s between two readings, and a look. */
const WITHIN_MS = 4000;

const sessionOf = (manifest: Manifest, name: string): Session | undefined =>
  manifest.sessions.find((session) => session.name === name);

const has =
  (name: string, option: string, value: string) =>
  (manifest: Manifest): boolean =>
    sessionOf(manifest, name)?.options[option] === value;

const bufferNamed = (manifest: Manifest, name: string) => manifest.buffers.find((buffer) => buffer.name === name);

describe('the details of a server', { concurrency: 6 }, () => {
  test('options, hooks, variables and buffers are on disk within seconds, wherever they are set', async (t) => {
    const rig = await AgentRig.make(t, { config: 'set -g @tmux-persist-environment VIRTUAL_ENV\n' });
    await rig.start('waiting');
    await rig.begin('kept');
    await rig.saved('the session', (m) => namesOf(m.sessions).includes('kept'));
    await rig.server.source(
      "set-option -t kept @mine 'two words'",
      'set-hook -t kept session-renamed \'display-message "hi there"\'',
      'set-option -w -t kept: pane-border-style fg=red',
      'set-option -p -t kept: @pane 1',
      'set-option -gw @windows 1',
      'set-environment -t kept VIRTUAL_ENV /venv',
      'set-environment -t kept API_KEY secret',
      'set-environment -g EDITOR vi',
      'set-environment -g DISPLAY :7',
      'set-buffer -b "my buffer" "some text"',
      'set-buffer automatic',
    );
    const manifest = await rig.saved('all of it', (m) => bufferNamed(m, 'buffer0') !== undefined, WITHIN_MS);
    const session = sessionOf(manifest, 'kept');
    assert.deepEqual(session?.options, {
      'default-size': '80x24',
      '@mine': 'two words',
      'session-renamed[0]': 'display-message "hi there"',
    });
    assert.deepEqual(session.environment, { VIRTUAL_ENV: '/venv' });
    assert.deepEqual(
      manifest.windows.map(({ options, panes }) => [options, panes.map((pane) => pane.options)]),
      [[{ 'pane-border-style': 'fg=red' }, [{ '@pane': '1' }]]],
    );
    assert.deepEqual(manifest.server?.options.window, { '@windows': '1' });
    assert.deepEqual(Object.keys(manifest.server.environment).sort(), ['EDITOR', 'LANG', 'PATH']);
    assert.deepEqual(
      manifest.buffers.map(({ name, automatic, bytes }) => [name, automatic, bytes]),
      [
        ['buffer0', true, 9],
        ['my buffer', false, 9],
      ],
    );
    const sha256 = bufferNamed(manifest, 'my buffer')?.sha256 ?? '';
    assert.equal(sha256, createHash('sha256').update('some text').digest('hex'));
    const stored = await readFile(join((await rig.stateFolder()) ?? '', 'contents', `${sha256}.gz`));
    assert.equal(gunzipSync(stored).toString(), 'some text');
  });

  test('of many changes the last one is on disk within seconds', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('kept');
    await rig.saved('the session', (m) => namesOf(m.sessions).includes('kept'));
    for (let n = 0; n < 40; n++) await rig.tmux('set-option', '-t', 'kept', '@n', String(n));
    await rig.saved('the last value', has('kept', '@n', '39'), WITHIN_MS);
    await rig.tmux('set-option', '-t', 'kept', '@n', 'again');
    await rig.saved('one more', has('kept', '@n', 'again'), WITHIN_MS);
  });

  test('a session that is closed is kept with its options and variables', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('kept');
    await rig.tmux('new-session', '-d', '-s', 'closed');
    await rig.server.source('set-option -t closed status off', 'set-environment -t closed EDITOR vi');
    await rig.saved('the option', has('closed', 'status', 'off'), WITHIN_MS);
    await rig.tmux('kill-session', '-t', 'closed');
    const { pending } = await rig.saved('the closing', (m) => m.pending.length > 0);
    assert.deepEqual(
      pending.map(({ session }) => [session.options['status'], session.environment]),
      [['off', { EDITOR: 'vi' }]],
    );
  });

  test('what tmux.conf set is told from what was set since, also after a restart of the agent and in the next server', async (t) => {
    const rig = await AgentRig.make(t, { config: "set -g @conf 'yes'\nset -s @server 1\n" });
    const configured = { server: { '@server': '1' }, session: { '@conf': 'yes' }, window: {} };
    const first = await rig.start('waiting');
    const pid = await rig.begin('kept');
    await rig.saved('the session', (m) => namesOf(m.sessions).includes('kept'));
    await rig.tmux('set-option', '-g', '@later', '1');
    const isSet = (m: Manifest): boolean => m.server?.options.session['@later'] === '1';
    const before = await rig.saved('the later option', isSet, WITHIN_MS);
    assert.deepEqual(before.server?.configured, configured);
    await first.end('SIGTERM');
    await rig.start('watching');
    await rig.tmux('set-option', '-g', '@conf', 'changed');
    const after = await rig.saved('the changed option', (m) => m.server?.options.session['@conf'] === 'changed');
    assert.deepEqual(after.server?.configured, configured);
    await rig.killServer(pid);
    const next = await rig.saved(
      'the next server',
      (m) => m.server?.pid !== pid && namesOf(m.sessions).includes('kept'),
    );
    assert.deepEqual(next.server?.configured, configured);
  });

  test('of a server that was met late nobody knows what its tmux.conf set', async (t) => {
    const rig = await AgentRig.make(t, { config: 'set -g @conf yes\n' });
    const pid = await rig.begin('kept');
    await waitFor('an older server', () => processAgeMs(pid) > 10_500);
    await rig.start('watching');
    const { server } = await rig.saved('the session', (m) => namesOf(m.sessions).includes('kept'));
    assert.equal(server?.options.session['@conf'], 'yes');
    assert.equal(server.configured, null);
  });

  test('an agent that has nothing to do looks at nothing but now and then', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('kept');
    await rig.tmux('set-option', '-t', 'kept', '@x', '1');
    const { id } = await rig.saved('the option', has('kept', '@x', '1'), WITHIN_MS);
    const checked = async (): Promise<number> =>
      (await stat(join((await rig.stateFolder()) ?? '', 'checked')).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
    let last = 0;
    let since = performance.now();
    // A slow look comes every 15 s.
    await waitFor(
      'ten quiet seconds',
      async () => {
        const seen = await checked();
        if (seen !== last) since = performance.now();
        last = seen;
        return performance.now() - since > 10_000;
      },
      40_000,
    );
    assert.equal((await rig.manifest())?.id, id, 'nothing new was written');
  });
});

/** A look that is what the server shows, as far as details go. */
const lookAt = ({ server, sessions, windows }: Snapshot): Look => ({
  ...aLook({ sessions, windows: windows.map((window) => ({ ...window })) }),
  server,
});

const OCCASION = { trigger: 'command', capture: 'all' } as const;

test('an answer that is not there leaves what was known, and another server begins anew', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source('set-option -t main @x 1', 'set-option -g @y 1', 'set-buffer hello');
  const cache = new DetailsCache(await temporaryStore(t));
  const snapshot = valueOf(await observe(rig.target));
  cache.begin(snapshot.server, null);
  assert.equal(cache.apply(lookAt(snapshot)).sessions[0]?.options['@x'], undefined);
  await cache.refresh(rig.target, snapshot, DEFAULT_POLICY, OCCASION);
  const known = cache.apply(lookAt(snapshot));
  assert.equal(known.sessions[0]?.options['@x'], '1');
  assert.deepEqual([known.server.options.session, known.buffers.length], [{ '@y': '1' }, 1]);
  await rig.kill();
  await cache.refresh(rig.target, snapshot, DEFAULT_POLICY, OCCASION);
  assert.deepEqual(cache.apply(lookAt(snapshot)), known);
  cache.begin({ pid: 1, startTime: 1 }, null);
  const other = cache.apply(lookAt(snapshot));
  assert.deepEqual([other.sessions[0]?.options, other.buffers], [{}, []]);
});

test('buffers and variables are let go of as soon as their user wants them no more', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source('set-buffer hello', 'set-environment -t main VIRTUAL_ENV /venv');
  const cache = new DetailsCache(await temporaryStore(t));
  const snapshot = valueOf(await observe(rig.target));
  const quiet = { trigger: 'change', capture: 'none' } as const;
  const kept = async (policy: Policy): Promise<unknown> => {
    await cache.refresh(rig.target, snapshot, policy, quiet);
    const { buffers, sessions } = cache.apply(lookAt(snapshot));
    return [buffers.map(({ name }) => name), sessions[0]?.environment];
  };
  cache.begin(snapshot.server, null);
  assert.deepEqual(await kept({ ...DEFAULT_POLICY, environment: ['VIRTUAL_ENV'] }), [
    ['buffer0'],
    { VIRTUAL_ENV: '/venv' },
  ]);
  assert.deepEqual(await kept({ ...DEFAULT_POLICY, buffers: false }), [[], {}]);
});

test('a reading waits for two seconds to pass, but not in the last save; without a change there is none', async (t) => {
  const rig = await TmuxRig.start(t);
  const cache = new DetailsCache(await temporaryStore(t));
  const snapshot = valueOf(await observe(rig.target));
  cache.begin(snapshot.server, null);
  const refreshed = async (trigger: string, changes: number): Promise<string | undefined> => {
    const later = { ...snapshot, changes };
    await cache.refresh(rig.target, later, DEFAULT_POLICY, { trigger, capture: 'none' });
    return cache.apply(lookAt(later)).server.options.session['@x'] as string | undefined;
  };
  await rig.tmux('set-option', '-g', '@x', '0');
  assert.equal(await refreshed('server', 0), '0');
  assert.equal(cache.dueInMs(snapshot), null);
  await rig.tmux('set-option', '-g', '@x', '1');
  assert.equal(await refreshed('change', 0), '0', 'nothing was heard');
  assert.equal(await refreshed('change', 1), '0', 'it is too soon');
  const wait = cache.dueInMs({ ...snapshot, changes: 1 }) ?? 0;
  assert.ok(wait > 0 && wait <= 2000, String(wait));
  assert.equal(await refreshed('stop', 1), '1');
  await rig.tmux('set-option', '-g', '@x', '2');
  await waitFor('the end of the wait', () => cache.dueInMs({ ...snapshot, changes: 2 }) === 0);
  assert.equal(await refreshed('change', 2), '2');
  await rig.tmux('set-option', '-g', '@x', '3');
  assert.equal(await refreshed('restore', 2), '3');
});

test('an option that is set all the time is read ten times a minute', async (t) => {
  const rig = await TmuxRig.start(t);
  const cache = new DetailsCache(await temporaryStore(t));
  const snapshot = valueOf(await observe(rig.target));
  cache.begin(snapshot.server, null);
  for (let changes = 0; changes < 10; changes++)
    await cache.refresh(rig.target, { ...snapshot, changes }, DEFAULT_POLICY, OCCASION);
  const wait = cache.dueInMs({ ...snapshot, changes: 10 }) ?? 0;
  assert.ok(wait > 30_000 && wait <= 60_000, String(wait));
});
