/**
 * The way there and back: a server is built, saved, killed, and restored into a fresh one of the same tmux.conf, by the very
 * functions that the command line calls.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { restoreOffline, saveOffline } from '../../src/agent/offline.js';
import type { RestoreOrder } from '../../src/agent/restorer.js';
import type { Context } from '../../src/model/ports.js';
import type { RestoreReport, SaveReport } from '../../src/model/report.js';
import { bootId } from '../../src/store/process-identity.js';
import { PROGRAM } from '../support/agent-rig.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';
import { differencesBetween, unexplained, without } from './compare.js';
import { see, type Seen } from './observer.js';
import { meetFates } from './random-places.js';
import { ENDING, randomServer } from './random-server.js';

/** The name of a session that is no part of what is compared. */
export const VISITOR = 'visitor';

/** Sockets, folders and hosts have names, too. */
const HOSTILE_PLACE = '#(touch CANARY) $(touch CANARY) `touch CANARY`';

/** One server's way there and back. */
export interface Trip {
  readonly rig: TmuxRig;
  save(): Promise<SaveReport>;
  /** Restores all that was lost, or what the order says. */
  restore(order?: Partial<RestoreOrder>): Promise<RestoreReport>;
}

/** Makes a rig without a server. */
export async function makeTrip(
  t: TestContext,
  config: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Trip> {
  const rig = await TmuxRig.make(t, { config, env, socketName: `it's ${HOSTILE_PLACE}` });
  const context: Context = {
    version: 'test',
    tmux: 'tmux',
    socketPath: rig.socketPath,
    isDefaultSocket: false,
    units: null,
    stateFolder: join(rig.folder, `.state ${HOSTILE_PLACE}`),
    home: rig.home,
    host: HOSTILE_PLACE,
    machineId: '',
    bootId: bootId(),
  };
  const all = { names: null, closed: false, from: null, dryRun: false, noPrograms: false };
  return {
    rig,
    save: async () => valueOf(await saveOffline(context)),
    restore: async (order = {}) => valueOf(await restoreOffline(context, { ...all, ...order })),
  };
}

/** Returns the same trip by the built program, which is given this environment and nothing else. */
export function byProgram({ rig }: Trip, env: Readonly<Record<string, string>>): Trip {
  const run = async <T>(...args: readonly string[]): Promise<T> => {
    const child = spawn(process.execPath, [PROGRAM, '-S', rig.socketPath, ...args, '--json'], { env, cwd: '/' });
    const [out, err]: Buffer[][] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out?.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err?.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    // 4: nothing was lost. 5: restored, and the report names what differs.
    assert.ok(
      code === 0 || code === 4 || code === 5,
      `exit code ${String(code)}: ${Buffer.concat(err ?? []).toString()}`,
    );
    return JSON.parse(Buffer.concat(out ?? []).toString()) as T;
  };
  return { rig, save: () => run('save'), restore: () => run('restore') };
}

/** Starts a server and builds the random one of a seed in it. */
export async function buildRandom(
  t: TestContext,
  seed: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Trip> {
  const folders = await TmuxRig.make(t);
  const random = randomServer(seed, folders.folder);
  const trip = await makeTrip(t, random.config, env);
  await trip.rig.startEmpty();
  // What tmux refuses is not there.
  for (const lines of batches(random.lines)) await trip.rig.source(...lines).catch(() => undefined);
  await waitFor('the end of what is to end', async () => {
    // A server whose sessions all ended has no panes to list, and says so by an error.
    const list = "list-panes -a -F '#{pane_dead} #{pane_start_command}'";
    const panes = (await trip.rig.source(list).catch(() => Buffer.from(''))).toString().split('\n');
    return panes.every((pane) => pane.startsWith('1') || !pane.includes(ENDING));
  });
  meetFates(random.places);
  return trip;
}

/**
 * Returns lines in batches that end with what ends a pane: tmux 3.8 reads freed memory when a file selects a window after it
 * ended the pane that was current as the file began (cmd-select-window.c hands `current` to cmdq_insert_hook).
 */
export function batches(lines: readonly string[]): string[][] {
  const all: string[][] = [[]];
  for (const line of lines) {
    all.at(-1)?.push(line);
    if (/^(kill|unlink|join|respawn|break)-/.test(line)) all.push([]);
  }
  return all.filter((batch) => batch.length > 0);
}

/** Kills the server, starts a fresh one of the same tmux.conf, restores, and returns all that is not as it was. */
export async function thereAndBack(trip: Trip, meanwhile?: () => Promise<void>): Promise<string[]> {
  const { rig } = trip;
  const was = await see(rig);
  await trip.save();
  await rig.kill();
  await rig.startEmpty();
  await meanwhile?.();
  const report = await trip.restore();
  // A server without sessions was not lost.
  if (was.sessions.length === 0) return [];
  assert.deepEqual(unexplained(report), []);
  assert.deepEqual([report.restored, report.skipped, report.failed], [was.sessions.length, 0, 0]);
  return settled(rig, was, report);
}

/** Returns what differs once programs that are still on their way have had their time. */
async function settled(rig: TmuxRig, was: Seen, report: RestoreReport): Promise<string[]> {
  let differences: string[] = [];
  await waitFor(
    'everything to be back',
    async () => {
      differences = differencesBetween(was, without(await see(rig), VISITOR), report);
      return differences.length === 0;
    },
    3000,
  ).catch(() => undefined);
  return differences.slice(0, 20);
}
