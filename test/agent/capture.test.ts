/** Which panes' scrollback is kept, how much of it, and when: the real cache, store and tmux. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ContentsCache } from '../../src/agent/capture.js';
import type { Contents } from '../../src/model/manifest.js';
import { DEFAULT_POLICY, type Policy } from '../../src/model/policy.js';
import type { Store } from '../../src/model/ports.js';
import { openStore } from '../../src/store/open-store.js';
import { observe } from '../../src/tmux/observe.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

/** A cache over the panes of one rig. */
class Panes {
  readonly cache: ContentsCache;

  private constructor(
    readonly rig: TmuxRig,
    readonly store: Store,
  ) {
    this.cache = new ContentsCache(store);
  }

  static async start(t: TestContext, options: { config?: string; contentsBudget?: number } = {}): Promise<Panes> {
    const rig = await TmuxRig.start(t, { config: options.config ?? '' });
    const { contentsBudget } = options;
    const budget = contentsBudget === undefined ? {} : { contentsBudget };
    const folder = join(rig.home, 'state', 'tmux-persist', 'host', 'socket');
    return new Panes(rig, valueOf(await openStore(folder, { create: true, ...budget })));
  }

  /** The same panes as a new process of ours finds them. */
  again(): Panes {
    return new Panes(this.rig, this.store);
  }

  async refresh(policy: Partial<Policy> = {}, which: 'none' | 'due' | 'all' = 'all'): Promise<void> {
    const snapshot = valueOf(await observe(this.rig.target));
    await this.cache.refresh(this.rig.target, snapshot, { ...DEFAULT_POLICY, ...policy }, which);
  }

  async textOf(id: string): Promise<string | null> {
    const contents = this.cache.contentsOf(id);
    const bytes = contents === null ? null : await this.store.readContents(contents.sha256);
    return bytes === null ? null : Buffer.from(bytes).toString();
  }

  /** Opens a pane that runs a command and then stays. */
  async run(command: string, session = 'main'): Promise<string> {
    const argv = ['new-window', '-d', '-P', '-F', '#{pane_id}', '-t', `=${session}:`];
    const id = await this.rig.tmux(...argv, `${command}; echo end; exec sleep 1000`);
    await this.shows(id, /end\n*$/);
    return id;
  }

  /** Opens a pane with an idle shell. */
  async shell(): Promise<string> {
    const id = await this.rig.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', '=main:', 'exec sh -i');
    await this.shows(id, /^\$/);
    return id;
  }

  shows(id: string, what: RegExp): Promise<unknown> {
    return waitFor(String(what), async () => what.test(await this.rig.tmux('capture-pane', '-p', '-t', id)));
  }
}

test('at most so many lines of a pane are kept, the last ones, and it is told that there were more', async (t) => {
  const panes = await Panes.start(t);
  const id = await panes.run('seq 1 100');
  await panes.refresh({ scrollbackLines: 5 });
  assert.equal(await panes.textOf(id), '97\n98\n99\n100\nend\n');
  const { lines, truncated } = panes.cache.contentsOf(id) ?? ({} as Contents);
  assert.deepEqual([lines, truncated], [5, true]);
  const whole = panes.again();
  await whole.refresh();
  assert.deepEqual([whole.cache.contentsOf(id)?.lines, whole.cache.contentsOf(id)?.truncated], [101, false]);
});

test('at most 4 MiB of a pane are kept, from a line on', async (t) => {
  const panes = await Panes.start(t, { config: 'set -g history-limit 90000' });
  const id = await panes.run(`seq -f '%070.0f' 1 70000`);
  await panes.refresh({ scrollbackLines: 90_000 });
  const text = (await panes.textOf(id)) ?? '';
  assert.ok(text.length <= 4 * 1024 * 1024 && text.length > 4 * 1024 * 1024 - 100, String(text.length));
  assert.match(text, /^0{60,}\d+\n/);
  assert.match(text, /70000\nend\n$/);
  assert.equal(panes.cache.contentsOf(id)?.truncated, true);
});

