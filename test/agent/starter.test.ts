/**
 * The starter of what waits in restored panes, with the kernel's file on memory pressure in the test's hand.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { memoryPressure } from '../../src/programs/memory-pressure.js';
import { Starter, type StarterParts } from '../../src/agent/starter.js';
import { launchArguments } from '../../src/programs/launcher.js';
import { projectSlug } from '../../src/programs/claude/claude-transcripts.js';
import { procView } from '../../src/programs/process-view.js';
import type { Resumption } from '../../src/programs/resumption.js';
import { isWaiting } from '../../src/programs/waiting-launcher.js';
import { quote } from '../../src/tmux/codec.js';
import { shownPanes } from '../../src/tmux/shown-panes.js';
import { attachClient } from '../round-trip/client.js';
import { installFakeClaude } from '../support/fake-claude-install.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

/** The file as Linux writes it (Documentation/accounting/psi.rst). */
const pressureText = (some: string): string =>
  `some avg10=${some} avg60=12.34 avg300=5.67 total=123456\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=12345\n`;

interface Pane {
  readonly id: string;
  readonly pid: number;
}

/** A server with panes that wait, each in a window of its own; programs that stay, unless they are said to be something else. */
class Waiting {
  private constructor(
    readonly rig: TmuxRig,
    readonly pressureFile: string,
  ) {}

  static async start(t: TestContext): Promise<Waiting> {
    const rig = await TmuxRig.start(t);
    const waiting = new Waiting(rig, join(rig.folder, 'pressure'));
    await waiting.pressure('0.00');
    return waiting;
  }

  pressure(some: string): Promise<void> {
    return writeFile(this.pressureFile, pressureText(some));
  }

  parts(limit: number, pressureFile = this.pressureFile): StarterParts {
    const { target, home } = this.rig;
    return { target: () => target, home: () => home, limit: () => limit, pressureFile };
  }

  starter(t: TestContext, limit = 4, pressureFile = this.pressureFile): Starter {
    const starter = new Starter(this.parts(limit, pressureFile));
    t.after(() => {
      starter.stop();
    });
    return starter;
  }

  async open(
    action: Resumption['action'],
    argv: readonly string[] = ['/bin/sleep', '1000'],
    more: Partial<Resumption> = {},
  ): Promise<Pane> {
    const id = await this.rig.open();
    const words = launchArguments({
      ...{ shell: '/bin/sh', defaultCommand: '', contentsPath: null, notice: null, argv: [], death: null },
      resumption: { action, argv, env: {}, unset: [], cwd: '/', notice: null, counts: 'resumed', ...more },
    });
    await this.rig.source(`respawn-pane -k -t ${id} ${words.map(quote).join(' ')}`);
    return { id, pid: Number(await this.rig.tmux('display-message', '-p', '-t', id, '#{pane_pid}')) };
  }

  async panes(): Promise<Pane[]> {
    return [...valueOf(await shownPanes(this.rig.target))];
  }
}

const waits = ({ pid }: Pane): boolean => isWaiting(pid, procView());

const allWait = (panes: readonly Pane[]): Promise<unknown> =>
  waitFor('them to wait', () => Promise.resolve(panes.every(waits)));

const runs = (panes: readonly Pane[]): Promise<unknown> =>
  waitFor('them to run', () => Promise.resolve(panes.every((pane) => !waits(pane))));

