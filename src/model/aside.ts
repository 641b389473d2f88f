/**
 * What of the user's settings would bend a restore, and is set aside for its few moments (R12): hooks, and the global
 * window-size that crashes tmux. It is on disk before it is touched, and whoever finds it there puts it back.
 */
import * as v from 'valibot';
import type { ServerIdentity } from './snapshot.js';
import { textSchema } from './text.js';

/** The schema of one entry of a global hook array, such as `session-created[0]`; those of windows and panes have a table of their own. */
export const hookSchema = v.object({
  table: v.picklist(['session', 'window']),
  name: v.pipe(v.string(), v.regex(/^[a-z-]+\[[\w-]+\]$/)),
  command: textSchema,
});

/** The schema of aside.json. */
export const asideSchema = v.object({
  format: v.literal('tmux-persist-aside/1'),
  server: v.object({ bootId: v.string(), pid: v.number(), startTime: v.number() }),
  hooks: v.array(hookSchema),
  /** Whether the global window-size was `manual`. */
  manualSize: v.boolean(),
  /** Ids of the live windows that followed it, and are held at their sizes by an option of their own meanwhile. */
  windows: v.array(v.pipe(v.string(), v.regex(/^@\d+$/))),
});

/** See `hookSchema`. */
export type Hook = v.InferOutput<typeof hookSchema>;
/** See `asideSchema`. */
export type Aside = v.InferOutput<typeof asideSchema>;

/** These tell of clients and of what programs do, not of what a restore makes: they stay in force. */
const UNTOUCHED = /^(?:client|alert|pane-focus|pane-mode|pane-set|pane-title|command)-/;

/** Returns what must be set aside in a server, or null. */
export function asideFor(
  server: ServerIdentity,
  hooks: readonly Hook[],
  windowSize: string,
  windows: readonly string[],
): Aside | null {
  const bending = hooks.filter(({ name }) => !UNTOUCHED.test(name));
  const manualSize = windowSize === 'manual';
  if (bending.length === 0 && !manualSize) return null;
  const { bootId, pid, startTime } = server;
  return {
    format: 'tmux-persist-aside/1',
    server: { bootId, pid, startTime },
    hooks: bending,
    manualSize,
    windows: manualSize ? [...windows] : [],
  };
}
