/**
 * Where a pane can really start: its directory, or what is left of it (R12).
 */
import { accessSync, constants, statSync } from 'node:fs';
import { bytesFromText, textFromBytes, type Text } from '../model/text.js';

const SLASH = 0x2f;

/** Returns the directory itself if one can work there, else its nearest ancestor, else `home`; the root folder is no one's place of work. */
export function usableDirectory(directory: Text, home: string): Text {
  let path = Buffer.from(bytesFromText(directory));
  if (path[0] !== SLASH) return home;
  while (path.length > 1) {
    if (isUsable(path)) return textFromBytes(path);
    path = path.subarray(0, Math.max(path.lastIndexOf(SLASH), 1));
  }
  return directory === '/' ? '/' : home;
}

function isUsable(path: Buffer): boolean {
  try {
    if (!statSync(path).isDirectory()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
