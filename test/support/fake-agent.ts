/**
 * A small stand-in for the other coding agents: the same files, locks and open files at the same moments, and no model. Which one it plays is the
 * name that it is started by: codex, gemini, qwen, copilot, opencode, crush, goose, cursor-agent, amp or aider. One file without dependencies,
 * so that it can be compiled to a single script and run inside a test machine. A line is a prompt, except `/exit`, `/new`, `/resume ID`, and
 * `/tool`, which leaves a shell of its tools running. An id that it does not know ends it with status 1; cursor-agent then begins a new chat.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const kind = basename(process.argv[1] ?? '').replace(/\.m?js$/, '');
const args = process.argv.slice(2);
const cwd = process.cwd();
const home = homedir();
const env = process.env;
const dataHome = env['XDG_DATA_HOME'] ?? join(home, '.local', 'share');

/** How one agent keeps its conversations. */
interface Store {
  /** The variable that tells the children of its tools. */
  readonly variable?: string;
  readonly newId: () => string;
  readonly has: (id: string) => boolean;
  /** A conversation is shown from now on; `isOld`: it was there before. */
  readonly show: (id: string, isOld: boolean) => unknown;
  readonly prompt: (id: string, text: string) => void;
  /** A conversation is shown no more. */
  readonly hide?: (id: string) => void;
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

function die(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function append(path: string, text: string): void {
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.appendFileSync(path, text);
}

/** A file that stays open while its conversation is shown. */
function openFile(): { open: (path: string) => number; close: () => void } {
  let fd: number | null = null;
  return {
    open: (path) => (fd ??= fs.openSync(path, 'a')),
    close() {
      if (fd !== null) fs.closeSync(fd);
      fd = null;
    },
  };
}

const namesIn = (folder: string): string[] =>
  fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];

/** Codex: the rollout is there from the first prompt on, and stays open. */
function codex(): Store {
  const sessions = join(env['CODEX_HOME'] ?? join(home, '.codex'), 'sessions');
  const rollout = openFile();
  const [day = '', time = ''] = new Date().toISOString().slice(0, 19).split('T');
  const find = (id: string): string | undefined => namesIn(sessions).find((name) => name.endsWith(`-${id}.jsonl`));
  const prefix = `${day.replaceAll('-', '/')}/rollout-${day}T${time.replaceAll(':', '-')}`;
  const path = (id: string): string => join(sessions, find(id) ?? `${prefix}-${id}.jsonl`);
  return {
    variable: 'CODEX_THREAD_ID',
    newId: randomUUID,
    has: (id) => find(id) !== undefined,
    show: (id, isOld) => isOld && rollout.open(path(id)),
    prompt(id, text) {
      const payload = { id, cwd, originator: 'codex_cli_rs', source: 'cli', thread_source: 'user' };
      const first = find(id) === undefined ? `${JSON.stringify({ type: 'session_meta', payload })}\n` : '';
      append(path(id), `${first}${JSON.stringify({ type: 'event_msg', payload: { message: text } })}\n`);
      rollout.open(path(id));
    },
    hide: rollout.close,
  };
}

/** Gemini CLI: a file from the beginning on; a resumed one is written to at once. */
function gemini(): Store {
  const root = join(env['GEMINI_CLI_HOME'] ?? home, '.gemini');
  const registry = join(root, 'projects.json');
  const { projects } = JSON.parse(fs.existsSync(registry) ? fs.readFileSync(registry, 'utf8') : '{"projects":{}}') as {
    readonly projects: Record<string, string>;
  };
  const project = (projects[cwd] ??= `project-${Object.keys(projects).length.toString()}`);
  const chats = join(root, 'tmp', project, 'chats');
  fs.mkdirSync(chats, { recursive: true });
  fs.writeFileSync(registry, JSON.stringify({ projects }));
  fs.writeFileSync(join(root, 'tmp', project, '.project_root'), cwd);
  const minute = new Date().toISOString().slice(0, 16).replace(':', '-');
  const find = (id: string): string | undefined =>
    namesIn(chats).find((name) => name.endsWith(`-${id.slice(0, 8)}.jsonl`));
  const write = (id: string, record: unknown): void =>
    append(join(chats, find(id) ?? `session-${minute}-${id.slice(0, 8)}.jsonl`), `${JSON.stringify(record)}\n`);
  return {
    newId: randomUUID,
    has: (id) => find(id) !== undefined,
    show: (id, isOld) => write(id, isOld ? { $set: { sessionId: id } } : { sessionId: id, projectHash: 'x' }),
    prompt: (id, text) => write(id, { id: randomUUID(), type: 'user', content: text }),
  };
}

/** Qwen Code: beside each transcript the process that serves it, never removed. */
function qwen(): Store {
  const base = env['QWEN_RUNTIME_DIR'] ?? join(home, '.qwen');
  const chats = join(base, 'projects', cwd.replace(/[^a-zA-Z0-9]/g, '-'), 'chats');
  return {
    newId: randomUUID,
    has: (id) => fs.existsSync(join(chats, `${id}.jsonl`)),
    show(id) {
      const served = { schema_version: 1, pid: process.pid, session_id: id, work_dir: cwd, hostname: hostname() };
      fs.mkdirSync(chats, { recursive: true });
      fs.writeFileSync(join(chats, `${id}.runtime.json`), JSON.stringify({ ...served, started_at: Date.now() / 1000 }));
    },
    prompt: (id, text) => append(join(chats, `${id}.jsonl`), `${JSON.stringify({ sessionId: id, cwd, text })}\n`),
  };
}

/** GitHub Copilot CLI: a lock while a session is open, events from the first prompt on. */
function copilot(): Store {
  const sessions = join(env['COPILOT_HOME'] ?? join(home, '.copilot'), 'session-state');
  const lock = (id: string): string => join(sessions, id, `inuse.${process.pid.toString()}.lock`);
  return {
    variable: 'COPILOT_AGENT_SESSION_ID',
    newId: randomUUID,
    has: (id) => fs.existsSync(join(sessions, id, 'events.jsonl')),
    show: (id) => append(lock(id), process.pid.toString()),
    prompt: (id, text) => append(join(sessions, id, 'events.jsonl'), `${JSON.stringify({ text })}\n`),
    hide: (id) => fs.rmSync(lock(id), { force: true }),
  };
}

/** Cursor's agent: the database of its chat is open from the first prompt on. */
function cursor(): Store {
  const chats = join(home, '.cursor', 'chats', createHash('md5').update(cwd).digest('hex'));
  const store = openFile();
  const path = (id: string): string => join(chats, id, 'store.db');
  return {
    newId: randomUUID,
    has: (id) => fs.existsSync(path(id)),
    show: (id, isOld) => isOld && store.open(path(id)),
    prompt(id, text) {
      append(path(id), `${text}\n`);
      store.open(path(id));
    },
    hide: store.close,
  };
}

/** Those that keep everything in one database that names no process; here each line of it is an id. */
function ledger(path: string, newId: () => string): Store {
  return {
    newId,
    has: (id) => fs.existsSync(path) && fs.readFileSync(path, 'utf8').split('\n').includes(id),
    show: () => undefined,
    prompt: (id) => append(path, `${id}\n`),
  };
}

/** Aider: one history for whoever works in a directory. */
function aider(): Store {
  const history = join(cwd, '.aider.chat.history.md');
  if (args.includes('--restore-chat-history') && fs.existsSync(history)) say('restored history');
  return {
    newId: () => 'aider',
    has: () => false,
    show: () => undefined,
    prompt: (_, text) => append(history, `#### ${text}\n`),
  };
}

const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
const stores: Readonly<Record<string, () => Store>> = {
  ...{ codex, gemini, qwen, copilot, aider, 'cursor-agent': cursor },
  opencode: () => ledger(join(dataHome, 'opencode', 'opencode.db'), () => `ses_${randomUUID().replaceAll('-', '')}`),
  crush: () => ledger(join(cwd, '.crush', 'crush.db'), randomUUID),
  goose: () => ledger(join(dataHome, 'goose', 'sessions', 'sessions.db'), () => `${today}_${process.pid.toString()}`),
  amp: () => ledger(join(home, '.amp-server'), () => `T-${randomUUID()}`),
};

function startId(): string | undefined {
  const isResume = /^(--resume|-r|--session|-s|--session-id|--id|resume|continue)$/;
  const at = args.findLastIndex((word) => isResume.test(word.split('=', 1)[0] ?? ''));
  const [, attached] = (args[at] ?? '').split('=', 2);
  return at === -1 ? undefined : (attached ?? args[at + 1]);
}

const make = stores[kind];
if (make === undefined) die(`not known by the name ${kind}`);

if (kind === 'gemini' && env['GEMINI_CLI_NO_RELAUNCH'] === undefined) {
  const again = ['--max-old-space-size=512', process.argv[1] ?? '', ...args];
  const child = spawn(process.execPath, again, { stdio: 'inherit', env: { ...env, GEMINI_CLI_NO_RELAUNCH: 'true' } });
  child.on('close', (status) => process.exit(status ?? 1));
} else {
  converse(make());
}

function converse(store: Store): void {
  const wanted = startId();
  const isThere = wanted !== undefined && store.has(wanted);
  if (wanted !== undefined && !isThere && kind !== 'cursor-agent') die(`no conversation ${wanted}`);
  let id = wanted !== undefined && isThere ? wanted : store.newId();
  const change = (next: string, isOld: boolean): void => {
    store.hide?.(id);
    id = next;
    store.show(id, isOld);
    say(`changed to ${id}`);
  };
  const tools: ChildProcess[] = [];
  const leave = (status: number): never => {
    for (const tool of tools) tool.kill('SIGKILL');
    store.hide?.(id);
    process.exit(status);
  };
  store.show(id, isThere);
  for (const [signal, status] of [
    ['SIGHUP', 129],
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)
    process.on(signal, () => leave(status));
  say(isThere ? `resumed ${id}` : `session ${id}`);
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const [command = '', argument = ''] = line.trim().split(' ');
      if (command === '/exit') leave(0);
      else if (command === '/new') change(store.newId(), false);
      else if (command === '/resume' && store.has(argument)) change(argument, true);
      else if (command === '/tool')
        tools.push(spawn('sleep', ['600'], { env: { ...env, [store.variable ?? 'TOOL']: id } }));
      else if (command !== '') {
        store.prompt(id, line.trim());
        say(`answered ${id}`);
      }
    })
    .on('close', () => leave(0));
}
