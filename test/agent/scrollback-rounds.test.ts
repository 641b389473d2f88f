/**
 * Scrollback over several deaths of the server: what is on the screen is what was there, once, and stays so.
 */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Contents, Manifest } from '../../src/model/manifest.js';
import type { RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const ROUNDS = 5;
const TARGET = '=work:0.0';

const shown = (rig: AgentRig): Promise<string> => rig.tmux('capture-pane', '-p', '-S', '-', '-t', TARGET);

/** Waits until the shell has printed what a prompt is after. */
async function prompted(rig: AgentRig, after: string): Promise<void> {
  await waitFor(`a prompt after ${after}`, async () => {
    const text = (await shown(rig).catch(() => '')).trimEnd();
    return text.lastIndexOf(`\n${after}\n`) >= 0 && /\n[$#]$/.test(text);
  });
}

async function type(rig: AgentRig, command: string, output: string): Promise<void> {
  await rig.tmux('send-keys', '-t', TARGET, command, 'Enter');
  await prompted(rig, output);
}

async function savedNow(rig: AgentRig): Promise<Manifest> {
  const ran = await rig.run(['save']);
  assert.equal(ran.code, 0, ran.stderr);
  const manifest = await rig.manifest();
  assert.ok(manifest !== null);
  return manifest;
}

const contentsOf = ({ windows }: Manifest): Contents | null => windows[0]?.panes[0]?.contents ?? null;

async function storedLines(rig: AgentRig, manifest: Manifest): Promise<string[]> {
  const path = join((await rig.stateFolder()) ?? '', 'contents', `${contentsOf(manifest)?.sha256 ?? ''}.gz`);
  return gunzipSync(await readFile(path))
    .toString()
    .split('\n')
    .slice(0, -1);
}

async function killAndRestore(rig: AgentRig): Promise<RestoreReport> {
  await rig.killServer(await rig.serverPid());
  const report = await rig.json<RestoreReport>('restore');
  assert.deepEqual([report.restored, report.failed, report.differences], [1, 0, []]);
  return report;
}

const isBarePrompt = (line: string): boolean => /^[$#] *$/.test(line);

describe('scrollback over deaths of the server', { concurrency: 3 }, () => {
  test('without a key pressed it is the same text in every round, byte for byte', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('work');
    await type(rig, `seq 1 40; printf '\\033[31mred\\033[0m and \\033[1mbold\\033[0m\\n'`, 'red and bold');
    const first = contentsOf(await savedNow(rig));
    assert.ok(first !== null);
    for (let round = 0; round < ROUNDS; round++) {
      await killAndRestore(rig);
      await prompted(rig, 'red and bold');
      assert.deepEqual(contentsOf(await savedNow(rig)), first, `round ${String(round)}`);
      const lines = (await shown(rig)).trimEnd().split('\n');
      assert.equal(lines.filter(isBarePrompt).length, 1, 'the prompt of the shell that is there');
    }
  });

  test('with a command typed in every round each is there once, and no prompt beside', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('work');
    await type(rig, 'echo round-$((100 + 1))', 'round-101');
    for (let round = 2; round <= ROUNDS; round++) {
      await savedNow(rig);
      await killAndRestore(rig);
      await prompted(rig, `round-${String(99 + round)}`);
      await type(rig, `echo round-$((100 + ${String(round)}))`, `round-${String(100 + round)}`);
    }
    const lines = await storedLines(rig, await savedNow(rig));
    assert.deepEqual(lines.filter(isBarePrompt), []);
    assert.deepEqual(
      lines.filter((line) => /^round/.test(line)),
      Array.from({ length: ROUNDS }, (_, at) => `round-${String(101 + at)}`),
    );
    assert.equal(lines.length, 2 * ROUNDS);
  });

  test('a pane whose program never had a prompt gets none in its text, nor our notice', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('work', `seq 1 40; exec sleep 1000`);
    await waitFor('the numbers', async () => /\n40\n/.test(`${await shown(rig)}\n`));
    const first = contentsOf(await savedNow(rig));
    for (let round = 0; round < ROUNDS; round++) {
      await killAndRestore(rig);
      await waitFor('the numbers', async () => /\n40\n/.test(`${await shown(rig)}\n`));
      assert.equal(contentsOf(await savedNow(rig))?.sha256, first?.sha256, `round ${String(round)}`);
    }
  });

  test('a history that is longer than the limit, of lines that are wrapped, stays what it is', async (t) => {
    const config = 'set -g @tmux-persist-scrollback 50\nset -g history-limit 60';
    const rig = await AgentRig.make(t, { config });
    await rig.begin('work');
    await type(rig, `for i in $(seq 101 190); do echo $i-$(seq -s- 1 60); done; echo do''ne`, 'done');
    const first = contentsOf(await savedNow(rig));
    assert.ok(first !== null && first.truncated);
    for (let round = 0; round < ROUNDS; round++) {
      await killAndRestore(rig);
      await prompted(rig, 'done');
      assert.deepEqual(contentsOf(await savedNow(rig)), first, `round ${String(round)}`);
    }
  });

  test('under an agent it is the same text after every death, with the agent’s own looks between', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('work');
    await type(rig, 'seq 1 40', '40');
    const first = contentsOf(await savedNow(rig));
    for (let round = 0; round < 3; round++) {
      const pid = await rig.serverPid();
      await rig.killServer(pid);
      await rig.saved('the next server', ({ server, sessions }) => server?.pid !== pid && sessions.length === 1);
      await prompted(rig, '40');
      assert.deepEqual(contentsOf(await savedNow(rig)), first, `round ${String(round)}`);
    }
  });

  test('what a save by hand captured is not taken back by the next save of an agent', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('work');
    await rig.saved('the session', ({ sessions }) => sessions.length === 1);
    await type(rig, 'seq 1 40', '40');
    const captured = contentsOf(await savedNow(rig));
    assert.ok(captured !== null);
    await rig.tmux('rename-window', '-t', '=work:', 'another');
    const next = await rig.saved('the new name', ({ windows }) => windows[0]?.name === 'another');
    assert.deepEqual(contentsOf(next), captured);
  });

  test('a text that is gone from the disk is no harm: its pane comes back without it', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('work');
    await type(rig, 'seq 1 40', '40');
    assert.ok(contentsOf(await savedNow(rig)) !== null);
    await rm(join((await rig.stateFolder()) ?? '', 'contents'), { recursive: true });
    await killAndRestore(rig);
    await waitFor('the prompt', async () => /^[$#]/.test(await shown(rig)));
    await type(rig, 'seq 1 4', '4');
    assert.deepEqual((await storedLines(rig, await savedNow(rig))).slice(1), ['1', '2', '3', '4']);
  });

  test('an option that takes scrollback away takes it out of the next state', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('work');
    await type(rig, 'seq 1 4', '4');
    assert.ok(contentsOf(await savedNow(rig)) !== null);
    await rig.tmux('set-option', '-g', '@tmux-persist-exclude', 'wor*');
    assert.equal(contentsOf(await savedNow(rig)), null);
    await rig.tmux('set-option', '-gu', '@tmux-persist-exclude');
    assert.ok(contentsOf(await savedNow(rig)) !== null);
    await rig.tmux('set-option', '-g', '@tmux-persist-scrollback', '0');
    assert.equal(contentsOf(await savedNow(rig)), null);
  });

  test('a dead pane comes back dead, with its last words and its exit status, round after round', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('work');
    await rig.tmux('set-option', '-w', '-t', '=work:0', 'remain-on-exit', 'on');
    // tmux may lose the last words of a process that ends with them: it waits until they are on the screen.
    await rig.tmux('respawn-pane', '-k', '-t', TARGET, 'printf "one\\ntwo words\\n"; read -r line; exit 3');
    await waitFor('its words', async () => (await shown(rig)).includes('two words'));
    await rig.tmux('send-keys', '-t', TARGET, 'Enter');
    const isDead = (): Promise<string> =>
      waitFor('the dead pane', async () => {
        await rig.server.reap();
        const state = await rig.tmux('display-message', '-p', '-t', TARGET, '#{pane_dead} #{pane_dead_status}');
        return state.startsWith('1 ') && (await shown(rig)).includes('Pane is dead') && state;
      });
    const hashes = new Set<string>();
    for (let round = 0; round < 3; round++) {
      assert.equal(await isDead(), '1 3');
      const manifest = await savedNow(rig);
      hashes.add(contentsOf(manifest)?.sha256 ?? '');
      assert.deepEqual(
        (await storedLines(rig, manifest)).map((line) => line.replace(/\u001b\[[0-9;]*m/g, '')),
        ['one', 'two words'],
      );
      await killAndRestore(rig);
    }
    assert.equal(hashes.size, 1);
  });
});
