/**
 * Runs a program that root waits for. The one rule: it ends, whatever it meets: at its deadline, or when it says too much, all of it is killed.
 */
import { spawn } from 'node:child_process';

/** How a program ended: `late` at its deadline, `long` for saying more than the limit, `missing` when it can't be started. */
export interface Ended {
  readonly end: 'exit' | 'late' | 'long' | 'missing';
  /** Null where it did not exit by itself. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How it is run. */
export interface RunLimits {
  readonly timeoutMs: number;
  readonly input?: string | Uint8Array;
  /** Most bytes of each of its outputs; 1 MiB where nothing is said. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 1024 * 1024;

/** A daemon that it left behind may hold its pipes for ever, in ms. */
const DRAIN_MS = 500;

/** Returns how a program ended and what it printed; it never inherits a terminal. */
export function runCommand(argv: readonly string[], limits: RunLimits): Promise<Ended> {
  const [file = '', ...args] = argv;
  const maxBytes = limits.maxBytes ?? MAX_BYTES;
  return new Promise((resolve) => {
    // A process group of its own, so that its children end with it.
    const child = spawn(file, args, { detached: true, stdio: 'pipe', cwd: '/' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let code: number | null = null;
    let end: Ended['end'] = 'exit';
    let drain: NodeJS.Timeout | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      clearTimeout(drain);
      child.stdout.destroy();
      child.stderr.destroy();
      const textOf = (chunks: readonly Buffer[]): string =>
        Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
      resolve({ end, code: end === 'exit' ? code : null, stdout: textOf(stdout), stderr: textOf(stderr) });
    };
    const kill = (why: 'late' | 'long'): void => {
      if (end !== 'exit') return;
      end = why;
      killGroup(child.pid);
      drain = setTimeout(settle, DRAIN_MS);
    };
    const timer = setTimeout(() => {
      kill('late');
    }, limits.timeoutMs);
    const keep = (chunks: Buffer[]) => {
      let bytes = 0;
      return (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes <= maxBytes) chunks.push(chunk);
        else kill('long');
      };
    };
    child.stdout.on('data', keep(stdout));
    child.stderr.on('data', keep(stderr));
    child.on('error', () => {
      end = 'missing';
      settle();
    });
    child.on('exit', (status) => {
      code = status;
      drain ??= setTimeout(settle, DRAIN_MS);
    });
    child.on('close', settle);
    child.stdin.on('error', () => undefined);
    child.stdin.end(limits.input ?? '');
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
