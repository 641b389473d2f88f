/** Sessions with a living conversation each, beside the built program: who was resumed, how often, and what is on record of it. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Manifest, Program } from '../../src/model/manifest.js';
import { projectSlug } from '../../src/programs/claude/claude-transcripts.js';
import { AgentRig } from './agent-rig.js';
import { installFakeClaude } from './fake-claude-install.js';
import { waitFor } from './tmux-rig.js';

/** How long a storm may take on a slow machine, in ms. */
const STORM_MS = 120_000;

/** When they were talked to last. */
const EARLIER = new Date(Date.now() - 3_600_000).toISOString();

/** What the conversations marked as they started. */
export interface Marks {
  readonly started: readonly string[];
  readonly ready: readonly string[];
  /** The most that were starting at the same time. */
  readonly most: number;
}

/** A rig whose sessions hold one living conversation each: the fake Claude's, whose starts and ends of starting are marked in a file. */
export class Conversations {
  readonly ids: readonly string[];

  private constructor(
    readonly rig: AgentRig,
    readonly binary: string,
    readonly names: readonly string[],
  ) {
    this.ids = names.map(() => randomUUID());
  }

  static async make(t: TestContext, count: number, config = ''): Promise<Conversations> {
    const rig = await AgentRig.make(t, { config });
    const names = Array.from({ length: count }, (_, at) => `s${String(at).padStart(2, '0')}`);
    const made = new Conversations(rig, installFakeClaude(rig.home, 'binary'), names);
    const project = join(rig.home, '.claude', 'projects', projectSlug(rig.home));
    await mkdir(project, { recursive: true });
    for (const id of made.ids) {
      const line = {
        type: 'user',
        sessionId: id,
        cwd: rig.home,
        timestamp: EARLIER,
        entrypoint: 'cli',
      };
      await writeFile(join(project, `${id}.jsonl`), `${JSON.stringify({ ...line, message: { content: 'x' } })}\n`);
    }
    return made;
  }

  get marksPath(): string {
    return join(this.rig.home, 'marks');
  }

  /** The environment of the server that they come back in. */
  env(busyMs: number): Record<string, string> {
    return { FAKE_CLAUDE_MARKS: this.marksPath, FAKE_CLAUDE_BUSY_MS: String(busyMs) };
  }

  /** Opens them all, and waits until each of them is surely on record. */
  async open(): Promise<number> {
    const [first = '', ...others] = this.names;
    // The fake shows itself by its name alone, and is found by that in the PATH it had.
    const path = `PATH=${dirname(this.binary)}:${process.env['PATH'] ?? ''}`;
    const command = (at: number): string[] => ['env', path, 'claude', '--resume', this.ids[at] ?? ''];
    const pid = await this.rig.begin(first, ...command(0));
    for (const [at, name] of others.entries())
      await this.rig.tmux('new-session', '-d', '-s', name, '-x', '80', '-y', '24', ...command(at + 1));
    return pid;
  }

  async allSaved(): Promise<Manifest> {
    return this.rig.saved('all conversations', (m) => this.ids.every((id) => isTold(m, id)), 60_000);
  }

  async marks(): Promise<Marks> {
    const text = await readFile(this.marksPath, 'utf8').catch(() => '');
    const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')]));
    let now = 0;
    let most = 0;
    for (const [what] of lines) {
      now += what === 'start' ? 1 : -1;
      most = Math.max(most, now);
    }
    const of = (wanted: string): string[] => lines.flatMap(([what, id = '']) => (what === wanted ? [id] : []));
    return { started: of('start'), ready: of('ready'), most };
  }

  async ready(count: number): Promise<Marks> {
    return waitFor(
      `${String(count)} conversations`,
      async () => {
        const marks = await this.marks();
        return marks.ready.length >= count ? marks : null;
      },
      STORM_MS,
    );
  }

  async screen(name: string): Promise<string> {
    return this.rig.tmux('capture-pane', '-p', '-J', '-S', '-', '-t', `=${name}:`);
  }
}

/** Returns all programs on record. */
export const programsOf = (manifest: Manifest): Program[] =>
  manifest.windows.flatMap(({ panes }) => panes.flatMap(({ program }) => program ?? []));

/** Returns whether a conversation is on record as its own process tells it, with the PATH that it is found in again. */
export const isSure = (manifest: Manifest, id: string): boolean =>
  programsOf(manifest).some(
    ({ conversation, env }) => conversation?.id === id && conversation.confidence === 'exact' && 'PATH' in env,
  );

/** Returns the record of one pane as text. */
export const recordOf = (manifest: Manifest | null, at: number): string =>
  JSON.stringify(manifest?.windows.map(({ panes: [pane] }) => [pane?.currentCommand, pane?.program])[at]);

/** Returns whether it is known from the registry: until it has written there, a process is only starting. */
export const isTold = (manifest: Manifest, id: string): boolean =>
  isSure(manifest, id) && programsOf(manifest).some(({ conversation: c }) => c?.id === id && c.source === 'registry');
