/**
 * What an agent tells its hook on stdin, and what of it is kept. Only fields of the expected form are taken, and of those only the ones
 * that a record has: prompts, mail addresses and models are in there as well, and are nobody's business.
 */
import { isJsonObject, type Json, type JsonObject } from './json-text.js';

/** What a payload says of a conversation. */
export interface HookWord {
  /** Whether the conversation begins or goes on here (start), changes its directory (move), or ends (end). */
  readonly kind: 'start' | 'move' | 'end';
  readonly sessionId: string;
  readonly transcriptPath: string | null;
  readonly cwd: string | null;
  readonly source: string | null;
  readonly permissionMode: string | null;
}

/** Larger payloads, in bytes, are not read: the events that we ask for have less than two thousand. */
export const PAYLOAD_LIMIT = 64 * 1024;

const PATH_LIMIT = 4096;
const kinds: ReadonlyMap<string, HookWord['kind']> = new Map([
  ['sessionstart', 'start'],
  ['cwdchanged', 'move'],
  ['sessionend', 'end'],
]);

/** Returns what a payload says, or null when it is none of ours: not JSON, another event, a sub-agent's, an id of another form. */
export function readPayload(bytes: Buffer, validId: RegExp): HookWord | null {
  if (bytes.length > PAYLOAD_LIMIT) return null;
  const payload = parse(bytes);
  if (payload === null || isSubordinate(payload)) return null;
  // Copilot names its fields in its own way, and its events not at all: a start has a source, an end a reason.
  const id = payload['session_id'] ?? payload['sessionId'] ?? payload['conversation_id'];
  const event = payload['hook_event_name'] ?? (payload['reason'] === undefined ? 'sessionStart' : 'sessionEnd');
  const kind = typeof event === 'string' ? kinds.get(event.toLowerCase()) : undefined;
  if (kind === undefined || typeof id !== 'string' || !validId.test(id)) return null;
  const roots = payload['workspace_roots'];
  const root = Array.isArray(roots) ? (roots as readonly Json[])[0] : undefined;
  return {
    kind,
    sessionId: id,
    transcriptPath: pathOrNull(payload['transcript_path']),
    cwd: pathOrNull(payload['new_cwd']) ?? pathOrNull(payload['cwd']) ?? pathOrNull(root),
    source: wordOrNull(payload['source']),
    permissionMode: wordOrNull(payload['permission_mode']),
  };
}

function parse(bytes: Buffer): JsonObject | null {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as Json;
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Claude's sub-agents have an agent_id, Cursor's tasks in the background say so. */
const isSubordinate = (payload: JsonObject): boolean =>
  (payload['agent_id'] ?? null) !== null || payload['is_background_agent'] === true;

const pathOrNull = (value: Json | undefined): string | null =>
  typeof value === 'string' &&
  value.startsWith('/') &&
  Buffer.byteLength(value) <= PATH_LIMIT &&
  !/[\u0000-\u001f\u007f]/.test(value)
    ? value
    : null;

const wordOrNull = (value: Json | undefined): string | null =>
  typeof value === 'string' && /^[A-Za-z_-]{1,32}$/.test(value) ? value : null;
