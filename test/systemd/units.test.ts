import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { planFiles, type InstalledPrograms, type PlannedFile } from '../../src/model/install-plan.js';
import { unitTemplates } from '../support/unit-templates.js';

const run = promisify(execFile);
const uid = String(process.getuid?.() ?? 0);
const tmux = spawnSync('sh', ['-c', 'command -v tmux'], { encoding: 'utf8' }).stdout.trim();

const programs = { node: process.execPath, bundle: '/bin/true', tmux };

const planned = (changes: Partial<InstalledPrograms> = {}): readonly PlannedFile[] =>
  planFiles(unitTemplates(), { ...programs, ...changes }, null);

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tp-units-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Returns what systemd would pass to `sh -c` for a setting: the script, and the words behind it. */
function scriptOf(setting: string): readonly string[] {
  const unit = planned().find(({ name }) => name === 'tmux-server.service')?.text ?? '';
  const text = unit.replaceAll(/\\\n\s*/g, ' ');
  const [, script, words = ''] = new RegExp(`^${setting}=-?/bin/sh -c '(.*)'((?: "[^"]*")*)$`, 'm').exec(text) ?? [];
  assert.ok(script !== undefined, setting);
  const given = [...words.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word);
  return [script.replaceAll('$$', '$').replaceAll('%U', uid), ...given];
}

/** Starts a server on the default socket of a TMUX_TMPDIR of its own; returns its pid when it listens. */
async function startServer(context: TestContext, folder: string): Promise<number> {
  const server = spawn(tmux, ['-f', '/dev/null', '-D'], { env: { ...process.env, TMUX_TMPDIR: folder, TMUX: '' } });
  const gone = once(server, 'exit');
  context.after(async () => {
    server.kill('SIGKILL');
    await gone;
  });
  assert.ok(server.pid !== undefined);
  const ready = await runScript(scriptOf('ExecStartPost'), folder, { MAINPID: String(server.pid) });
  assert.equal(ready.status, 0);
  assert.ok(existsSync(join(folder, `tmux-${uid}/default`)));
  return server.pid;
}

async function runScript(
  script: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; tookMs: number }> {
  const began = performance.now();
  const child = spawn('/bin/sh', ['-c', ...script], {
    env: { PATH: process.env['PATH'], TMUX_TMPDIR: folder, ...env },
    stdio: 'ignore',
    timeout: 20_000,
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  return { status, tookMs: performance.now() - began };
}

test('systemd finds nothing to complain about in the units, whatever the folders of its programs are called', async (context) => {
  const folder = await temporaryFolder(context);
  const odd = join(folder, `a b 100% $HOME it's "q" back\\slash`);
  await mkdir(odd);
  const node = join(odd, 'node');
  const other = join(odd, 'tmux');
  for (const path of [node, other]) await symlink('/bin/true', path);
  for (const [at, files] of [planned(), planned({ node, tmux: other, bundle: join(odd, 'p.js') })].entries()) {
    const units = join(folder, String(at));
    await mkdir(units);
    const services = files.filter(({ name }) => /\.service$/.test(name) && !name.startsWith('org.'));
    for (const { name, text } of services) await writeFile(join(units, name), text);
    const env = { ...process.env, XDG_RUNTIME_DIR: folder, SYSTEMD_LOG_LEVEL: 'warning' };
    // A template is looked at as an instance.
    const paths = services.map(({ name }) => join(units, name.replace('@.', '@work.')));
    const verified = await run('systemd-analyze', ['--user', 'verify', ...paths], { env });
    assert.equal(verified.stdout + verified.stderr, '');
  }
});

test('a free socket lets the server start, also after a server that left its socket behind', async (context) => {
  const folder = await temporaryFolder(context);
  const script = scriptOf('ExecCondition');
  assert.equal((await runScript(script, folder)).status, 0);
  const pid = await startServer(context, folder);
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${String(pid)}/stat`)) await new Promise(setImmediate);
  assert.ok(existsSync(join(folder, `tmux-${uid}/default`)));
  assert.equal((await runScript(script, folder)).status, 0);
});

test('a server on the socket skips the start, at once also when it hangs', async (context) => {
  const folder = await temporaryFolder(context);
  const script = scriptOf('ExecCondition');
  const pid = await startServer(context, folder);
  assert.equal((await runScript(script, folder)).status, 1);
  process.kill(pid, 'SIGSTOP');
  const hung = await runScript(script, folder);
  assert.equal(hung.status, 1);
  assert.ok(hung.tookMs < 1500, `${String(hung.tookMs)} ms`);
});

test('a server on another socket of the same folder does not skip the start', async (context) => {
  const folder = await temporaryFolder(context);
  await mkdir(join(folder, `tmux-${uid}`), { mode: 0o700 });
  const path = join(folder, `tmux-${uid}/default2`);
  const server = spawn(tmux, ['-f', '/dev/null', '-S', path, '-D'], { stdio: 'ignore' });
  const gone = once(server, 'exit');
  context.after(async () => {
    server.kill('SIGKILL');
    await gone;
  });
  while (!(await readFile('/proc/net/unix', 'utf8')).includes(path)) await new Promise(setImmediate);
  assert.equal((await runScript(scriptOf('ExecCondition'), folder)).status, 0);
});

test('the wait for the socket ends with the server that never listened', async (context) => {
  const folder = await temporaryFolder(context);
  const dead = spawn('/bin/true');
  await once(dead, 'exit');
  const waited = await runScript(scriptOf('ExecStartPost'), folder, { MAINPID: String(dead.pid) });
  assert.equal(waited.status, 1);
  assert.ok(waited.tookMs < 1500, `${String(waited.tookMs)} ms`);
});

test('the last save is made only while the server lives', async (context) => {
  const folder = await temporaryFolder(context);
  const mark = join(folder, 'saved');
  // The place of node is taken by what leaves a mark when it is asked to save.
  const [script = ''] = scriptOf('ExecStop');
  const node = join(folder, 'node');
  await writeFile(
    node,
    `#!/bin/sh\ntest "$*" = "a bundle -L default save" && test "$TMUX_PERSIST_TMUX" = /a/tmux && touch '${mark}'\n`,
    {
      mode: 0o755,
    },
  );
  const save = [script, node, 'a bundle', '/a/tmux'];
  assert.equal((await runScript(save, folder)).status, 0);
  assert.ok(!existsSync(mark));
  assert.equal((await runScript(save, folder, { MAINPID: String(process.pid) })).status, 0);
  assert.ok(existsSync(mark));
});
