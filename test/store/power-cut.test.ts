/**
 * P3: the power may go at any moment. The system calls of a real agent are recorded, and a model of a disk that keeps only what was
 * synced is cut off after each of them: whatever else of it came to the disk, a whole state is there, none older than the last one
 * that was synced, with its history and its scrollback.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { openStore } from '../../src/store/open-store.js';
import { Dice } from '../round-trip/dice.js';
import { AgentRig, buildProgram, namesOf } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';
import { DiskModel, forEveryChoice, type Remains } from './disk-model.js';
import { aManifest, temporaryFolder, value } from './support.js';
import { systemCalls, tracer, type SystemCall } from './system-calls.js';

before(buildProgram);

/** Most ways in which one moment is cut; below a hundred there are seldom more. */
const WAYS = 300;

/** What a recording tells that must never be lost. */
interface Known {
  /** The ids of all states, in the order in which they got their name. */
  readonly ids: string[];
  /** How many of them are synced. */
  synced: number;
}

/** Returns the calls of two agents, one after the other, from the first start in an empty home to the last end. */
async function recording(t: TestContext): Promise<{ readonly calls: readonly SystemCall[]; readonly home: string }> {
  const rig = await AgentRig.make(t);
  const log = join(await temporaryFolder(t), 'calls');
  const first = await rig.start('waiting', { through: tracer(log) });
  await rig.begin('first', '-n', 'one');
  const saved = (what: string, wanted: (manifest: Manifest) => boolean) => rig.saved(what, wanted);
  await saved('the first session', ({ sessions }) => namesOf(sessions).join() === 'first');
  await rig.tmux('new-session', '-d', '-s', 'second');
  await saved('the second session', ({ sessions }) => sessions.length === 2);
  await rig.tmux('rename-window', '-t', '=first:', 'renamed');
  await saved('the new name', ({ windows }) => windows.some(({ name }) => name === 'renamed'));
  await rig.tmux('send-keys', '-t', '=first:', 'echo some text', 'Enter');
  await waitFor('the text', async () => /^some text$/m.test(await rig.tmux('capture-pane', '-p', '-t', '=first:')));
  await first.end('SIGTERM');
  const second = await rig.start('watching', { through: tracer(log) });
  await rig.tmux('set-hook', '-g', 'session-created', 'display-message hello');
  await rig.killServer(await rig.serverPid());
  await rig.sessions(['first', 'second']);
  await rig.waitState(second, 'watching');
  await rig.tmux('kill-session', '-t', '=second');
  await saved('a closing session', ({ sessions }) => sessions.length === 1);
  await second.end('SIGTERM');
  const isWhole = new RegExp(`^${String(second.pid)} +\\+\\+\\+ exited`, 'm');
  await waitFor('the end of the record', async () => isWhole.test(await readFile(log, 'latin1')));
  return { calls: await systemCalls(log, rig.home), home: rig.home };
}

const stateFolderIn = (remains: Remains): string | null =>
  [...remains].find(([path, bytes]) => bytes === null && basename(path).startsWith('path-'))?.[0] ?? null;

/** Returns what is wrong with what a power cut has left, or null. */
async function faultOf(remains: Remains, { ids, synced }: Known, home: string): Promise<string | null> {
  const place = stateFolderIn(remains);
  if (place === null) return synced === 0 ? null : 'there is no state folder';
  const disk = await mkdtemp(join(tmpdir(), 'tmux-persist-cut-'));
  try {
    for (const [path, bytes] of remains) {
      const target = join(disk, path.slice(home.length));
      if (bytes === null) await mkdir(target, { recursive: true, mode: 0o700 });
      else await writeFile(target, bytes, { mode: 0o600 });
    }
    return await faultIn(join(disk, place.slice(home.length)), ids, synced);
  } finally {
    await rm(disk, { recursive: true });
  }
}