describe('the starter', { concurrency: 4 }, () => {
  test('begins nothing while memory is short, and goes on when it is not any more', async (t) => {
    const server = await Waiting.start(t);
    await server.pressure('20.01');
    assert.equal(memoryPressure(server.pressureFile), 20.01);
    const panes = [await server.open('auto'), await server.open('auto')];
    await allWait(panes);
    const starter = server.starter(t);
    starter.notice(await server.panes());
    // Some turns are over, and nobody had one.
    for (let times = 0; times < 4; times += 1) await pause(500).then(() => starter.settled());
    assert.equal(starter.waiting, 2);
    assert.ok(panes.every(waits));
    await server.pressure('20.00');
    await runs(panes);
    await waitFor('nobody to wait', () => Promise.resolve(starter.waiting === 0));
  });

  test('a kernel that tells nothing of memory holds nothing back', async (t) => {
    const server = await Waiting.start(t);
    const panes = [await server.open('auto')];
    server.starter(t, 1, '/nowhere/memory').notice(await server.panes());
    await runs(panes);
  });

  test('gives the next turn when a program is at rest, has ended, or has worked for too long', async (t) => {
    const server = await Waiting.start(t);
    const busy = ['/bin/sh', '-c', 'while :; do :; done'];
    const panes = [
      ...[await server.open('auto', busy), await server.open('auto', ['/bin/true']), await server.open('auto')],
      ...[await server.open('auto')],
    ];
    await allWait(panes);
    const startedAt = performance.now();
    server.starter(t, 1).notice(await server.panes());
    await runs(panes.slice(0, 1));
    await pause(3000);
    assert.ok(panes.slice(1).every(waits), 'one at a time');
    await runs(panes.slice(1));
    assert.ok(performance.now() - startedAt > 15_000);
  });

  test('follows a pane that is only being made, and lets one alone that nobody made for it', async (t) => {
    const server = await Waiting.start(t);
    const starter = server.starter(t);
    const pane = await server.open('auto');
    // As soon as tmux has forked: perhaps before there is a launcher.
    starter.notice([pane, { id: '%999', pid: process.pid }, { id: '%998', pid: 999_999_999 }]);
    await runs([pane]);
  });

  test('what waits for a look is started with the pane that a client shows, also where another starter waits', async (t) => {
    const server = await Waiting.start(t);
    const panes = [await server.open('view'), await server.open('view'), await server.open('offer')];
    await allWait(panes);
    const starters = [server.starter(t), server.starter(t)];
    const notice = async (): Promise<void> => {
      const seen = await server.panes();
      for (const starter of starters) starter.notice(seen);
      for (const starter of starters) await starter.settled();
    };
    await notice();
    assert.ok(panes.every(waits));
    const [first, second, offered] = panes;
    assert.ok(first && second && offered);
    await server.rig.tmux('select-window', '-t', first.id);
    await attachClient(t, server.rig, 'main');
    await notice();
    await runs([first]);
    assert.ok(waits(second));
    await server.rig.tmux('select-window', '-t', offered.id);
    await notice();
    await server.rig.tmux('select-window', '-t', second.id);
    await notice();
    await runs([second]);
    assert.ok(waits(offered));
  });

  test('a conversation that waits in panes of two servers starts once, though both give turns at the same moment', async (t) => {
    const servers = [await Waiting.start(t), await Waiting.start(t)];
    const home = servers[0]?.rig.home ?? '';
    const binary = installFakeClaude(home, 'binary');
    const project = join(home, '.claude/projects', projectSlug(home));
    const marks = join(home, 'marks');
    await mkdir(project, { recursive: true });
    const ids = Array.from({ length: 3 }, () => randomUUID());
    const panes: Pane[] = [];
    for (const id of ids) {
      await writeFile(join(project, `${id}.jsonl`), '{}\n');
      const env = { HOME: home, FAKE_CLAUDE_MARKS: marks };
      for (const server of servers) panes.push(await server.open('auto', [binary, '--resume', id], { cwd: home, env }));
    }
    await allWait(panes);
    const starters = servers.map((server) => new Starter({ ...server.parts(4), home: () => home }));
    t.after(() => {
      for (const starter of starters) starter.stop();
    });
    const seen = await Promise.all(servers.map((server) => server.panes()));
    for (const [at, starter] of starters.entries()) starter.notice(seen[at] ?? []);
    const lines = async (): Promise<string[]> => (await readFile(marks, 'utf8').catch(() => '')).match(/^.*$/gm) ?? [];
    await waitFor('all to be ready', async () =>
      (await lines()).filter((line) => line.startsWith('ready')).length >= ids.length ? true : null,
    );
    // Two more turns.
    for (let times = 0; times < 4; times += 1)
      await pause(300).then(() => Promise.all(starters.map((one) => one.settled())));
    const started = (await lines()).flatMap((line) => /^start (.*)/.exec(line)?.[1] ?? []);
    assert.deepEqual(started.sort(), [...ids].sort());
    assert.equal(panes.filter(waits).length, ids.length);
  });
});
