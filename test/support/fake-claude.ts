/**
 * A small stand-in for Claude Code: the same files at the same moments, and no model. One file without dependencies,
 * so that it can be compiled to a single script and run inside a test machine. What it copies of the real program:
 * a registry entry at the start, removed at a clean end and at SIGHUP but not at SIGKILL; no transcript before the
 * first prompt; `/clear` and `/resume ID` change the id in place, and the registry follows with the next prompt (as seen with 2.1.197; with
 * FAKE_CLAUDE_STALE_REGISTRY=1 it never does, as with other versions); an unknown id ends it with status 1.
 * It runs the hooks of its settings.json as the real one does; what they print is said as `context: …`. A prompt `!CMD` is what its shell tool
 * runs. FAKE_CLAUDE_NO_REGISTRY=1 makes it one of the versions that kept no registry. With FAKE_CLAUDE_MARKS=FILE it writes
 * there when it starts and when it is ready, and computes for FAKE_CLAUDE_BUSY_MS in between.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const VERSION = '2.1.197';
const args = process.argv.slice(2);
const configDir = process.env['CLAUDE_CONFIG_DIR'] ?? join(homedir(), '.claude');
const cwd = process.cwd();

function valueOf(...names: string[]): string | undefined {
  for (const [index, token] of args.entries()) {
    const [name = '', value] = token.split('=', 2);
    if (names.includes(name)) return value ?? args[index + 1];
  }
  return undefined;
}

function slug(path: string): string {
  const name = path.replace(/[^a-zA-Z0-9]/g, '-');
  return name.length > 200 ? `${name.slice(0, 200)}-${path.length.toString(36)}` : name;
}

const projects = join(configDir, 'projects');
const project = join(projects, process.env['CLAUDE_CODE_PROJECT_DIR_NAME'] ?? slug(cwd));

function findTranscript(id: string): string | undefined {
  const others = existsSync(projects) ? readdirSync(projects).map((folder) => join(projects, folder)) : [];
  return [project, ...others].map((folder) => join(folder, `${id}.jsonl`)).find((path) => existsSync(path));
}

function startTimeOf(pid: number | 'self'): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function die(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (args.includes('--version')) {
  say(`${VERSION} (Claude Code)`);
  process.exit(0);
}

const resumed = valueOf('--resume', '-r');
const chosen = valueOf('--session-id');
const isFork = args.includes('--fork-session');
if (resumed !== undefined && chosen !== undefined && !isFork) {
  die('--session-id can only be used with --resume together with --fork-session');
}
const source = resumed === undefined ? undefined : findTranscript(resumed);
if (resumed !== undefined && source === undefined) die(`No conversation found with session ID: ${resumed}`);

let id = resumed !== undefined && !isFork ? resumed : (chosen ?? randomUUID());
let transcript = source !== undefined && !isFork ? source : join(project, `${id}.jsonl`);
let parentUuid: string | null = null;
let copied = source !== undefined && isFork ? readFileSync(source, 'utf8') : '';

function append(type: 'user' | 'assistant', text: string): void {
  const uuid = randomUUID();
  const line = {
    ...{
      parentUuid,
      isSidechain: false,
      userType: 'external',
      cwd,
      sessionId: id,
      version: VERSION,
      entrypoint: 'cli',
    },
    ...{ type, message: { role: type, content: text }, uuid, timestamp: new Date().toISOString() },
  };
  mkdirSync(project, { recursive: true });
  appendFileSync(transcript, `${copied}${JSON.stringify(line)}\n`);
  copied = '';
  parentUuid = uuid;
}

const isPrinting = args.includes('-p') || args.includes('--print');

/** What the children of the real one get. */
const childEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ CLAUDECODE: '1', CLAUDE_CODE_CHILD_SESSION: '1', CLAUDE_CODE_SESSION_ID: id },
  CLAUDE_CODE_ENTRYPOINT: isPrinting ? 'sdk-cli' : 'cli',
});

interface Settings {
  readonly disableAllHooks?: boolean;
  readonly hooks?: Readonly<Record<string, readonly { hooks: readonly { command: string }[]; matcher?: string }[]>>;
}

