/**
 * The agent killed without a warning, at hundreds of moments: of chance, and in the middle of its writing, while a user works on.
 * What a kill leaves on the disk is there as well while the agent is stopped: most of them are moments of that kind, for a start
 * costs far more than a look. TMUX_PERSIST_KILLS sets how many moments there are.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, readdir, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseManifest, type Manifest } from '../../src/model/manifest.js';
import { AgentRig, buildProgram, namesOf } from '../support/agent-rig.js';
import { valueOf, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const MOMENTS = Number(process.env['TMUX_PERSIST_KILLS'] ?? 500);
/** So many of them are kills of an agent that has watched for longer than it may lose. */
const LATE_KILLS = Math.ceil(MOMENTS / 25);
/** How often any other agent is stopped before it is killed. */
const STOPS = 3;
const SCENES = 3;

/** What may be lost, in ms: the second that is promised, and one for a machine that does other things too. */
const WINDOW_MS = 2000;

/** One change with a number in it, which was done at this time. */
interface Change {
  readonly number: number;
  readonly atMs: number;
}

/** A server on which somebody works without a pause, and the agents that are killed beside it. */
class Scene {
  readonly changes: Change[] = [];
  midSave = 0;
  #isStopped = false;
  readonly #work: Promise<void>;
  #slowestMs = 0;
  #saved = 0;
  readonly #readHistory = new Set<string>();

  private constructor(
    readonly rig: AgentRig,
    readonly folder: string,
    readonly pauseMs: number,
  ) {
    this.#work = this.#workOn();
  }

  /** Makes a scene in which something is done every `pauseMs` on average. */
  static async make(t: TestContext, pauseMs: number): Promise<Scene> {
    const rig = await AgentRig.make(t);
    await rig.begin('kept', '-n', 'n0');
    assert.equal((await rig.run(['save'])).code, 0);
    return new Scene(rig, (await rig.stateFolder()) ?? '', pauseMs);
  }

