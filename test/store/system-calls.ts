/**
 * What a program really asks of the kernel about files, as strace(1) saw it. The one rule: a call that is not understood is an error,
 * so that nothing is left out of what is made of them.
 */
import { readFile } from 'node:fs/promises';

/** One call that changed something below the folder that was asked for. */
export type SystemCall =
  | { readonly kind: 'create' | 'make folder' | 'remove' | 'sync'; readonly path: string }
  | { readonly kind: 'link' | 'rename'; readonly path: string; readonly to: string }
  /** Without `at` at the end of the file. */
  | { readonly kind: 'write'; readonly path: string; readonly bytes: Buffer; readonly at: number | null }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number };

const TRACED =
  '/^open,creat,/^p?write,/truncate,fallocate,/sync,/^rename,/^link,/^symlink,/^unlink,rmdir,/^mkdir,copy_file_range,sendfile,/^io_uring';

/** Returns the command that runs a program under the tracer and adds to a log; the program stays our own child, strings come whole. */
export const tracer = (log: string): string[] => [
  'strace',
  '-D',
  '-f',
  '--seccomp-bpf',
  '-y',
  '-xx',
  '-s',
  '16777216',
  '-A',
  '-o',
  log,
  '-e',
  `trace=${TRACED}`,
  '--',
];

/** Returns the calls that succeeded below `root`, in the order of their ends. */
export async function systemCalls(log: string, root: string): Promise<SystemCall[]> {
  const begun = new Map<string, string>();
  const calls: SystemCall[] = [];
  for (const line of (await readFile(log, 'latin1')).split('\n')) {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (text.endsWith(' <unfinished ...>')) {
      begun.set(pid, text.slice(0, -' <unfinished ...>'.length));
      continue;
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    const call = callFrom(rest === undefined ? text : `${begun.get(pid) ?? ''}${rest}`, root);
    if (call !== null) calls.push(call);
  }
  return calls;
}

/** Returns a call of one whole line, or null when it failed, changed nothing, or was about something else. */
function callFrom(text: string, root: string): SystemCall | null {
  const [, name, args = '', result] = /^(\w+)\((.*)\) += (-?\d+)/s.exec(text) ?? [];
  if (name === undefined || Number(result) < 0) return null;
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g)].map(([, hex = '', isCut]) => {
    if (isCut !== undefined) throw new Error(`the tracer cut a string short: ${name}`);
    return unhex(hex);
  });
  const paths = strings.map((bytes) => bytes.toString());
  const ofFd = unhex(/^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args)?.[1] ?? '').toString();
  const [first = '', second = ''] = paths;
  const isBelow = (path: string): boolean => path === root || path.startsWith(`${root}/`);
  if (!isBelow(ofFd) && !paths.some(isBelow)) return null;
  switch (name) {
    case 'open':
    case 'openat':
      if (args.includes('O_TRUNC')) throw new Error(`a file is emptied in its place: ${first}`);
      return args.includes('O_CREAT') ? { kind: 'create', path: first } : null;
    case 'write':
    case 'pwrite64': {
      const bytes = (strings[0] ?? Buffer.alloc(0)).subarray(0, Number(result));
      return { kind: 'write', path: ofFd, bytes, at: name === 'write' ? null : Number(/(\d+)$/.exec(args)?.[1]) };
    }
    case 'ftruncate':
      return { kind: 'truncate', path: ofFd, length: Number(/(\d+)$/.exec(args)?.[1]) };
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path: ofFd };
    case 'rename':
    case 'link':
      return { kind: name, path: first, to: second };
    case 'mkdir':
      return { kind: 'make folder', path: first };
    case 'unlink':
    case 'unlinkat':
    case 'rmdir':
      return { kind: 'remove', path: first };
    default:
      throw new Error(`no model of ${name}(${first})`);
  }
}

const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');