test('a pane is captured when it changed, at most once a minute, or at once when that is asked for', async (t) => {
  const panes = await Panes.start(t);
  const id = await panes.shell();
  await panes.rig.tmux('send-keys', '-t', id, 'echo on', 'e', 'Enter');
  await panes.shows(id, /^one$/m);
  await panes.refresh({}, 'due');
  assert.equal(await panes.textOf(id), '$ echo one\none\n');
  await panes.rig.tmux('send-keys', '-t', id, 'echo tw', 'o', 'Enter');
  await panes.shows(id, /^two$/m);
  await panes.refresh({}, 'none');
  await panes.refresh({}, 'due');
  assert.equal(await panes.textOf(id), '$ echo one\none\n', 'not within the minute');
  await panes.refresh({}, 'all');
  assert.equal(await panes.textOf(id), '$ echo one\none\n$ echo two\ntwo\n');
});

test('a look that takes long leaves the rest to the next ones, and what is asked for does not', async (t) => {
  const panes = await Panes.start(t);
  const ids = [await panes.run('echo a'), await panes.run('echo b'), await panes.run('echo c')];
  const snapshot = valueOf(await observe(panes.rig.target));
  const [hurried, asked] = [new ContentsCache(panes.store, 0), new ContentsCache(panes.store, 0)];
  const captured = (cache: ContentsCache): number => ids.filter((id) => cache.contentsOf(id) !== null).length;
  const counts: number[] = [];
  // The session's own pane shows nothing, and takes a turn.
  for (let look = 0; look < 5; look++) {
    await hurried.refresh(panes.rig.target, snapshot, DEFAULT_POLICY, 'due');
    counts.push(captured(hurried));
  }
  assert.deepEqual(counts, [0, 1, 2, 3, 3]);
  await asked.refresh(panes.rig.target, snapshot, DEFAULT_POLICY, 'all');
  assert.equal(captured(asked), 3);
});

test('the bare prompt of an idle shell is no text, half typed text is', async (t) => {
  const panes = await Panes.start(t);
  const [fresh, used, typing] = [await panes.shell(), await panes.shell(), await panes.shell()];
  for (const id of [used, typing]) {
    await panes.rig.tmux('send-keys', '-t', id, 'echo on', 'e', 'Enter');
    await panes.shows(id, /^one$/m);
  }
  await panes.rig.tmux('send-keys', '-t', typing, 'rm -rf', ' x');
  await panes.shows(typing, /rm -rf x$/m);
  await panes.refresh();
  assert.deepEqual(await Promise.all([fresh, used, typing].map((id) => panes.textOf(id))), [
    null,
    '$ echo one\none\n',
    '$ echo one\none\n$ rm -rf x\n',
  ]);
});

test('what was restored stays what is stored until there is something new', async (t) => {
  const panes = await Panes.start(t);
  const id = await panes.shell();
  // A prompt that is no prompt to anyone who does not know it.
  await panes.rig.tmux('send-keys', '-t', id, `PS1='what now '`, 'Enter');
  await panes.shows(id, /^what now$/m);
  await panes.rig.tmux('send-keys', '-t', id, 'echo on', 'e', 'Enter');
  await panes.shows(id, /^one\nwhat now$/m);
  await panes.refresh();
  const contents = panes.cache.contentsOf(id);
  for (let round = 0; round < 3; round++) {
    const next = panes.again();
    next.cache.adopt([{ id, contents }]);
    await next.refresh();
    assert.deepEqual(next.cache.contentsOf(id), contents);
  }
  const less = panes.again();
  less.cache.adopt([{ id, contents }]);
  await less.refresh({ scrollbackLines: 2 });
  assert.equal(await less.textOf(id), 'what now echo one\none\n', 'the limit holds for what was restored too');
  const bare = panes.again();
  bare.cache.adopt([{ id, contents }]);
  await rm(join(panes.store.folder, 'contents'), { recursive: true });
  await bare.refresh();
  assert.deepEqual(bare.cache.contentsOf(id), contents, 'a file that is missing is made again');
  assert.notEqual(await bare.textOf(id), null);
});

