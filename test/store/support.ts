/**
 * What the tests of the store share: a folder of its own for each test, manifests, and the wait for a condition.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Failure, Result } from '../../src/model/failure.js';
import { NO_USER_OPTIONS, parseManifest, type Manifest, type Pane } from '../../src/model/manifest.js';
import type { Store } from '../../src/model/ports.js';
import type { StoreOptions } from '../../src/store/fs-store.js';
import { openStore } from '../../src/store/open-store.js';
import { stopChildren } from './children.js';

/** Returns a new folder that goes with the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tmux-persist-store-'));
  t.after(async () => {
    await stopChildren(t);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Returns a store in a new folder of the shape that the program uses. */
export async function temporaryStore(t: TestContext, options: Partial<StoreOptions> = {}): Promise<Store> {
  const folder = join(await temporaryFolder(t), 'tmux-persist', 'host', 'default');
  return value(await openStore(folder, { create: true, ...options }));
}

/** Returns the value of a success; a failure fails the test. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.error));
  return result.value;
}

/** Returns the failure; a success fails the test. */
export function failure<R extends Failure['reason']>(
  result: Result<unknown>,
  reason: R,
): Extract<Failure, { reason: R }> {
  assert.ok(!result.ok, 'it succeeded');
  assert.equal(result.error.reason, reason, JSON.stringify(result.error));
  return result.error as Extract<Failure, { reason: R }>;
}

/** Returns the id of a state saved at that time; `serial` tells states of one instant apart. */
export const idAt = (time: Date, serial = 0): string =>
  `${time.toISOString().replaceAll(/[-:]/g, '')}-${serial.toString(16).padStart(4, '0')}`;

/** Returns a manifest of one session with as many panes. */
export function aManifest(time: Date, changes: Partial<Manifest> = {}, paneCount = 1): Manifest {
  const at = time.toISOString();
  return {
    format: 'tmux-persist/1',
    id: idAt(time),
    savedAt: at,
    trigger: 'test',
    host: 'host',
    machineId: 'machine',
    bootId: 'boot',
    programVersion: '0',
    complete: true,
    server: {
      pid: 10,
      startTime: 20,
      version: '3.4',
      socketPath: '/tmp/tmux-0/default',
      environment: {},
      options: NO_USER_OPTIONS,
      configured: null,
    },
    sessions: [
      {
        id: '$1',
        name: 'main',
        group: null,
        path: '/',
        createdAt: at,
        activityAt: at,
        lastAttachedAt: null,
        activeWindow: '@1',
        lastWindows: [],
        windows: [{ index: 0, windowId: '@1' }],
        options: {},
        environment: {},
      },
    ],
    windows: [
      {
        id: '@1',
        name: 'shell',
        automaticRename: true,
        layout: 'b25d,80x24,0,0,1',
        width: 80,
        height: 24,
        zoomed: false,
        activePane: '%1',
        lastPane: null,
        options: {},
        panes: Array.from({ length: paneCount }, (_, index) => aPane(index + 1)),
      },
    ],
    pending: [],
    closed: [],
    buffers: [],
    lastSession: 'main',
    ...changes,
  };
}

/** Returns a pane; with `sha256` it refers to saved scrollback. */
export const aPane = (number: number, sha256: string | null = null): Pane => ({
  id: `%${number}`,
  index: number - 1,
  title: 'title',
  currentPath: '/',
  width: 80,
  height: 24,
  active: number === 1,
  startCommand: [],
  currentCommand: 'bash',
  dead: false,
  deadStatus: null,
  marked: false,
  options: {},
  program: null,
  contents: sha256 === null ? null : { sha256, lines: 1, truncated: false },
});

/** Returns the id of the manifest in a file, which must be whole. */
export async function idIn(path: string): Promise<string> {
  return value(parseManifest(await readFile(path, 'utf8'), path)).id;
}

/** Returns the names in a folder that match, sorted. */
export async function namesIn(folder: string, pattern = /./): Promise<string[]> {
  return (await readdir(folder)).filter((name) => pattern.test(name)).sort();
}

/** Waits until a condition holds; fails the test after ten seconds. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `it never came true: ${what}`);
    await delay(10);
  }
}

/** Fails the test where it can't run, and says what it needs. */
export function assertRoot(): void {
  assert.equal(process.getuid?.(), 0, 'this test mounts file systems and gives files away: run it as root');
}
