/** P7 on a real machine: three users with nine conversations each, every one back in its own pane or offered there, and none in two. */
import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { displayText } from '../../src/model/text.js';
import { machineTests, type Rig } from './machine-tests.js';
import { manifestOf, statusOf } from './product.js';
import * as sessions from './sessions.js';
import { installAgents, Talks } from './talks.js';

machineTests('conversations', (rig) => {
  before(() => installAgents(rig.machine));

  test('a conversation is resumed in the pane it was in, after the servers of three users were killed and after a reboot', async (t) => {
    const { machine } = rig;
    const all = await Promise.all([oneProject(rig), nineAgents(rig), hooked(rig)]);
    for (const talks of all) await savedAsIs(rig, talks);

    for (const { user } of all) await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    for (const talks of all) await areBack(t, talks, 'killed');
    await machine.waitFor('status to tell of it', async () => {
      for (const { user } of all) {
        const counts = (await statusOf(machine, user)).lastRestore?.conversations;
        assert.equal((counts?.resumed ?? 0) + (counts?.offered ?? 0), 9, `${user.name}: ${JSON.stringify(counts)}`);
      }
    });

    for (const talks of all) await savedAsIs(rig, talks);
    await machine.reboot();
    for (const talks of all) await areBack(t, talks, 'rebooted');
  });
});

/** Nine conversations of Claude in one directory, prompted in the reverse order of their start, with a `/clear`, a fork and a swap. */
async function oneProject(rig: Rig): Promise<Talks> {
  const talks = await newTalks(rig);
  const panes = await talks.open(Array<string>(9).fill(`${talks.user.home}/one project`));
  await leadNine(rig, talks, panes);
  return talks;
}

/** The same with a Claude whose own list of sessions never follows, and with our hooks, which do. */
async function hooked(rig: Rig): Promise<Talks> {
  const talks = await newTalks(rig);
  await rig.machine.run(['tmux-persist', 'hooks', 'install', 'claude'], { user: talks.user });
  const panes = await talks.open(Array<string>(9).fill(`${talks.user.home}/hooked`), {
    FAKE_CLAUDE_STALE_REGISTRY: '1',
  });
  await leadNine(rig, talks, panes);
  return talks;
}

async function leadNine(rig: Rig, talks: Talks, panes: readonly string[]): Promise<void> {
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = panes;
  for (const pane of panes) if (pane !== third) await talks.start(pane, 'claude');
  for (const pane of [...panes].reverse()) if (pane !== third) await talks.say(pane, `the prompt of ${pane.slice(1)}`);
  const parent = talks.truth.get(first) ?? '';
  await talks.start(third, `claude --resume ${parent} --fork-session`);
  await talks.say(third, 'a fork of the first');
  const [ours = '', theirs = ''] = [talks.truth.get(fourth), talks.truth.get(fifth)];
  // People stay longer than a moment with what they do: every step is seen.
  await savedAsIs(rig, talks);
  await talks.command(second, '/clear');
  await talks.say(second, 'something else');
  // Nobody may hold two at a time: one steps aside first.
  await talks.command(fourth, '/clear');
  await talks.say(fourth, 'meanwhile');
  await savedAsIs(rig, talks);
  await talks.command(fifth, `/resume ${ours}`);
  await talks.say(fifth, 'swapped');
  await savedAsIs(rig, talks);
  await talks.command(fourth, `/resume ${theirs}`);
  await talks.say(fourth, 'swapped too');
  assert.equal(new Set(talks.truth.values()).size, panes.length);
}

/** One conversation of each of nine other agents; those that show no id were resumed by one. */
async function nineAgents(rig: Rig): Promise<Talks> {
  const talks = await newTalks(rig);
  const home = talks.user.home;
  const agents: readonly (readonly [name: string, resume: ((id: string) => string) | null])[] = [
    ['codex', null],
    ['gemini', null],
    ['qwen', null],
    ['copilot', null],
    ['cursor-agent', null],
    ['opencode', (id) => `opencode --session ${id}`],
    ['crush', (id) => `crush --session ${id}`],
    ['goose session', (id) => `goose session --resume --session-id ${id}`],
    ['amp', (id) => `amp threads continue ${id}`],
  ];
  const panes = await talks.open(agents.map((_, index) => `${home}/project ${String(index % 3)}`));
  for (const [index, [command, resume]] of agents.entries()) {
    const pane = panes[index] ?? '';
    await talks.start(pane, command);
    const id = await talks.say(pane, `hello ${command}`);
    if (resume === null) continue;
    await talks.end(pane);
    await talks.start(pane, resume(id));
    await talks.say(pane, 'hello again');
  }
  return talks;
}

async function newTalks(rig: Rig): Promise<Talks> {
  return new Talks(rig.machine, await rig.addInstalledUser());
}

/** Waits until each pane is saved with its own conversation, or with a doubt that names it. */
async function savedAsIs({ machine }: Rig, { user, truth }: Talks): Promise<void> {
  await machine.waitFor(
    `the conversations of ${user.name} to be saved`,
    async () => {
      const { sessions: saved, windows } = await manifestOf(machine, user);
      assert.equal(saved.length, 1);
      for (const window of windows) {
        const id = truth.get(`=talks:${displayText(window.name)}`);
        const conversation = window.panes[0]?.program?.conversation;
        assert(conversation, `nothing is known of ${displayText(window.name)}`);
        const { confidence, candidates } = conversation;
        const possible = confidence === 'exact' ? [conversation.id] : [conversation.id, ...candidates];
        assert(possible.includes(id ?? ''), `${id ?? ''} is not ${JSON.stringify(conversation)}`);
      }
    },
    { deadlineMs: 30_000, everyMs: 500 },
  );
}

/** Every pane has its own conversation, or an offer that names it; none is in two, and none is another's. */
async function areBack(t: TestContext, talks: Talks, after: string): Promise<void> {
  const comebacks = await talks.comebacks();
  const running = comebacks.flatMap((one) => one.running ?? []);
  assert.equal(new Set(running).size, running.length, `a conversation runs twice: ${JSON.stringify(comebacks)}`);
  for (const { pane, running: id, offer } of comebacks) {
    const own = talks.truth.get(pane) ?? '';
    if (offer === null) assert.equal(id, own, `the conversation of ${pane}`);
    else assert(afterRestore(offer).includes(own), `the offer of ${pane} does not name ${own}:\n${offer}`);
  }
  const offered = comebacks.length - running.length;
  t.diagnostic(`${talks.user.name}, ${after}: ${String(running.length)} resumed, ${String(offered)} offered`);
}

/** Returns what stands below the old scrollback: our last two lines, and the command between them. */
function afterRestore(text: string): string {
  const lines = text.trimEnd().split('\n');
  const reason = lines.findLastIndex((line, index) => index < lines.length - 1 && line.startsWith('tmux-persist: '));
  return lines.slice(reason).join('\n');
}
