/**
 * The saved state, format `tmux-persist/1`: its schema, its types and its parser. Nothing about files.
 * The schema is the contract with every later version; test/model/manifest.test.ts keeps the shipped
 * JSON Schema (src/model/manifest.schema.json) equal to it.
 */
import * as v from 'valibot';
import { fail, ok, type Result } from './failure.js';
import { textSchema } from './text.js';

/** The format this version writes, and the newest that it reads. */
export const MANIFEST_FORMAT = 'tmux-persist/1';

const isoTime = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const sessionId = v.pipe(v.string(), v.regex(/^\$\d+$/));
const windowId = v.pipe(v.string(), v.regex(/^@\d+$/));
const paneId = v.pipe(v.string(), v.regex(/^%\d+$/));
const stringMap = v.record(v.string(), textSchema);

/** No `@` options at all. */
export const NO_USER_OPTIONS: UserOptions = { server: {}, session: {}, window: {} };

/** The schema of one conversation of an agent CLI. */
export const conversationSchema = v.object({
  id: v.string(),
  source: v.string(),
  confidence: v.picklist(['exact', 'inferred', 'ambiguous']),
  candidates: v.array(v.string()),
});

/** The schema of a program that can come back in a pane. */
export const programSchema = v.object({
  kind: v.string(),
  exe: textSchema,
  argv: v.array(textSchema),
  cwd: textSchema,
  env: stringMap,
  mode: v.picklist(['auto', 'view', 'offer', 'never']),
  conversation: v.nullable(conversationSchema),
  /** The process that it was read from, in the server's boot: what a later look knows it again by. */
  process: v.optional(v.nullable(v.object({ pid: count, startTime: v.string() })), null),
});

/** The schema of a pane's saved scrollback, by hash of its text. */
export const contentsSchema = v.object({
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  lines: count,
  truncated: v.boolean(),
});

/** The schema of a pane. */
export const paneSchema = v.object({
  id: paneId,
  index: count,
  title: textSchema,
  currentPath: textSchema,
  width: count,
  height: count,
  active: v.boolean(),
  startCommand: v.array(textSchema),
  currentCommand: textSchema,
  dead: v.boolean(),
  /** Exit status of a dead pane; null while it lives, or when a signal ended it. */
  deadStatus: v.optional(v.nullable(count), null),
  /** Whether it is the marked pane; a server has at most one. */
  marked: v.optional(v.boolean(), false),
  options: stringMap,
  program: v.nullable(programSchema),
  contents: v.nullable(contentsSchema),
});

/** The schema of a window; one that is linked into several sessions is listed once. */
export const windowSchema = v.object({
  id: windowId,
  name: textSchema,
  automaticRename: v.boolean(),
  layout: v.string(),
  width: count,
  height: count,
  zoomed: v.boolean(),
  activePane: paneId,
  lastPane: v.nullable(paneId),
  options: stringMap,
  panes: v.array(paneSchema),
});

/** The schema of a session and its links to windows. */
export const sessionSchema = v.object({
  id: sessionId,
  name: textSchema,
  group: v.nullable(textSchema),
  path: textSchema,
  createdAt: isoTime,
  activityAt: isoTime,
  lastAttachedAt: v.nullable(isoTime),
  activeWindow: windowId,
  lastWindows: v.array(windowId),
  windows: v.array(v.object({ index: count, windowId })),
  options: stringMap,
  environment: stringMap,
});

/** The schema of the `@` options of a whole server, by where they are set: `set -s`, `set -g`, `set -gw`. */
export const userOptionsSchema = v.object({ server: stringMap, session: stringMap, window: stringMap });