async function faultIn(folder: string, ids: readonly string[], synced: number): Promise<string | null> {
  const store = value(await openStore(folder, { create: false }));
  const loaded = await store.peek();
  if (!loaded.ok) return JSON.stringify(loaded.error);
  const { stored, quarantined } = loaded.value;
  if (quarantined.length > 0) return `can't be read: ${quarantined.map((path) => basename(path)).join(' ')}`;
  if (stored === null) return synced === 0 ? null : 'nothing is saved';
  const order = ids.indexOf(stored.manifest.id);
  if (order < synced - 1) return `state ${String(order)} of ${String(synced)} that were synced`;
  for (const id of ids.slice(0, order)) if (!(await store.find(id)).ok) return `${id} is not in history`;
  for (const { contents } of stored.manifest.windows.flatMap(({ panes }) => panes)) {
    const text = contents === null ? null : await store.readContents(contents.sha256);
    const hash = text === null ? null : createHash('sha256').update(text).digest('hex');
    if (hash !== (contents?.sha256 ?? null)) return `the scrollback ${String(contents?.sha256)} is not whole`;
  }
  const journal = await readFile(join(folder, 'journal.json')).catch(() => null);
  if (journal !== null && value(await store.readJournal()).length === 0) return 'the journal is not whole';
  const saved = await value(await openStore(folder, { create: true })).save(aManifest(new Date()));
  return saved.ok ? null : `nothing more can be saved: ${JSON.stringify(saved.error)}`;
}

/** What comes of a cut after each call; the first fault ends it. */
interface Trial {
  readonly states: number;
  readonly fault: string | null;
}

async function cutEverywhere(calls: readonly SystemCall[], home: string): Promise<Trial> {
  const disk = new DiskModel(home);
  const dice = new Dice(1);
  const known: Known = { ids: [], synced: 0 };
  const seen = new Set<string>();
  const numbers = new Map<Buffer, number>();
  const numberOf = (bytes: Buffer): number => numbers.get(bytes) ?? (numbers.set(bytes, numbers.size), numbers.size);
  for (const [at, call] of calls.entries()) {
    disk.apply(call);
    takeNote(disk, call, known);
    const cuts: Remains[] = [];
    forEveryChoice(
      WAYS,
      (count) => dice.upTo(count),
      (choose) => {
        // What no state depends on is as it happens to be.
        const cut = disk.cut((count, path) => (isOfNoState(path) ? dice.upTo(count) : choose(count, path)));
        const key = [...cut].flatMap(([path, bytes]) =>
          isOfNoState(path) ? [] : `${path} ${bytes === null ? '' : String(numberOf(bytes))}`,
        );
        const text = [String(known.synced), ...key.sort()].join('\n');
        if (seen.has(text)) return;
        seen.add(text);
        cuts.push(cut);
      },
    );
    for (const cut of cuts) {
      const fault = await faultOf(cut, known, home);
      if (fault !== null)
        return { states: seen.size, fault: `after call ${String(at)} (${call.kind} ${call.path}): ${fault}` };
    }
  }
  return { states: seen.size, fault: null };
}

const isOfNoState = (path: string): boolean =>
  /\.tmp$|\/(lock|agent\.json|checked|aside\.json|machine-id)[^/]*$/.test(path);

function takeNote(disk: DiskModel, call: SystemCall, known: Known): void {
  if (call.kind === 'rename' && basename(call.to) === 'manifest.json') {
    known.ids.push((JSON.parse(String(disk.read(call.to))) as Manifest).id);
  }
  if (call.kind === 'sync' && basename(call.path).startsWith('path-')) known.synced = known.ids.length;
}

test('a power cut at any moment leaves a whole state, the last one that was synced or a newer one', async (t) => {
  const { calls, home } = await recording(t);
  const saves = calls.filter((call) => call.kind === 'rename' && basename(call.to) === 'manifest.json').length;
  const texts = calls.filter((call) => call.kind === 'rename' && call.to.endsWith('.gz')).length;
  const entries = calls.filter((call) => call.kind === 'rename' && call.to.endsWith('/journal.json')).length;
  assert.ok(saves >= 5 && texts >= 1 && entries >= 2, `${String(saves)} ${String(texts)} ${String(entries)}`);

  const { states, fault } = await cutEverywhere(calls, home);
  t.diagnostic(`${String(calls.length)} calls, ${String(saves)} saves, ${String(states)} different disks`);
  assert.equal(fault, null);

  // What the model is worth: without any one kind of what is synced it finds the fault.
  const without = (isLeftOut: (path: string) => boolean) =>
    cutEverywhere(
      calls.filter((call) => call.kind !== 'sync' || !isLeftOut(call.path)),
      home,
    );
  for (const [what, isLeftOut] of [
    ['states', (path: string) => basename(path).startsWith('manifest.json.')],
    ['scrollback', (path: string) => /\.gz\./.test(path)],
    ['history', (path: string) => basename(path) === 'history'],
    ['the folder of contents', (path: string) => basename(path) === 'contents'],
    ['the folders above', (path: string) => join(home, '.local/state').startsWith(path)],
  ] as const)
    assert.notEqual((await without(isLeftOut)).fault, null, `${what} need not be synced`);
});
