/**
 * Random directories to work in: any bytes, long, linked, and some that will be gone or closed when all else comes back.
 */
import { chmodSync, mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { HOSTILE_TEXTS, INVALID_BYTES } from '../support/nasty-text.js';
import type { Dice } from './dice.js';

/** A directory, and what becomes of it once panes are in it. */
export interface Place {
  readonly path: Buffer;
  readonly fate: 'stays' | 'deleted' | 'unreadable';
}

/** Makes directories in a folder and returns them, the folder itself first. */
export function randomPlaces(dice: Dice, folder: string): Place[] {
  const inside = (...names: (string | Buffer)[]): Buffer =>
    Buffer.concat([Buffer.from(folder), ...names.flatMap((name) => [Buffer.from('/'), Buffer.from(name)])]);
  const names = HOSTILE_TEXTS.filter((name) => name.length < 250);
  const places: Place[] = [
    { path: inside(`plain${dice.one(names)}`), fate: 'stays' },
    { path: inside(dice.one(names)), fate: 'stays' },
    { path: inside('d', dice.one(names)), fate: 'stays' },
    { path: inside('d', dice.one(INVALID_BYTES)), fate: 'stays' },
    { path: inside('x'.repeat(250), 'y'.repeat(250)), fate: 'stays' },
    { path: inside('gone', dice.one(names)), fate: 'deleted' },
    { path: inside('d', 'was here (deleted)'), fate: 'stays' },
    { path: inside('closed'), fate: 'unreadable' },
  ];
  for (const { path } of places) mkdirSync(path, { recursive: true });
  symlinkSync(inside('d'), inside('link'));
  return [{ path: Buffer.from(folder), fate: 'stays' }, ...places, { path: inside('link'), fate: 'stays' }];
}

/** Does to each directory what is to become of it. */
export function meetFates(places: readonly Place[]): void {
  for (const { path, fate } of places) {
    if (fate === 'deleted') rmdirSync(path);
    if (fate === 'unreadable') chmodSync(path, 0);
  }
}
