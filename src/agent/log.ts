/**
 * The agent's log: pino on stderr. Under journald each line carries its priority as `<N>` (sd-daemon(3)) and no time of its own.
 */
import { fstatSync } from 'node:fs';
import { pino, type Logger } from 'pino';

const PRIORITY: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };

/** Returns the logger; `level` is a pino level name. */
export function createLog(level: string): Logger {
  const sink = pino.destination({ dest: 2, sync: true });
  // A full disk under a log file, or a reader that left: a line is lost, the agent goes on.
  sink.on('error', () => undefined);
  if (!stderrIsJournal()) return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, sink);
  const stream = {
    // pino tells a stream that has this mark the level of the line before it writes it.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string): void {
      sink.write(`<${String(PRIORITY[this.lastLevel] ?? 6)}>${line}`);
    },
  };
  return pino({ level, base: null, timestamp: false }, stream);
}

/** systemd.exec(5): JOURNAL_STREAM names the device and inode of the journal's socket. */
function stderrIsJournal(): boolean {
  const [device, inode] = (process.env['JOURNAL_STREAM'] ?? '').split(':');
  try {
    const { dev, ino } = fstatSync(2, { bigint: true });
    return String(dev) === device && String(ino) === inode;
  } catch {
    return false;
  }
}
