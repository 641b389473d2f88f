/**
 * Disks and folders that go bad under a running agent: status says so with a hint, what was saved stays as it is, byte for byte,
 * and when it is over the agent goes on by itself.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { assertRoot, temporaryFolder } from '../store/support.js';
import { AgentRig, buildProgram, CHECKOUT, namesOf, type RunningAgent } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** Root without the right to pass over the bits of a file, which every other user lacks. */
const AS_A_USER = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', '--'];

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

/** What goes wrong, and how it is over. */
interface Fault {
  /** The code of the problem that status tells of, and what it must say. */
  readonly code: string;
  readonly says: RegExp;
  readonly hint: RegExp;
  /** The exit code of a save meanwhile. */
  readonly exit: number;
  begin(rig: AgentRig, folder: string): Promise<unknown>;
  end(rig: AgentRig, folder: string): Promise<unknown>;
  /** Where the state lies meanwhile, if it can be read there. */
  readonly path?: (folder: string) => string;
}

/** Lets something go wrong under an agent that has saved one session, and lets it be over after a second one was made. */
async function undergo(rig: AgentRig, fault: Fault, through: readonly string[] = []): Promise<RunningAgent> {
  const agent = await rig.start('waiting', { through });
  await rig.begin('before');
  await rig.saved('the session', holds('before'));
  const folder = (await rig.stateFolder()) ?? '';
  await rig.waitState(agent, 'watching');
  // What is under way goes on in whatever takes the folder's place.
  await waitFor('a quiet moment', async () => Date.now() - (await stat(folder)).mtimeMs > 600);
  const good = await readFile(join(folder, 'manifest.json'), 'utf8');

  await fault.begin(rig, folder);
  await rig.tmux('new-session', '-d', '-s', 'during');
  const problem = await waitFor(`the problem ${fault.code}`, async () => {
    const ran = await rig.run(['status', '--json'], { through });
    assert.equal(ran.code, 0, ran.stderr);
    const { problems } = JSON.parse(ran.stdout) as Awaited<ReturnType<AgentRig['status']>>;
    return problems.find(({ code }) => code === fault.code);
  });
  assert.match(problem.message, fault.says);
  assert.match(problem.hint, fault.hint);
  await waitFor('what the agent says of it', () => agent.log().includes(`"code":"${fault.code}"`));
  const saved = await rig.run(['save'], { through });
  assert.deepEqual([saved.code, saved.stdout], [fault.exit, ''], saved.stderr);
  const path = join(fault.path?.(folder) ?? folder, 'manifest.json');
  assert.equal(await readFile(path, 'utf8'), good);
  assert.ok(await lives(agent.pid));

  await fault.end(rig, folder);
  await rig.saved('both sessions', holds('before', 'during'), 40_000).catch((error: unknown) => {
    throw new Error(`${String(error)}; the agent says:\n${agent.log()}`);
  });
  await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0);
  assert.equal((await rig.status()).agent.pid, agent.pid);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /unreadable|tmp$/.test(name)),
    [],
  );
  return agent;
}

