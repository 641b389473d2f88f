/**
 * The program that agents run as their hook, below a fake Claude that runs it as the real one does: what is recorded of whom, and that it
 * never says anything and never fails.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { hookCommandsIn } from '../../src/programs/hooks/hook-settings.js';
import { HOOK_TOOLS } from '../../src/programs/hooks/hook-tools.js';
import type { JsonObject } from '../../src/programs/hooks/json-text.js';
import type { HookRecordFile } from '../../src/store/hook-record-file.js';
import { AgentRig, buildProgram, PROGRAM } from '../support/agent-rig.js';
import { installFakeClaude } from '../support/fake-claude-install.js';
import { assertRoot } from '../store/support.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const ID = '0a1b2c3d-0000-4000-8000-000000000001';
const OTHER = '0a1b2c3d-0000-4000-8000-000000000002';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A HOME in which Claude's hooks are installed. */
class HookRig {
  private constructor(
    readonly rig: AgentRig,
    readonly claude: string,
  ) {}

  static async make(t: TestContext): Promise<HookRig> {
    const rig = await AgentRig.make(t, { env: { TMUX: '/tmp/a socket,12,0', TMUX_PANE: '%7' } });
    const claude = installFakeClaude(rig.home, 'binary');
    assert.equal((await rig.run(['hooks', 'install', 'claude'])).code, 0);
    return new HookRig(rig, claude);
  }

  get folder(): string {
    return join(this.rig.home, '.local/state/tmux-persist/agents');
  }

  /** The records, by pid. */
  records(): HookRecordFile[] {
    return readNames(this.folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(this.folder, name), 'utf8')) as HookRecordFile);
  }

  async start(t: TestContext, ...args: readonly string[]): Promise<Agent> {
    const env = { ...this.rig.env, PATH: `${join(this.rig.home, 'bin')}:${this.rig.env['PATH'] ?? ''}` };
    const agent = new Agent(spawn(this.claude, args, { env, cwd: this.rig.home }));
    t.after(() => agent.process.kill('SIGKILL'));
    await agent.says(/^(session|resumed) /m);
    return agent;
  }
}

/** A running fake. */
class Agent {
  #said = '';

