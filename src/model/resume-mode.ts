/**
 * When a program of a restored pane starts. Whoever has a say can only make it later: the most careful of all modes holds.
 */
import type { Program } from './manifest.js';

const CAREFUL_FIRST: readonly Program['mode'][] = ['never', 'offer', 'view', 'auto'];

/** Returns the most careful of these modes: never, then offer, then view, then auto. */
export function lowestMode(...modes: readonly Program['mode'][]): Program['mode'] {
  return CAREFUL_FIRST.find((mode) => modes.includes(mode)) ?? 'never';
}
