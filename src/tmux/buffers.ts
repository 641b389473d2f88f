/**
 * Paste buffers: which are worth keeping, and their bytes. A call brings the bytes of one buffer and nothing else: a client writes
 * to its output once, and whatever comes after that is lost (client.c, client_write_open).
 */
import { fail, ok, type Result } from '../model/failure.js';
import type { Text } from '../model/text.js';
import { decodeField, quote, unstoredName } from './codec.js';
import type { RestoreTarget } from './batch.js';
import { runTmux, sourceLines, type TmuxTarget } from './exec.js';

/** How many buffers are kept, the newest. */
export const BUFFERS_LIMIT = 20;

/** The most bytes of one buffer, and of all together; what is bigger is left out whole. */
export const BUFFER_BYTES_LIMIT = 256 * 1024;
export const BUFFERS_BYTES_LIMIT = 1024 * 1024;

/** A paste buffer without its bytes. */
export interface BufferRow {
  readonly name: Text;
  readonly bytes: number;
  /** Seconds since the epoch; with name and size it tells whether a buffer is the one that was read already. */
  readonly created: number;
}

/** Returns the buffer of a row of size, time and encoded name, as latin1; nothing for any other line. */
export function parseBufferRow(row: string): BufferRow[] {
  const [, bytes, created, name] = /^(\d+)\t(\d+)\t(.+)$/s.exec(row) ?? [];
  if (name === undefined) return [];
  return [{ name: decodeField(Buffer.from(name, 'latin1')), bytes: Number(bytes), created: Number(created) }];
}

/** Returns whether tmux named a buffer itself (paste.c, paste_add). */
export const isAutomatic = (name: Text): boolean => typeof name === 'string' && /^buffer\d+$/.test(name);

/** Returns the buffers to keep, newest first: what does not fit is left out, what comes after it is not. */
export function chooseBuffers(rows: readonly BufferRow[]): BufferRow[] {
  let total = 0;
  return rows.slice(0, BUFFERS_LIMIT).filter(({ bytes }) => {
    if (bytes > BUFFER_BYTES_LIMIT || total + bytes > BUFFERS_BYTES_LIMIT) return false;
    total += bytes;
    return true;
  });
}

/** Returns the bytes of a buffer; fails with `snapshot-incomplete` when it is gone or another by now. */
export async function readBuffer(target: TmuxTarget, { name, bytes }: BufferRow): Promise<Result<Buffer>> {
  const output = await sourceLines(target, [`save-buffer -b ${quote(name)} -`]);
  if (!output.ok) return output;
  const { stdout, stderr } = output.value;
  if (stdout.length !== bytes)
    return fail({
      reason: 'snapshot-incomplete',
      detail: `a buffer gave ${String(stdout.length)} of ${String(bytes)} bytes ${stderr}`.trim(),
    });
  return ok(stdout);
}

/** Returns whether the server has any paste buffer; one that does not answer counts as having some. */
export async function hasBuffers(target: TmuxTarget): Promise<boolean> {
  const output = await sourceLines(target, ['list-buffers -F x']);
  return !output.ok || output.value.stdout.length > 0;
}

/** Makes a buffer of these bytes, the newest; `isEncoded` says that tmux keeps names encoded (3.7 and later). With a null name tmux gives it one, and pastes it by default (paste.c, paste_add). */
export async function loadBuffer(
  target: RestoreTarget,
  stored: Text | null,
  bytes: Uint8Array,
  isEncoded: boolean,
): Promise<void> {
  const name = stored !== null && isEncoded ? unstoredName(stored) : stored;
  const command = `load-buffer ${name === null ? '' : `-b ${quote(name)} `}-`;
  const isThisServer = `#{==:#{pid},${String(target.serverPid)}}`;
  await runTmux(target, ['if-shell', '-F', isThisServer, command], { input: bytes });
}