  constructor(readonly process: ChildProcessWithoutNullStreams) {
    process.stdout.on('data', (chunk: Buffer) => (this.#said += chunk.toString('utf8')));
    process.stderr.on('data', (chunk: Buffer) => (this.#said += chunk.toString('utf8')));
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  async says(what: RegExp): Promise<string> {
    return waitFor(
      `it to say ${String(what)}; it said: ${this.#said}`,
      () => what.exec(this.#said)?.[0] ?? null,
      30_000,
    );
  }

  /** Types a line and waits for what is said of it; everything of ours in between would be seen. */
  async type(line: string, answer: RegExp): Promise<string> {
    this.#said = '';
    this.process.stdin.write(`${line}\n`);
    const said = await this.says(answer);
    assert.doesNotMatch(this.#said, /context:|hook error/);
    return said;
  }

  async end(): Promise<void> {
    this.process.stdin.end('/exit\n');
    await waitFor('its end', () => this.process.exitCode !== null || this.process.signalCode !== null, 30_000);
    assert.doesNotMatch(this.#said, /context:|hook error/);
  }
}

const readNames = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

function startTimeOf(pid: number): string | undefined {
  const line = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
}

describe('hook', { concurrency: 2 }, () => {
  test('an agent is recorded as soon as it starts: the very process, its conversation, its pane, and nothing else', async (t) => {
    const rig = await HookRig.make(t);
    const before = Date.now();
    const agent = await rig.start(t, '--session-id', ID, '--model', 'sk-secret-secret-secret-secret');
    const [record, ...more] = rig.records();
    const { ts = 0, ...fields } = record ?? {};
    assert.deepEqual(more, []);
    assert.ok(ts >= before - 1000 && ts <= Date.now() + 1000);
    const startTime = startTimeOf(agent.pid);
    assert.deepEqual(fields, {
      v: 1,
      boot_id: bootId(),
      pid: agent.pid,
      starttime: startTime,
      tool: 'claude',
      session_id: ID,
      transcript_path: join(
        rig.rig.home,
        '.claude/projects',
        rig.rig.home.replace(/[^a-zA-Z0-9]/g, '-'),
        `${ID}.jsonl`,
      ),
      cwd: rig.rig.home,
      source: 'startup',
      permission_mode: 'default',
      tmux_socket: '/tmp/a socket',
      tmux_pane: '%7',
      ended: false,
    });
    const boot = bootId().replaceAll('-', '').slice(0, 12);
    const name = `${boot}-${String(agent.pid)}-${startTime ?? ''}.json`;
    assert.deepEqual(readNames(rig.folder).sort(), ['.pruned', name]);
    assert.equal(statSync(rig.folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(rig.folder, name)).mode & 0o777, 0o600);
  });

  test('/clear is in the record at once, a resume names its source, and an end is marked and never deleted', async (t) => {
    const rig = await HookRig.make(t);
    const agent = await rig.start(t, '--session-id', ID);
    await agent.type('hello', /^answered/m);
    await agent.type('/clear', /^cleared/m);
    const [cleared] = rig.records();
    assert.match(cleared?.session_id ?? '', UUID);
    assert.notEqual(cleared?.session_id, ID);
    assert.deepEqual([cleared?.source, cleared?.ended], ['clear', false]);
    await agent.end();
    const [ended] = rig.records();
    assert.deepEqual([ended?.session_id, ended?.source, ended?.ended], [cleared?.session_id, 'clear', true]);
    const second = await rig.start(t, '--resume', ID);
    const resumed = rig.records().find(({ pid }) => pid === second.pid);
    assert.deepEqual([resumed?.session_id, resumed?.source, resumed?.ended], [ID, 'resume', false]);
    assert.equal(rig.records().length, 2);
  });

  test('a nested claude -p, a sub-agent and an agent of an SDK record nothing and overwrite nothing', async (t) => {
    const rig = await HookRig.make(t);
    const agent = await rig.start(t, '--session-id', ID);
    const [before] = rig.records();
    assert.match(await agent.type('!claude -p "do it"', /^ran: .*$/m), /printed/);
    // The same when it does not say what it is: its arguments do.
    const settings = join(rig.rig.home, '.claude/settings.json');
    const text = await readFile(settings, 'utf8');
    await writeFile(settings, text.replaceAll(process.execPath, `env -u CLAUDE_CODE_ENTRYPOINT ${process.execPath}`));
    assert.match(await agent.type('!claude -p "do it"', /^ran: .*$/m), /printed/);
    await writeFile(settings, text);
    const nested = payload({ agent_id: 'a1' });
    assert.match(await agent.type(`!${piped(nested)}`, /^ran: .*$/m), /^ran: 0$/);
    const sdk = `!export CLAUDE_CODE_ENTRYPOINT=sdk-ts; ${piped(payload({}))}`;
    assert.match(await agent.type(sdk, /^ran: .*$/m), /^ran: 0$/);
    assert.deepEqual(rig.records(), [before]);
    // An interactive one is somebody of its own.
    await agent.type(`!claude --session-id ${OTHER} </dev/null`, /^ran: .*$/m);
    assert.deepEqual(
      rig
        .records()
        .map(({ session_id }) => session_id)
        .sort(),
      [ID, OTHER],
    );
    assert.deepEqual(
      rig.records().find(({ pid }) => pid === agent.pid),
      before,
    );
  });

  test('a payload that is none is ignored in silence: another event, no JSON, 1 MB, an id that is a path', async (t) => {
    const rig = await HookRig.make(t);
    const agent = await rig.start(t, '--session-id', ID);
    const [before] = rig.records();
    const traversal = ['../../../etc/passwd', `${OTHER}/..`, `${OTHER}\n`, OTHER.toUpperCase(), '', '--help', 7, null];
    const payloads = [
      ...traversal.map((session_id) => payload({ session_id })),
      payload({ hook_event_name: 'PreToolUse' }),
      payload({ prompt: 'x'.repeat(1 << 20) }),
      payload({}).slice(0, -2),
      `[${payload({})}]`,
      'null',
      '',
    ];
    const file = join(rig.rig.home, 'payload');
    for (const [index, text] of payloads.entries()) {
      await writeFile(file, text);
      const said = await agent.type(`!${hookOf('claude')} <'${file}' 2>&1; echo $?`, /^ran: .*$/m);
      assert.equal(said, 'ran: 0', `payload ${String(index)}`);
    }
    assert.deepEqual(rig.records(), [before]);
    // Of a good one only what has the expected form is kept.
    await writeFile(
      file,
      payload({
        transcript_path: '../x',
        cwd: '/a\nb',
        permission_mode: '$(id)',
        source: 'resume',
        prompt: 'sk-secret',
      }),
    );
    assert.equal(await agent.type(`!${hookOf('claude')} <'${file}' 2>&1; echo $?`, /^ran: .*$/m), 'ran: 0');
    const [kept] = rig.records();
    assert.deepEqual(
      [kept?.session_id, kept?.transcript_path, kept?.cwd, kept?.permission_mode, kept?.source],
      [OTHER, null, null, null, 'resume'],
    );
    assert.doesNotMatch(JSON.stringify(kept), /secret/);
  });

  test('a stdin that never ends holds nobody up, and what came by then counts', async (t) => {
    const rig = await HookRig.make(t);
    const agent = await rig.start(t, '--session-id', ID);
    const pipe = join(rig.rig.home, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const held = `exec 3<>'${pipe}'; ${hookOf('claude')} <'${pipe}' 2>&1; echo $?`;
    assert.equal(await agent.type(`!${held}`, /^ran: .*$/m), 'ran: 0');
    assert.equal(rig.records()[0]?.session_id, ID);
    await writeFile(join(rig.rig.home, 'payload'), payload({}));
    const written = held.replace('; ', `; cat '${join(rig.rig.home, 'payload')}' >&3; `);
    assert.equal(await agent.type(`!${written}`, /^ran: .*$/m), 'ran: 0');
    assert.equal(rig.records()[0]?.session_id, OTHER);
  });

  test('where nothing can be written it succeeds in silence: no HOME, a link, a folder of others, a file', async (t) => {
    const rig = await HookRig.make(t);
    const agent = await rig.start(t, '--session-id', ID);
    const file = join(rig.rig.home, 'payload');
    await writeFile(file, payload({}));
    const state = join(rig.rig.home, 'state');
    const ran = (setting: string): Promise<string> =>
      agent.type(`!${setting}; ${hookOf('claude')} <'${file}' 2>&1; echo $?`, /^ran: .*$/m);
    const inState = `export XDG_STATE_HOME='${state}'`;

    assert.equal(await ran('unset HOME XDG_STATE_HOME'), 'ran: 0');
    await writeFile(state, 'a file');
    assert.equal(await ran(inState), 'ran: 0');
    await rm(state);
    await mkdir(join(state, 'tmux-persist'), { recursive: true, mode: 0o700 });
    await mkdir(join(rig.rig.home, 'elsewhere'), { mode: 0o700 });
    const agents = join(state, 'tmux-persist/agents');
    await symlink(join(rig.rig.home, 'elsewhere'), agents);
    assert.equal(await ran(inState), 'ran: 0');
    await rm(agents);
    await mkdir(agents);
    await chmod(agents, 0o777);
    assert.equal(await ran(inState), 'ran: 0');
    await chmod(agents, 0o700);
    assert.deepEqual([readNames(agents), readNames(join(rig.rig.home, 'elsewhere'))], [[], []]);
  });

  test('a full disk and one that may only be read cost the word and not the record that is there', async (t) => {
    assertRoot();
    const rig = await HookRig.make(t);
    const disk = await mkdtemp(join(tmpdir(), 'tmux-persist-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', disk]);
    t.after(async () => {
      execFileSync('umount', [disk]);
      await rm(disk, { recursive: true });
    });
    const agent = await rig.start(t, '--session-id', ID);
    const file = join(rig.rig.home, 'payload');
    const ran = async (session_id: string): Promise<string> => {
      await writeFile(file, payload({ session_id }));
      return agent.type(`!export XDG_STATE_HOME='${disk}'; ${hookOf('claude')} <'${file}' 2>&1; echo $?`, /^ran: .*$/m);
    };
    assert.equal(await ran(ID), 'ran: 0');
    const agents = join(disk, 'tmux-persist/agents');
    const [name = '', ...more] = readNames(agents).filter((found) => found.endsWith('.json'));
    assert.deepEqual(more, []);
    const before = await readFile(join(agents, name), 'utf8');
    execFileSync('sh', ['-c', 'cat /dev/zero >"$1/filler" 2>/dev/null; test -s "$1/filler"', 'sh', disk]);
    assert.equal(await ran(OTHER), 'ran: 0');
    assert.deepEqual(
      [readNames(agents).sort(), await readFile(join(agents, name), 'utf8')],
      [['.pruned', name], before],
    );
    await rm(join(disk, 'filler'));
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    assert.equal(await ran(OTHER), 'ran: 0');
    assert.equal(await readFile(join(agents, name), 'utf8'), before);
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    assert.equal(await ran(OTHER), 'ran: 0');
    assert.match(await readFile(join(agents, name), 'utf8'), new RegExp(OTHER), 'and then it works');
  });

  test('each tool that hooks are installed for is recorded by what those hooks run', async (t) => {
    const rig = await AgentRig.make(t);
    assert.equal((await rig.run(['hooks', 'install', ...HOOK_TOOLS.map(({ kind }) => kind)])).code, 0);
    const script = join(rig.home, 'agent.mjs');
    await writeFile(
      script,
      `import { spawnSync } from 'node:child_process';
      const { command, input } = JSON.parse(process.env.HOOK);
      const ran = spawnSync('sh', ['-c', command], { input, encoding: 'utf8' });
      process.exit(ran.status === 0 && ran.stdout === '' && ran.stderr === '' ? 0 : 9);`,
    );
    for (const tool of HOOK_TOOLS) {
      const path = join(tool.folder({ home: rig.home, env: {} }), tool.file);
      const [command = ''] = hookCommandsIn(JSON.parse(await readFile(path, 'utf8')) as JsonObject, tool);
      const input =
        tool.kind === 'copilot'
          ? JSON.stringify({ sessionId: ID, source: 'new', cwd: '/' })
          : payload({ session_id: ID });
      const env = { ...rig.env, HOOK: JSON.stringify({ command, input }) };
      const [name = ''] = tool.binaries;
      execFileSync('bash', ['-c', 'exec -a "$0" "$1" "$2"', name, process.execPath, script], { env });
    }
    const folder = join(rig.home, '.local/state/tmux-persist/agents');
    const records = readNames(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as HookRecordFile);
    assert.deepEqual(
      records.map(({ tool, session_id }) => [tool, session_id]).sort(),
      HOOK_TOOLS.map(({ kind }) => [kind, ID]).sort(),
    );
  });

  test('run by no agent, or for a tool that it does not know, it does nothing and says nothing', async (t) => {
    const rig = await HookRig.make(t);
    for (const args of [
      ['hook'],
      ['hook', 'claude'],
      ['hook', 'codex'],
      ['hook', 'vim', '--x'],
      ['hook', '--help'],
      ['hook', 'a', 'b'],
    ]) {
      const ran = await rig.rig.run(args);
      assert.deepEqual(ran, { code: 0, stdout: '', stderr: '' }, args.join(' '));
    }
    assert.deepEqual(readNames(rig.folder), []);
  });

  test('records of processes that are gone go after a month, and only files with our names', async (t) => {
    const rig = await HookRig.make(t);
    await mkdir(rig.folder, { recursive: true, mode: 0o700 });
    await chmod(join(rig.folder, '..'), 0o700);
    const boot = bootId().replaceAll('-', '').slice(0, 12);
    const own = `${boot}-${String(process.pid)}-${startTimeOf(process.pid) ?? ''}.json`;
    const gone = [
      `${boot}-${String(process.pid)}-1.json`,
      'aaaaaaaaaaaa-1-1.json',
      'aaaaaaaaaaaa-1-1.json.0123456789ab.tmp',
    ];
    const kept = [own, 'notes.json', 'aaaaaaaaaaaa-1-2.json.bak', 'aaaaaaaaaaaa-2-1.json'];
    const month = (Date.now() - 31 * 86_400_000) / 1000;
    for (const name of [...gone, ...kept]) {
      await writeFile(join(rig.folder, name), '{}');
      await utimes(join(rig.folder, name), month, month);
    }
    await utimes(join(rig.folder, 'aaaaaaaaaaaa-2-1.json'), month + 3 * 86_400, month + 3 * 86_400);
    const agent = await rig.start(t);
    await agent.end();
    const names = readNames(rig.folder);
    assert.deepEqual(
      [gone.filter((name) => names.includes(name)), kept.filter((name) => !names.includes(name))],
      [[], []],
    );
    assert.ok(names.includes('.pruned'));
    // Once a day.
    const [first = ''] = gone;
    await writeFile(join(rig.folder, first), '{}');
    await utimes(join(rig.folder, first), month, month);
    await (await rig.start(t)).end();
    assert.ok(readNames(rig.folder).includes(first));
  });
});

const hookOf = (tool: string): string => `'${process.execPath}' '${PROGRAM}' hook ${tool}`;

const payload = (changes: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    ...{ session_id: OTHER, transcript_path: `/x/${OTHER}.jsonl`, cwd: '/', hook_event_name: 'SessionStart' },
    ...{ source: 'startup', ...changes },
  });

const piped = (text: string): string => `printf %s '${text}' | ${hookOf('claude')} 2>&1; echo $?`;