  /** Works until it is told to stop; each change also gives the permanent window the next number as its name. */
  async #workOn(): Promise<void> {
    for (let number = 1; !this.#isStopped; number += 1) {
      const startedAt = performance.now();
      const rename = ['rename-window', '-t', '=kept:0', `n${String(number)}`];
      // What can't be done at the moment fails, as for any user.
      await this.rig.tmux(...rename, ';', ...anyChange(this.rig.home)).catch(() => undefined);
      const atMs = performance.now();
      this.#slowestMs = Math.max(this.#slowestMs, atMs - startedAt);
      this.changes.push({ number, atMs });
      await delay(2 * this.pauseMs * Math.random());
    }
  }

  /** Starts an agent, stops it a few times and kills it then, each time looking at what is on the disk. */
  async killSoon(): Promise<void> {
    const agent = this.rig.launch();
    for (let stop = 0; stop < STOPS; stop += 1) {
      await this.#someMoment(agent.pid);
      process.kill(agent.pid, 'SIGSTOP');
      await waitFor('the stop', () => isStopped(agent.pid));
      await this.#look(agent.pid);
      process.kill(agent.pid, 'SIGCONT');
    }
    await this.#someMoment(agent.pid);
    await agent.end('SIGKILL');
    await this.#look(agent.pid);
  }

  /** Kills an agent that has watched for a while; returns how old in ms the oldest change is that was lost, and how old it may be. */
  async killLate(): Promise<{ readonly lostMs: number; readonly mayBeMs: number }> {
    const agent = await this.rig.start('watching');
    this.#slowestMs = 0;
    await delay(WINDOW_MS * (1.2 + 0.5 * Math.random()));
    const killedAt = performance.now();
    await agent.end('SIGKILL');
    await this.#look(agent.pid);
    const lost = this.changes.find(({ number, atMs }) => number > this.#saved && atMs < killedAt);
    // Where the user's own commands take long, so do the agent's.
    return { lostMs: lost === undefined ? 0 : killedAt - lost.atMs, mayBeMs: WINDOW_MS + 10 * this.#slowestMs };
  }

  /** Lets an agent finish: the last change is saved, all is restored, and what the killed ones left behind is gone. */
  async end(): Promise<void> {
    this.#isStopped = true;
    await this.#work;
    const agent = await this.rig.start('watching');
    const last = this.changes.at(-1)?.number;
    await this.rig.saved('the last change', (manifest) => numberOf(manifest) === last);
    await this.#look(agent.pid);
    const sessions = async (): Promise<string[]> =>
      (await this.rig.tmux('list-sessions', '-F', '#{session_name}').catch(() => '')).split('\n');
    const before = await sessions();
    await this.rig.killServer(await this.rig.serverPid());
    // Of what was closed within the last half minute nobody knows whether it died with the server: it may come back too.
    await waitFor('every session', async () => {
      const after = await sessions();
      return before.every((name) => after.includes(name));
    });
    await this.rig.waitState(agent, 'watching');
    assert.equal(await agent.end('SIGTERM'), 0);
    const left = await readdir(this.folder, { recursive: true });
    assert.deepEqual(
      left.filter((name) => /lock|tmp$|unreadable/.test(name)),
      [],
    );
  }

  /** Resolves at any moment, or, more often, soon after an agent has taken the lock to save. */
  async #someMoment(pid: number): Promise<void> {
    if (Math.random() < 0.3) return delay(500 * Math.random());
    const tooLong = AbortSignal.timeout(5000);
    try {
      for await (const { filename } of watch(this.folder, { signal: tooLong })) {
        if (filename === 'lock' && (await this.#lockHolder()) === pid) break;
      }
    } catch (error) {
      if (!tooLong.aborted) throw error;
    }
    return delay(15 * Math.random());
  }

  async #lockHolder(): Promise<number> {
    const text = await readFile(join(this.folder, 'lock'), 'utf8').catch(() => '{}');
    return (JSON.parse(text) as { pid?: number }).pid ?? 0;
  }

  /** Looks at the disk as the next agent would find it. */
  async #look(pid: number): Promise<void> {
    if ((await this.#lockHolder()) === pid) this.midSave += 1;
    const names = await readdir(this.folder);
    assert.deepEqual(
      names.filter((name) => name.endsWith('.unreadable')),
      [],
    );
    const manifest = await stateIn(join(this.folder, 'manifest.json'));
    assert.ok(namesOf(manifest.sessions).includes('kept'), `only: ${namesOf(manifest.sessions).join(' ')}`);
    const number = numberOf(manifest);
    assert.ok(number >= this.#saved, `change ${String(number)} replaced change ${String(this.#saved)}`);
    this.#saved = number;
    for (const name of await readdir(join(this.folder, 'history'))) {
      if (!name.endsWith('.json') || this.#readHistory.has(name)) continue;
      this.#readHistory.add(name);
      assert.ok(namesOf((await stateIn(join(this.folder, 'history', name))).sessions).includes('kept'), name);
    }
  }
}

/** Returns the state in a file, which must be whole. */
const stateIn = async (path: string): Promise<Manifest> => valueOf(parseManifest(await readFile(path, 'utf8'), path));

/** Returns the number of the last change that a state knows. */
function numberOf({ sessions, windows }: Manifest): number {
  const kept = sessions.find(({ name }) => name === 'kept')?.windows.find(({ index }) => index === 0);
  const name = windows.find(({ id }) => id === kept?.windowId)?.name;
  const [, number] = /^n(\d+)$/.exec(typeof name === 'string' ? name : '') ?? [];
  assert.ok(number !== undefined, `the permanent window has no number: ${JSON.stringify(name)}`);
  return Number(number);
}

/** Returns whether every thread of a process has stopped (proc_pid_stat(5)). */
function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${String(pid)}/task`).every((task) =>
    readFileSync(`/proc/${String(pid)}/task/${task}/stat`, 'latin1').includes(') T '),
  );
}

/** Returns one of the things that users do, as arguments of tmux. */
function anyChange(home: string): string[] {
  const some = (): string => `s${String(Math.floor(4 * Math.random()))}`;
  const changes = [
    ['new-session', '-d', '-s', some()],
    ['kill-session', '-t', `=${some()}`],
    ['rename-session', '-t', `=${some()}`, some()],
    ['new-window', '-d', '-t', '=kept:1'],
    ['kill-window', '-t', '=kept:1'],
    ['rename-window', '-t', '=kept:1', some()],
    ['split-window', '-d', '-t', '=kept:0'],
    ['kill-pane', '-t', '=kept:0.1'],
    ['send-keys', '-t', '=kept:0.0', `cd ${Math.random() < 0.5 ? '/' : home}`, 'Enter'],
  ];
  return changes[Math.floor(changes.length * Math.random())] ?? [];
}

test('an agent that is killed at any moment costs the last two seconds at most, and never a saved state', async (t) => {
  // Who is killed soon need not see every change; what is lost late is measured by their times.
  const pauses = [100, ...Array.from({ length: SCENES }, () => 300)];
  const scenes = await Promise.all(pauses.map((pauseMs) => Scene.make(t, pauseMs)));
  const [late, ...soon] = scenes;
  assert.ok(late !== undefined);
  const losses: { readonly lostMs: number; readonly mayBeMs: number }[] = [];
  let kills = LATE_KILLS;
  let left = MOMENTS - LATE_KILLS;
  const startedAt = performance.now();
  await Promise.all([
    (async () => {
      for (let kill = 0; kill < LATE_KILLS; kill += 1) losses.push(await late.killLate());
    })(),
    ...soon.map(async (scene) => {
      while (left > 0) {
        left -= STOPS + 1;
        kills += 1;
        await scene.killSoon();
      }
    }),
  ]);
  const tookS = Math.round((performance.now() - startedAt) / 1000);
  await Promise.all(scenes.map((scene) => scene.end()));
  const midSave = scenes.reduce((sum, scene) => sum + scene.midSave, 0);
  const worst = Math.max(...losses.map(({ lostMs }) => lostMs));
  t.diagnostic(
    `${String(MOMENTS)} moments in ${String(tookS)} s, ${String(midSave)} of them while a state was written`,
  );
  t.diagnostic(`${String(kills)} agents killed, the others stopped`);
  t.diagnostic(`the oldest change that one of ${String(LATE_KILLS)} lost was ${String(Math.round(worst))} ms old`);
  assert.ok(midSave > 0, 'no save was ever interrupted');
  assert.deepEqual(
    losses.filter(({ lostMs, mayBeMs }) => lostMs > mayBeMs),
    [],
  );
});
