/**
 * Conversations of fake agents in the panes of a user in a machine: opened, led, and looked at again after everything was killed.
 * Which conversation a pane has is what its agent answers, not what tmux-persist says.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { FAKE_AGENTS } from '../support/fake-agent-install.js';
import type { Machine, User } from './machine.js';
import * as sessions from './sessions.js';

/** What became of a pane's conversation: it answers, or its command is offered. */
export interface Comeback {
  readonly pane: string;
  /** The id that its agent answers with; null where none runs. */
  readonly running: string | null;
  /** The whole text of an offer; null where none waits. */
  readonly offer: string | null;
}

const LIBRARY = '/usr/local/lib/fake';
/** Where npm puts the real one. */
const CLAUDE = '/usr/local/lib/node_modules/@anthropic-ai/claude-code';
/** The agents that come as scripts for node. */
const SCRIPTS: ReadonlySet<string> = new Set(['codex', 'gemini', 'qwen']);
const ID = String.raw`[\w-]{8,}`;
/** Three users' machines are busy at the same time. */
const SLOW = { deadlineMs: 60_000, everyMs: 250 } as const;

/** Puts the fake agents onto everybody's PATH. */
export async function installAgents(machine: Machine): Promise<void> {
  const write = async (file: string, source: string): Promise<void> => {
    const program = await readFile(new URL(`../support/${source}`, import.meta.url), 'utf8');
    await machine.run(['tee', file], { input: `#!/usr/bin/env node\n${program}` });
    await machine.run(['chmod', '0755', file]);
  };
  await machine.run(['mkdir', '-p', CLAUDE, LIBRARY]);
  for (const folder of [CLAUDE, LIBRARY])
    await machine.run(['tee', `${folder}/package.json`], { input: '{ "type": "module" }\n' });
  await write(`${CLAUDE}/cli.js`, 'fake-claude.js');
  await machine.run(['ln', '-sf', `${CLAUDE}/cli.js`, '/usr/local/bin/claude']);
  for (const name of FAKE_AGENTS) {
    const [script, command] = [`${LIBRARY}/${name}.js`, `/usr/local/bin/${name}`];
    await write(script, 'fake-agent.js');
    if (SCRIPTS.has(name)) {
      await machine.run(['ln', '-sf', script, command]);
      continue;
    }
    // As a native program shows itself: by its name, without an interpreter.
    await machine.run(['tee', command], { input: `#!/bin/bash\nexec -a ${name} node ${script} "$@"\n` });
    await machine.run(['chmod', '0755', command]);
  }
}

/** The panes of one user, and what was said in them. */
export class Talks {
  /** The conversation that each pane had when it was asked last. */
  readonly truth = new Map<string, string>();

  constructor(
    readonly machine: Machine,
    readonly user: User,
  ) {}

  /** Opens one session with a window for each of these directories; returns their panes. */
  async open(directories: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string[]> {
    await this.machine.run(['mkdir', '-p', ...directories], { user: this.user });
    const panes: string[] = [];
    for (const [index, directory] of directories.entries()) {
      const size =
        index === 0 ? ['new-session', '-s', 'talks', '-x', '160', '-y', '50'] : ['new-window', '-t', '=talks:'];
      const set = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
      await this.#tmux(...size, '-d', '-n', `talk-${String(index)}`, ...set, '-c', directory);
      panes.push(`=talks:talk-${String(index)}`);
    }
    return panes;
  }

  /** Types a command into a shell and waits until an agent greets. */
  async start(pane: string, command: string): Promise<void> {
    await this.#lineAfter(pane, command, new RegExp(`^(?:session|resumed) (${ID})|^restored history`, 'gm'));
  }

  /** Says something to an agent and takes note of the conversation that answers. */
  async say(pane: string, text: string): Promise<string> {
    const id = await this.#lineAfter(pane, text, new RegExp(`^answered (${ID})`, 'gm'));
    this.truth.set(pane, id);
    return id;
  }

  /** Gives an agent a command of its own that is answered otherwise. */
  async command(pane: string, text: string): Promise<void> {
    await this.#lineAfter(pane, text, /^(?:cleared|changed to .*)/gm);
  }

  /** Ends an agent. */
  async end(pane: string): Promise<void> {
    await this.#type(pane, '/exit');
    await this.machine.waitFor(`the shell of ${pane}`, async () => {
      assert.equal(await this.#tmux('display-message', '-p', '-t', pane, '#{pane_current_command}'), 'bash');
    });
  }

  /** Returns what became of every pane, as soon as none waits for its turn. */
  async comebacks(): Promise<Comeback[]> {
    const panes = [...this.truth.keys()];
    await this.machine.waitFor(
      `the conversations of ${this.user.name}`,
      async () => {
        for (const pane of panes)
          assert.notEqual(await this.#phase(pane), 'turn', `${pane}: ${await this.#text(pane)}`);
      },
      SLOW,
    );
    const comebacks: Comeback[] = [];
    for (const pane of panes) {
      const isOffer = (await this.#phase(pane)) === 'offer';
      const asked = isOffer ? null : await this.#lineAfter(pane, 'still you?', new RegExp(`^answered (${ID})`, 'gm'));
      comebacks.push({ pane, running: asked, offer: isOffer ? await this.#text(pane) : null });
    }
    return comebacks;
  }

  /** A pane is ready when an agent runs in it or an offer waits; before that it waits for its turn, or is not there yet. */
  async #phase(pane: string): Promise<'turn' | 'offer' | 'running'> {
    const text = await this.#text(pane);
    const [last = ''] = text.trimEnd().split('\n').slice(-1);
    if (/^tmux-persist: Enter starts it/.test(last)) return 'offer';
    const command = await this.#tmux('display-message', '-p', '-t', pane, '#{pane_current_command}');
    return command === 'sh' || command === 'bash' || !/^(session|resumed|restored|answered) ?/m.test(last)
      ? 'turn'
      : 'running';
  }

  async #lineAfter(pane: string, text: string, pattern: RegExp): Promise<string> {
    const lines = async (): Promise<string[]> =>
      [...(await this.#text(pane)).matchAll(pattern)].map(([, id = '']) => id);
    const before = (await lines()).length;
    await this.#type(pane, text);
    return this.machine.waitFor(
      `an answer to '${text}' in ${pane}`,
      async () => {
        const now = await lines();
        assert(now.length > before, await this.#text(pane));
        return now.at(-1) ?? '';
      },
      SLOW,
    );
  }

  async #type(pane: string, text: string): Promise<void> {
    await this.#tmux('send-keys', '-t', pane, '-l', text);
    await this.#tmux('send-keys', '-t', pane, 'Enter');
  }

  #text(pane: string): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-', '-t', pane);
  }

  #tmux(...args: string[]): Promise<string> {
    return sessions.tmux(this.machine, this.user, ...args);
  }
}
