/**
 * Why a state was saved, in words; JSON keeps the name that stands in the manifest.
 */
import { shown } from './tree.js';

const WORDS: Readonly<Record<string, string>> = {
  change: 'something changed',
  activity: 'a directory or program changed',
  look: 'regular look',
  server: 'a server was met',
  stop: 'the agent stopped',
  command: 'saved on request',
  restore: 'after a restore',
  closing: 'a session was closed',
  'kill-server': 'kill-server',
  forget: 'a session was forgotten',
  import: 'sessions were imported',
};

/** Returns the words for a trigger; one of another version is shown as it is. */
export const triggerWords = (trigger: string): string =>
  Object.hasOwn(WORDS, trigger) ? (WORDS[trigger] ?? '') : shown(trigger);
