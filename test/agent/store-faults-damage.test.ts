/**
 * Saved states that are damaged, planted or far too large, before an agent starts and under a running one, and what every command
 * says of them: nothing is deleted, nothing hangs, and saving goes on wherever that overwrites nothing.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chown, lstat, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { parseManifest, type Manifest } from '../../src/model/manifest.js';
import { assertRoot } from '../store/support.js';
import { AgentRig, buildProgram, namesOf, type RunningAgent } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const HUNDRED_MB = 100 * 1024 * 1024;

/** Puts something into the place of a manifest, which is moved away first where it is not damaged in its place. */
type Damage = (path: string) => Promise<unknown>;

const removed =
  (plant: Damage): Damage =>
  async (path) => {
    await rm(path);
    await plant(path);
  };

/** What is damaged is set aside, and the newest state of history is used. */
const DAMAGED: Readonly<Record<string, Damage>> = {
  garbage: (path) => writeFile(path, '{"format":"tmux-persist/1", \u001b[31m garbage'),
  'half of it': async (path) => truncate(path, Math.floor((await lstat(path)).size / 2)),
  'an empty file': (path) => truncate(path, 0),
  'a folder': removed((path) => mkdir(path)),
  'a FIFO': removed((path) => Promise.resolve(execFileSync('mkfifo', [path]))),
  '100 MB of valid JSON': async (path) => {
    const whole = JSON.parse(await readFile(path, 'utf8')) as Manifest;
    await writeFile(path, JSON.stringify({ ...whole, trigger: 'x'.repeat(HUNDRED_MB) }));
  },
  '100 MB of zeros': async (path) => {
    await truncate(path, 0);
    await truncate(path, HUNDRED_MB);
  },
};

/** What is refused stays where it is, untouched, for as long as it is there. */
const REFUSED: Readonly<Record<string, { readonly plant: Damage; readonly code: string; readonly exit: number }>> = {
  'of a newer version': {
    plant: (path) => writeFile(path, '{"format":"tmux-persist/9"}'),
    code: 'format-unknown',
    exit: 6,
  },
  'of another user': { plant: (path) => chown(path, 12_345, 12_345), code: 'foreign-owner', exit: 7 },
  'that is a symbolic link': {
    plant: async (path) => {
      await rename(path, `${path}.elsewhere`);
      await symlink(`${path}.elsewhere`, path);
    },
    code: 'foreign-owner',
    exit: 7,
  },
};

const hasWindow =
  (name: string) =>
  ({ windows }: Manifest): boolean =>
    windows.some((window) => window.name === name);

/** Returns whether a state that can be read is in its place, and is as wanted; the place may hold anything. */
async function isSaved(path: string, wanted: (manifest: Manifest) => boolean): Promise<boolean> {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isFile() !== true || stats.size > 1_000_000) return false;
  const parsed = parseManifest(await readFile(path, 'utf8').catch(() => ''), path);
  return parsed.ok && wanted(parsed.value);
}

/** Returns a rig with a server and two saved states of it, one of them in history. */
async function savedTwice(t: TestContext, config = ''): Promise<{ readonly rig: AgentRig; readonly path: string }> {
  const rig = await AgentRig.make(t, { config });
  await rig.begin('kept', '-n', 'one');
  assert.equal((await rig.run(['save'])).code, 0);
  await rig.tmux('rename-window', '-t', '=kept:', 'two');
  assert.equal((await rig.run(['save'])).code, 0);
  return { rig, path: join((await rig.stateFolder()) ?? '', 'manifest.json') };
}

/** Waits until status has a problem of this code; returns what it says. */
const problemOf = (rig: AgentRig, code: string): Promise<string> =>
  waitFor(
    `the problem ${code}`,
    async () => (await rig.status()).problems.find((problem) => problem.code === code && problem.hint !== '')?.message,
  );

const setAside = async (path: string): Promise<string[]> =>
  (await readdir(join(path, '..'))).filter((name) => name.endsWith('.unreadable'));

/** What tells that a file is still the same one, with the same bytes. */
async function printOf(path: string): Promise<string> {
  const { ino, size, mtimeMs, uid, mode } = await lstat(path);
  return JSON.stringify({ ino, size, mtimeMs, uid, mode });
}

