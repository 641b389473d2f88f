import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const uid = String(process.getuid?.() ?? 0);
// The compiled tests lie elsewhere: the units are found from the root of the checkout, where tests are run.
const unitFolder = join(process.cwd(), 'units');
const tmux = spawnSync('sh', ['-c', 'command -v tmux'], { encoding: 'utf8' }).stdout.trim();

async function fill(name: string): Promise<string> {
  const template = await readFile(join(unitFolder, `${name}.in`), 'utf8');
  return template.replaceAll('@NODE@', process.execPath).replaceAll('@BUNDLE@', '/bin/true').replaceAll('@TMUX@', tmux);
}

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tp-units-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Returns the shell script of a setting, as systemd would pass it to `sh -c`. */
async function scriptOf(setting: string): Promise<string> {
  const text = (await fill('tmux-server.service')).replaceAll(/\\\n\s*/g, ' ');
  const script = new RegExp(`^${setting}=-?/bin/sh -c '(.*)'$`, 'm').exec(text)?.[1];
  assert.ok(script !== undefined, setting);
  return script.replaceAll('$$', '$').replaceAll('%U', uid);
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
  const ready = await runScript(await scriptOf('ExecStartPost'), folder, { MAINPID: String(server.pid) });
  assert.equal(ready.status, 0);
  assert.ok(existsSync(join(folder, `tmux-${uid}/default`)));
  return server.pid;
}

async function runScript(
  script: string,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ status: number | null; tookMs: number }> {
  const began = performance.now();
  const child = spawn('/bin/sh', ['-c', script], {
    env: { PATH: process.env['PATH'], TMUX_TMPDIR: folder, ...env },
    stdio: 'ignore',
    timeout: 20_000,
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  return { status, tookMs: performance.now() - began };
}

test('systemd finds nothing to complain about in the units', async (context) => {
  const folder = await temporaryFolder(context);
  const names = ['tmux-server.service', 'tmux-persist.service'];
  for (const name of names) await writeFile(join(folder, name), await fill(name));
  const paths = names.map((name) => join(folder, name));
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, SYSTEMD_LOG_LEVEL: 'warning' };
  const verified = await run('systemd-analyze', ['--user', 'verify', ...paths], { env });
  assert.equal(verified.stdout + verified.stderr, '');
});

test('a free socket lets the server start, also after a server that left its socket behind', async (context) => {
  const folder = await temporaryFolder(context);
  const script = await scriptOf('ExecCondition');
  assert.equal((await runScript(script, folder)).status, 0);
  const pid = await startServer(context, folder);
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${String(pid)}/stat`)) await new Promise(setImmediate);
  assert.ok(existsSync(join(folder, `tmux-${uid}/default`)));
  assert.equal((await runScript(script, folder)).status, 0);
});

test('a server on the socket skips the start, at once also when it hangs', async (context) => {
  const folder = await temporaryFolder(context);
  const script = await scriptOf('ExecCondition');
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
  assert.equal((await runScript(await scriptOf('ExecCondition'), folder)).status, 0);
});

test('the wait for the socket ends with the server that never listened', async (context) => {
  const folder = await temporaryFolder(context);
  const dead = spawn('/bin/true');
  await once(dead, 'exit');
  const waited = await runScript(await scriptOf('ExecStartPost'), folder, { MAINPID: String(dead.pid) });
  assert.equal(waited.status, 1);
  assert.ok(waited.tookMs < 1500, `${String(waited.tookMs)} ms`);
});

test('the last save is made only while the server lives', async (context) => {
  const folder = await temporaryFolder(context);
  const mark = join(folder, 'saved');
  const script = (await scriptOf('ExecStop')).replace('"/bin/true" save', `-e "" && touch ${mark}`);
  assert.equal((await runScript(script, folder)).status, 0);
  assert.ok(!existsSync(mark));
  assert.equal((await runScript(script, folder, { MAINPID: String(process.pid) })).status, 0);
  assert.ok(existsSync(mark));
});