/** Mounts a small disk in the place of the rig's ~/.local; it goes with the test. */
async function smallDisk(t: TestContext, rig: AgentRig, options: string): Promise<string> {
  assertRoot();
  const disk = await mkdtemp(join(tmpdir(), 'tmux-persist-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=0700,${options}`, 'tmpfs', disk]);
  t.after(async () => {
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });
  await symlink(disk, join(rig.home, '.local'));
  return disk;
}

/** Writes files until no more go onto a disk. */
async function fill(disk: string, bytes: number): Promise<void> {
  await mkdir(join(disk, 'filler'));
  for (let number = 0; ; number += 1) {
    try {
      const handle = await open(join(disk, 'filler', String(number)), 'wx');
      await handle.writeFile(Buffer.alloc(bytes)).finally(() => handle.close());
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      return;
    }
  }
}

const moved = (folder: string): string => join(dirname(dirname(dirname(folder))), 'moved');

describe('what goes wrong with the state folder under an agent', { concurrency: 9 }, () => {
  test('a disk without a free inode', async (t) => {
    const rig = await AgentRig.make(t);
    const disk = await smallDisk(t, rig, 'size=8m,nr_inodes=60');
    await undergo(rig, {
      code: 'state-unwritable',
      says: /no free inodes|no space left/,
      hint: /df -h/,
      exit: 6,
      begin: () => fill(disk, 0),
      end: () => rm(join(disk, 'filler'), { recursive: true }),
    });
  });

  test('a file system that becomes read-only', async (t) => {
    const rig = await AgentRig.make(t);
    const disk = await smallDisk(t, rig, 'size=8m');
    // A file that is just being written holds it up.
    const remount = (how: string) => () =>
      waitFor('the mount', () => spawnSync('mount', ['-o', `remount,${how}`, disk]).status === 0);
    await undergo(rig, {
      code: 'state-unwritable',
      says: /read-only file system/,
      hint: /df -h/,
      exit: 6,
      begin: remount('ro'),
      end: remount('rw'),
    });
  });

  for (const [mode, code, says] of [
    [0o500, 'state-unwritable', /permission denied/],
    [0o000, 'state-unreadable', /permission denied/],
  ] as const) {
    test(`a folder of mode ${mode.toString(8).padStart(4, '0')}`, async (t) => {
      assertRoot();
      const rig = await AgentRig.make(t);
      const fault: Fault = {
        code,
        says,
        hint: /ls -ld/,
        exit: 6,
        begin: (_, folder) => chmod(folder, mode),
        end: (_, folder) => chmod(folder, 0o700),
      };
      await undergo(rig, fault, AS_A_USER);
    });
  }

  test('a folder that is replaced by a symbolic link, and nothing is written where it leads', async (t) => {
    const rig = await AgentRig.make(t);
    const elsewhere = await temporaryFolder(t);
    await undergo(rig, {
      code: 'foreign-owner',
      says: /symbolic link/,
      hint: /ls -ld/,
      exit: 7,
      begin: async (_, folder) => {
        await rename(folder, moved(folder));
        await symlink(elsewhere, folder);
      },
      end: async (_, folder) => {
        assert.deepEqual(await readdir(elsewhere), []);
        await rm(folder);
        await rename(moved(folder), folder);
      },
      path: moved,
    });
  });

  test('a folder that is replaced by one of another user, and nothing is written there', async (t) => {
    assertRoot();
    const rig = await AgentRig.make(t);
    await undergo(rig, {
      code: 'foreign-owner',
      says: /belongs to uid 12345/,
      hint: /ls -ld/,
      exit: 7,
      begin: async (_, folder) => {
        await mkdir(`${moved(folder)}-in`);
        await chown(`${moved(folder)}-in`, 12_345, 12_345);
        await rename(folder, moved(folder));
        await rename(`${moved(folder)}-in`, folder);
      },
      end: async (_, folder) => {
        assert.deepEqual(await readdir(folder), []);
        await rm(folder, { recursive: true });
        await rename(moved(folder), folder);
      },
      path: moved,
    });
  });

  test('a history that is a file', async (t) => {
    const rig = await AgentRig.make(t);
    await undergo(rig, {
      code: 'state-unwritable',
      says: /history': it is not a folder/,
      hint: /ls -ld/,
      exit: 6,
      begin: async (_, folder) => {
        await rename(join(folder, 'history'), moved(folder));
        await writeFile(join(folder, 'history'), '');
      },
      end: async (_, folder) => {
        await rm(join(folder, 'history'));
        await rename(moved(folder), join(folder, 'history'));
      },
    });
  });

  test('history and scrollback that are removed are begun anew, and cost only what they held', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    await rig.begin('before');
    const { id } = await rig.saved('the session', holds('before'));
    const folder = (await rig.stateFolder()) ?? '';
    for (const name of ['history', 'contents']) await rm(join(folder, name), { recursive: true });
    await rig.tmux('new-session', '-d', '-s', 'during');
    await rig.saved('both sessions', holds('before', 'during'));
    assert.equal((await rig.run(['save'])).code, 0);
    assert.ok((await rig.json<{ id: string }[]>('history')).some((entry) => entry.id === id));
    assert.deepEqual((await rig.status()).problems, []);
  });

  test('an agent of systemd that may not write at its start ends so late that its unit never gives up', async (t) => {
    const rig = await AgentRig.make(t);
    // Makes the folders of the default socket, and finds no server.
    assert.equal((await rig.run(['save'], { socket: [] })).code, 3);
    const history = join(rig.home, '.local/state/tmux-persist', hostname(), 'default/history');
    await rm(history, { recursive: true });
    await writeFile(history, '');
    const startedAt = performance.now();
    const ran = await rig.run(['agent'], { socket: [] });
    assert.deepEqual([ran.code, ran.stdout], [6, '']);
    assert.match(ran.stderr, /history': it is not a folder/);
    const unit = await readFile(join(CHECKOUT, 'units/tmux-persist.service.in'), 'utf8');
    const [within, starts, pause] = ['StartLimitIntervalSec', 'StartLimitBurst', 'RestartSec'].map((name) =>
      Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(unit)?.[1]),
    );
    assert.ok(within !== undefined && starts !== undefined && pause !== undefined);
    const tookS = (performance.now() - startedAt) / 1000 + pause;
    assert.ok(tookS * starts > within, `${String(starts)} starts in ${String(Math.round(tookS * starts))} s`);
  });

  test('a server that dies while the disk is full has its sessions back once there is space', async (t) => {
    const rig = await AgentRig.make(t);
    const disk = await smallDisk(t, rig, 'size=1m');
    const agent = await rig.start('waiting');
    const pid = await rig.begin('one');
    await rig.tmux('new-session', '-d', '-s', 'two');
    await rig.saved('both sessions', holds('one', 'two'));
    const good = await readFile(join((await rig.stateFolder()) ?? '', 'manifest.json'), 'utf8');
    await fill(disk, 4096);
    await rig.killServer(pid);
    await waitFor('a restore that fails', () => agent.log().includes('restoring failed'));
    assert.equal(await readFile(join((await rig.stateFolder()) ?? '', 'manifest.json'), 'utf8'), good);
    await rm(join(disk, 'filler'), { recursive: true });
    await rig.sessions(['one', 'two'], 40_000);
    await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0);
    assert.equal((await rig.status()).lastRestore?.restored, 2);
  });
});