/** What the agent's unit gives it. */
const AS_THE_UNIT = { env: { NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=128' } };

/** The most memory that a process ever had, in MB (proc_pid_status(5)). */
async function mostMemory(agent: RunningAgent): Promise<number> {
  const status = await readFile(`/proc/${String(agent.pid)}/status`, 'latin1');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

describe('a saved state that can not be read', { concurrency: 4 }, () => {
  for (const [what, damage] of Object.entries(DAMAGED)) {
    test(`${what} in its place is told of, read around, set aside by an agent, and kept`, async (t) => {
      const { rig, path } = await savedTwice(t);
      const [, { id }] = await rig.json<[{ id: string }, { id: string }]>('history');
      await damage(path);
      const before = await printOf(path);
      assert.match(await problemOf(rig, 'state-unreadable'), /manifest\.json': it is damaged; the newest readable/);
      for (const [command, code] of [
        [['show'], 0],
        [['history'], 0],
        [['restore', '--dry-run'], 0],
      ] as const) {
        const ran = await rig.run(command);
        assert.equal(ran.code, code, `${command.join(' ')}: ${ran.stderr}`);
        assert.doesNotMatch(ran.stdout + ran.stderr, /\u001b|internal|at .*\.js/);
      }
      assert.match((await rig.run(['show'])).stdout, /one/, 'what is shown is the newest of history');
      assert.deepEqual([await printOf(path), await setAside(path)], [before, []], 'readers change nothing');

      const agent = await rig.start('watching', AS_THE_UNIT);
      await rig.saved('the state of now', hasWindow('two'));
      assert.match(await problemOf(rig, 'set-aside'), /\.unreadable'/);
      const [aside = '', ...more] = await setAside(path);
      assert.deepEqual(more, []);
      assert.equal(await printOf(join(path, '..', aside)), before);

      await damage(path);
      await rig.tmux('rename-window', '-t', '=kept:', 'three');
      await waitFor('a later state', () => isSaved(path, hasWindow('three')));
      assert.equal((await setAside(path)).length, 2);
      const memory = await mostMemory(agent);
      assert.ok(memory < 200, `${String(Math.round(memory))} MB`);
      assert.equal(await agent.end('SIGTERM'), 0);
      assert.match((await rig.run(['history'])).stdout, new RegExp(id), 'history is whole');
    });
  }

  for (const [what, { plant, code, exit }] of Object.entries(REFUSED)) {
    test(`one ${what} is refused by every command and by the agent, and never touched`, async (t) => {
      assertRoot();
      const { rig, path } = await savedTwice(t);
      const refuse = async (isAgentThere: boolean): Promise<void> => {
        await plant(path);
        const before = await printOf(path);
        await problemOf(rig, code);
        for (const command of [['show'], ['save'], ['restore'], ['restore', '--dry-run']]) {
          const ran = await rig.run(command);
          assert.deepEqual([ran.code, ran.stdout], [exit, ''], `${command.join(' ')}: ${ran.stderr}`);
        }
        assert.equal((await rig.run(['history'])).code, code === 'format-unknown' ? 0 : exit);
        if (isAgentThere) await rig.tmux('rename-window', '-t', '=kept:', 'meanwhile');
        const agent = isAgentThere ? null : rig.launch();
        if (agent !== null) {
          await waitFor('what the agent says of it', () => agent.log().includes(`"code":"${code}"`));
          assert.ok(await lives(agent.pid));
          agents.push(agent);
        } else await waitFor('what the agent says of it', () => agents[0]?.log().includes(`"code":"${code}"`));
        assert.deepEqual([await printOf(path), await setAside(path)], [before, []]);
      };
      const agents: RunningAgent[] = [];
      await refuse(false);
      await rm(path);
      await rig.saved('the state of now', hasWindow('two'), 40_000);
      await refuse(true);
      await rm(path);
      await rig.saved('the state of now', hasWindow('meanwhile'), 40_000);
      await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0);
      assert.equal((await rig.status()).agent.pid, agents[0]?.pid);
    });
  }

  test('where no state at all can be read every command says so, and an agent keeps all of it and saves anew', async (t) => {
    const { rig, path } = await savedTwice(t);
    const history = join(path, '..', 'history');
    const files = [path, ...(await readdir(history)).map((name) => join(history, name))];
    for (const file of files) await writeFile(file, 'garbage');
    await problemOf(rig, 'state-unreadable');
    for (const command of [['show'], ['history'], ['history', '--json'], ['restore', '--dry-run']]) {
      const ran = await rig.run(command);
      assert.deepEqual([ran.code, ran.stdout], [6, ''], command.join(' '));
      assert.match(ran.stderr, /it is damaged, and there is no earlier state that can be read/);
    }
    for (const file of files) assert.equal(await readFile(file, 'utf8'), 'garbage');
    await rig.start('watching');
    await rig.saved('the state of now', hasWindow('two'));
    assert.match(await problemOf(rig, 'set-aside'), /manifest\.json.*unreadable', '.*history/);
    const kept = await readdir(join(path, '..'), { recursive: true });
    assert.equal(kept.filter((name) => name.endsWith('.unreadable')).length, files.length);
  });

  test('a restore by hand where no state can be read exits 6, and keeps what is there', async (t) => {
    const { rig, path } = await savedTwice(t);
    await rig.killServer(await rig.serverPid());
    await rm(join(path, '..', 'history'), { recursive: true });
    await writeFile(path, 'garbage');
    const ran = await rig.run(['restore']);
    assert.deepEqual([ran.code, ran.stdout], [6, ''], ran.stderr);
    assert.match(ran.stderr, /cannot read '.*unreadable': it is damaged/);
    const [aside = ''] = await setAside(path);
    assert.equal(await readFile(join(path, '..', aside), 'utf8'), 'garbage');
  });

  test('a large state that is valid is read in bounded memory and replaced as any other', async (t) => {
    const { rig, path } = await savedTwice(t);
    const whole = JSON.parse(await readFile(path, 'utf8')) as Manifest;
    const [session] = whole.sessions;
    assert.ok(session !== undefined);
    const closed = {
      closedAt: new Date().toISOString(),
      how: 'kill-session',
      session: { ...session, name: 'x' },
      windows: whole.windows,
    };
    const size = JSON.stringify(closed).length;
    const many = Array.from({ length: Math.floor((7.5 * 1024 * 1024) / size) }, () => closed);
    await writeFile(path, JSON.stringify({ ...whole, closed: many }));
    const agent = await rig.start('watching', AS_THE_UNIT);
    await rig.tmux('rename-window', '-t', '=kept:', 'three');
    await rig.saved('a later state', hasWindow('three'));
    assert.deepEqual([await setAside(path), namesOf((await rig.manifest())?.sessions ?? [])], [[], ['kept']]);
    const memory = await mostMemory(agent);
    t.diagnostic(`${String(Math.round(memory))} MB`);
    assert.ok(memory < 230, `${String(Math.round(memory))} MB`);
  });
});

describe('whatever lies in the place of the small files', { concurrency: 4 }, () => {
  const plants: Readonly<Record<string, Damage>> = {
    garbage: (path) => writeFile(path, '{"pid": \u0000'),
    'an empty folder': (path) => mkdir(path),
    'a full folder': async (path) => {
      await mkdir(path);
      await writeFile(join(path, 'file'), '');
    },
    'a symbolic link': (path) => symlink('/nonexistent/file', path),
    'a FIFO': async (path) => {
      await promisify(execFile)('mkfifo', [path]);
    },
  };
  for (const [what, plant] of Object.entries(plants)) {
    test(`${what} there stops neither saving nor restoring`, async (t) => {
      const { rig, path } = await savedTwice(t, 'set-hook -g session-created "display-message hello"\n');
      const isWatching = async ({ pid }: RunningAgent): Promise<boolean> => {
        const { agent } = await rig.status();
        return agent.pid === pid && agent.state === 'watching';
      };
      const everywhere = async (): Promise<void> => {
        for (const name of ['journal.json', 'agent.json', 'agent.json.lock', 'aside.json', 'checked', 'lock']) {
          const file = join(path, '..', name);
          // A running agent may put its own there in between.
          await waitFor(`${what} as ${name}`, async () => {
            await rm(file, { force: true, recursive: true });
            return plant(file).then(
              () => true,
              () => false,
            );
          });
        }
      };
      await everywhere();
      assert.equal((await rig.run(['status'])).code, 0);
      assert.equal((await rig.run(['save'])).code, 0);
      await everywhere();
      const agent = rig.launch();
      await waitFor('the agent in status', () => isWatching(agent));
      await everywhere();
      await rig.tmux('rename-window', '-t', '=kept:', 'three');
      await rig.saved('a later state', hasWindow('three'), 30_000);
      await waitFor('the agent in status', () => isWatching(agent));
      await everywhere();
      await rig.killServer(await rig.serverPid());
      await rig.sessions(['kept'], 30_000);
      assert.equal(await rig.tmux('display-message', '-p', '-t', '=kept:', '#{window_name}'), 'three');
      await waitFor('the agent in status', () => isWatching(agent));
      assert.match(await rig.tmux('show-hooks', '-g', 'session-created'), /display-message hello/);
      assert.equal(await agent.end('SIGTERM'), 0);
    });
  }
});