function runHooks(event: string, fields: Readonly<Record<string, string>>): void {
  const path = join(configDir, 'settings.json');
  if (!existsSync(path)) return;
  const { disableAllHooks, hooks = {} } = JSON.parse(readFileSync(path, 'utf8')) as Settings;
  if (disableAllHooks === true) return;
  const input = JSON.stringify({
    ...{ session_id: id, transcript_path: transcript, cwd, permission_mode: 'default', hook_event_name: event },
    ...fields,
  });
  for (const { matcher = '', hooks: handlers } of hooks[event] ?? []) {
    if (matcher !== '' && matcher !== '*' && !new RegExp(`^(${matcher})$`).test(fields['source'] ?? '')) continue;
    for (const { command } of handlers) {
      const ran = spawnSync('sh', ['-c', command], {
        input,
        env: childEnvironment(),
        encoding: 'utf8',
        timeout: 60_000,
      });
      if (ran.stdout !== '') say(`context: ${ran.stdout.trim()}`);
      if (ran.status !== 0 || ran.stderr !== '') say(`hook error: ${String(ran.status)} ${ran.stderr.trim()}`);
    }
  }
}

function mark(what: 'start' | 'ready'): void {
  const marks = process.env['FAKE_CLAUDE_MARKS'];
  if (marks !== undefined) appendFileSync(marks, `${what} ${id}\n`);
}

const sessions = join(configDir, 'sessions');
const entry = join(sessions, `${process.pid.toString()}.json`);

function register(): void {
  if (process.env['FAKE_CLAUDE_NO_REGISTRY'] === '1') return;
  if (process.env['FAKE_CLAUDE_STALE_REGISTRY'] === '1' && existsSync(entry)) return;
  mkdirSync(sessions, { recursive: true });
  for (const file of readdirSync(sessions)) {
    if (startTimeOf(Number.parseInt(file, 10)) === undefined) rmSync(join(sessions, file), { force: true });
  }
  const now = Date.now();
  const data = {
    ...{ pid: process.pid, sessionId: id, cwd, startedAt: now, procStart: startTimeOf('self'), version: VERSION },
    ...{ kind: 'interactive', entrypoint: 'cli', status: 'idle', updatedAt: now },
  };
  writeFileSync(entry, JSON.stringify(data));
}

function leave(status: number): never {
  runHooks('SessionEnd', { reason: status === 0 ? 'prompt_input_exit' : 'other' });
  rmSync(entry, { force: true });
  process.exit(status);
}

function prompt(line: string): void {
  if (line === '/exit') leave(0);
  if (line.startsWith('!')) {
    const ran = spawnSync('sh', ['-c', line.slice(1)], { env: childEnvironment(), encoding: 'utf8' });
    say(`ran: ${ran.stdout.trim()}`);
    return;
  }
  if (line === '/clear') {
    runHooks('SessionEnd', { reason: 'clear' });
    id = randomUUID();
    transcript = join(project, `${id}.jsonl`);
    parentUuid = null;
    runHooks('SessionStart', { source: 'clear' });
    say('cleared');
    return;
  }
  const [, wanted] = /^\/resume ([0-9a-f-]{36})$/.exec(line) ?? [];
  const other = wanted === undefined ? undefined : findTranscript(wanted);
  if (wanted !== undefined && other !== undefined) {
    runHooks('SessionEnd', { reason: 'resume' });
    [id, transcript, parentUuid] = [wanted, other, null];
    runHooks('SessionStart', { source: 'resume' });
    say(`changed to ${id}`);
    return;
  }
  // A conversation that inherits this saves nothing, as with the real one.
  if (process.env['CLAUDE_CODE_CHILD_SESSION'] !== '1') {
    append('user', line);
    append('assistant', `you said: ${line}`);
  }
  register();
  say(`answered ${id}`);
}

if (isPrinting) {
  runHooks('SessionStart', { source: 'startup' });
  runHooks('SessionEnd', { reason: 'other' });
  say('printed');
  process.exit(0);
}
mark('start');
const busyUntil = performance.now() + Number(process.env['FAKE_CLAUDE_BUSY_MS'] ?? 0);
while (performance.now() < busyUntil);
register();
process.on('SIGHUP', () => leave(129));
process.on('SIGTERM', () => leave(143));
process.on('SIGINT', () => leave(130));
runHooks('SessionStart', { source: isFork ? 'fork' : resumed === undefined ? 'startup' : 'resume' });
say(resumed === undefined ? `session ${id}` : `resumed ${resumed}`);
mark('ready');
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.trim() !== '') prompt(line.trim());
  })
  .on('close', () => leave(0));