test('of an excluded session nothing is kept, wherever else its windows are linked', async (t) => {
  const panes = await Panes.start(t);
  await panes.rig.tmux('new-session', '-d', '-s', 'secret', 'sleep', '1000');
  const [open, hidden, linked] = [
    await panes.run('echo a'),
    await panes.run('echo b', 'secret'),
    await panes.run('echo c', 'secret'),
  ];
  await panes.rig.tmux('link-window', '-d', '-s', linked, '-t', '=main:');
  await panes.refresh({ exclude: ['sec*'] });
  assert.deepEqual(await Promise.all([open, hidden, linked].map((id) => panes.textOf(id))), ['a\nend\n', null, null]);
  await panes.rig.tmux('kill-session', '-t', '=secret');
  await panes.refresh({ exclude: ['sec*'] });
  assert.equal(await panes.textOf(linked), 'c\nend\n', 'what is in no excluded session any more');
});

test('a session that becomes excluded, or a limit of 0, takes out what was stored, at the next look of any kind', async (t) => {
  const panes = await Panes.start(t);
  const id = await panes.run('echo a');
  await panes.refresh();
  const contents = panes.cache.contentsOf(id);
  assert.ok(contents !== null);
  await panes.refresh({ exclude: ['main'] }, 'none');
  assert.equal(panes.cache.contentsOf(id), null);
  await panes.refresh();
  assert.deepEqual(panes.cache.contentsOf(id), contents);
  await panes.refresh({ scrollbackLines: 0 }, 'none');
  assert.equal(panes.cache.contentsOf(id), null);
  await panes.refresh();
  await panes.rig.tmux('rename-session', '-t', '=main', 'private');
  await panes.refresh({ exclude: ['private'] }, 'none');
  assert.equal(panes.cache.contentsOf(id), null, 'under a new name');
  panes.cache.adopt([{ id, contents }]);
  await panes.refresh({ exclude: ['private'] }, 'none');
  assert.equal(panes.cache.contentsOf(id), null, 'what a restore brought');
});

test('where there is no room, panes keep what was stored, and their user is told of it', async (t) => {
  const panes = await Panes.start(t, { contentsBudget: 4000 });
  const problem = (): string => `${panes.cache.problem?.code ?? ''} ${panes.cache.problem?.message ?? ''}`;
  /** Appends to a pane what gzip can make nothing of. */
  const print = async (id: string, bytes: number, mark: string): Promise<void> => {
    const file = join(panes.rig.home, mark);
    const text = randomBytes(bytes).toString('base64').replace(/.{70}/g, '$&\n');
    await writeFile(file, text);
    await panes.rig.tmux('send-keys', '-t', id, `cat ${file}; echo ma''rk-${mark}`, 'Enter');
    await panes.shows(id, new RegExp(`mark-${mark}$`, 'm'));
  };
  const [kept, refused] = [await panes.shell(), await panes.shell()];
  await print(kept, 1000, 'first');
  await panes.refresh();
  assert.equal(problem(), ' ');
  await print(refused, 3500, 'large');
  await print(kept, 400, 'second');
  await panes.refresh();
  assert.match((await panes.textOf(kept)) ?? '', /mark-second\n$/);
  assert.equal(panes.cache.contentsOf(refused), null);
  assert.match(problem(), /^scrollback-budget .* 1 pane keeps what was saved before/);
  await print(kept, 400, 'third');
  await panes.refresh();
  assert.match((await panes.textOf(kept)) ?? '', /mark-second\n$/);
  assert.match(problem(), / 2 panes keep what was saved before/);
  await panes.rig.tmux('kill-pane', '-t', refused);
  await panes.refresh({}, 'none');
  assert.match(problem(), / 1 pane keeps /, 'a pane that is gone has no problem');
  await panes.rig.tmux('send-keys', '-t', kept, `clear; printf '\\033[3J'; echo ro''om`, 'Enter');
  await panes.shows(kept, /^room\n\$/m);
  await panes.refresh();
  assert.equal(problem(), ' ');
});
