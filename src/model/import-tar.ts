/**
 * The files of a tar archive that is in memory, by name. Nothing is unpacked to the disk, so that no name in it can lead anywhere.
 */

const BLOCK = 512;
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
const field = (header: Uint8Array, from: number, length: number): string =>
  latin1(header.subarray(from, from + length)).replace(/\0.*$/s, '');

/** Returns the regular files, by their names in latin1; null when it is no archive, or one that is cut off. */
export function tarFiles(archive: Uint8Array): ReadonlyMap<string, Uint8Array> | null {
  const files = new Map<string, Uint8Array>();
  let longName: string | null = null;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const size = Number.parseInt(field(header, 124, 12).trim() || '0', 8);
    if (!isHeader(header) || !Number.isSafeInteger(size) || at + BLOCK + size > archive.length) return null;
    const body = archive.subarray(at + BLOCK, at + BLOCK + size);
    const kind = field(header, 156, 1);
    if (kind === 'L') longName = latin1(body).replace(/\0.*$/s, '');
    else if (kind === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(latin1(body))?.[1] ?? null;
    else {
      const prefix = field(header, 257, 6) === 'ustar' ? field(header, 345, 155) : '';
      const name = longName ?? (prefix === '' ? field(header, 0, 100) : `${prefix}/${field(header, 0, 100)}`);
      if (kind === '0' || kind === '') files.set(name, body);
      longName = null;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files.size > 0 ? files : null;
}

/** The checksum is the sum of all bytes of the header, with blanks in its own place. */
function isHeader(header: Uint8Array): boolean {
  const sum = header.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return Number.parseInt(field(header, 148, 8).trim(), 8) === sum;
}