/** The schema of a paste buffer; its bytes lie beside the scrollback, by their hash. */
export const bufferSchema = v.object({
  name: textSchema,
  /** Whether tmux named it (`buffer7`): only such ones are pasted by default (paste.c). */
  automatic: v.boolean(),
  bytes: count,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/** The schema of the tmux server that a manifest was taken from (R1: with bootId, its identity). */
export const serverSchema = v.object({
  pid: count,
  startTime: count,
  version: v.string(),
  socketPath: textSchema,
  environment: stringMap,
  /** The `@` options of the server as they stand. */
  options: v.optional(userOptionsSchema, NO_USER_OPTIONS),
  /** The `@` options of the server right after its start, which are its tmux.conf's; null when nobody looked then. */
  configured: v.optional(v.nullable(userOptionsSchema), null),
});

const kept = { session: sessionSchema, windows: v.array(windowSchema) };

/** The schema of a session that is to be restored (R3). */
export const pendingSchema = v.object({
  since: isoTime,
  how: v.picklist(['lost', 'closing', 'failed', 'skipped', 'imported']),
  /** Whether these are windows out of a session that lived on: they are offered, and come back into it (R4). */
  part: v.optional(v.boolean(), false),
  ...kept,
});

/** The schema of a session that its user closed (R4-R6). */
export const closedSchema = v.object({
  closedAt: isoTime,
  how: v.picklist(['kill-session', 'kill-server']),
  ...kept,
});

/** The schema of a manifest. */
export const manifestSchema = v.object({
  format: v.literal(MANIFEST_FORMAT),
  id: v.pipe(v.string(), v.regex(/^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{4}$/)),
  savedAt: isoTime,
  trigger: v.string(),
  host: v.string(),
  machineId: v.string(),
  bootId: v.string(),
  programVersion: v.string(),
  complete: v.literal(true),
  server: v.nullable(serverSchema),
  sessions: v.array(sessionSchema),
  windows: v.array(windowSchema),
  pending: v.array(pendingSchema),
  closed: v.array(closedSchema),
  /** The paste buffers, newest first. */
  buffers: v.optional(v.array(bufferSchema), []),
  lastSession: v.nullable(textSchema),
});

/** See `conversationSchema`. */
export type Conversation = v.InferOutput<typeof conversationSchema>;
/** See `programSchema`. */
export type Program = v.InferOutput<typeof programSchema>;
/** See `contentsSchema`. */
export type Contents = v.InferOutput<typeof contentsSchema>;
/** See `paneSchema`. */
export type Pane = v.InferOutput<typeof paneSchema>;
/** See `windowSchema`. */
export type Window = v.InferOutput<typeof windowSchema>;
/** See `userOptionsSchema`. */
export type UserOptions = v.InferOutput<typeof userOptionsSchema>;
/** See `bufferSchema`. */
export type PasteBuffer = v.InferOutput<typeof bufferSchema>;
/** See `sessionSchema`. */
export type Session = v.InferOutput<typeof sessionSchema>;
/** See `serverSchema`. */
export type Server = v.InferOutput<typeof serverSchema>;
/** See `pendingSchema`. */
export type Pending = v.InferOutput<typeof pendingSchema>;
/** See `closedSchema`. */
export type Closed = v.InferOutput<typeof closedSchema>;
/** See `manifestSchema`. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Returns the manifest that `text` holds; fails with `format-unknown` for a newer format and `state-unreadable` for anything else. */
export function parseManifest(text: string, path: string): Result<Manifest> {
  const unreadable = (detail: string): Result<Manifest> => fail({ reason: 'state-unreadable', path, detail });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
  const format = v.safeParse(v.object({ format: v.string() }), data);
  if (!format.success) return unreadable('it names no format');
  if (format.output.format !== MANIFEST_FORMAT) {
    return fail({ reason: 'format-unknown', path, format: format.output.format });
  }
  const parsed = v.safeParse(manifestSchema, data);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return unreadable(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  const dangling = danglingLink(parsed.output);
  return dangling === null ? ok(parsed.output) : unreadable(dangling);
}

/** Returns what is wrong with the links from sessions to windows, or null; a manifest that names no such window can't be restored whole. */
function danglingLink(manifest: Manifest): string | null {
  const holds = (sessions: readonly Session[], windows: readonly Window[]): string | null => {
    const ids = new Set(windows.map((window) => window.id));
    for (const session of sessions) {
      for (const link of session.windows) {
        if (!ids.has(link.windowId)) return `session ${session.id} links to missing window ${link.windowId}`;
      }
    }
    return null;
  };
  return (
    [manifest, ...[...manifest.pending, ...manifest.closed].map((entry) => ({ ...entry, sessions: [entry.session] }))]
      .map((part) => holds(part.sessions, part.windows))
      .find((problem) => problem !== null) ?? null
  );
}
