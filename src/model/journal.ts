/**
 * The journal: server losses, restores and refusals, newest last. `status` reads it, R15 counts in it.
 */
import * as v from 'valibot';

/** How many entries are kept; the oldest go first. */
export const JOURNAL_LIMIT = 100;

const base = { at: v.string(), bootId: v.string() };
const serverKey = v.object({ pid: v.number(), startTime: v.number() });

/** The schema of one journal entry. */
export const journalEntrySchema = v.variant('kind', [
  v.object({
    ...base,
    kind: v.literal('loss'),
    cause: v.picklist(['oom-kill', 'signal', 'core-dump', 'exit-code', 'kill-server', 'stopped', 'reboot', 'unknown']),
    detail: v.string(),
    sessions: v.number(),
    unit: v.nullable(v.string()),
    /** Whether all that lived on it counts as closed by its user; where nothing is said, a kill-server does. */
    closed: v.optional(v.boolean()),
    /** The server that died. */
    server: v.nullable(serverKey),
  }),
  v.object({
    ...base,
    kind: v.literal('restore'),
    manifestId: v.nullable(v.string()),
    durationMs: v.number(),
    restored: v.number(),
    adopted: v.number(),
    skipped: v.number(),
    failed: v.number(),
    conversations: v.object({ resumed: v.number(), offered: v.number(), missing: v.number() }),
    /** The server that was restored into: with bootId the key that makes an automatic restore happen once. */
    server: v.nullable(serverKey),
    automatic: v.boolean(),
  }),
  v.object({
    ...base,
    kind: v.literal('refusal'),
    code: v.string(),
    message: v.string(),
  }),
]);

/** The schema of journal.json. */
export const journalSchema = v.object({
  format: v.literal('tmux-persist-journal/1'),
  entries: v.array(journalEntrySchema),
});

/** One loss, restore or refusal. */
export type JournalEntry = v.InferOutput<typeof journalEntrySchema>;
/** A server loss. */
export type LossEntry = Extract<JournalEntry, { kind: 'loss' }>;
/** A finished restore. */
export type RestoreEntry = Extract<JournalEntry, { kind: 'restore' }>;

/** Returns the last entry of one kind, or null. */
export function lastOf<K extends JournalEntry['kind']>(
  entries: readonly JournalEntry[],
  kind: K,
): Extract<JournalEntry, { kind: K }> | null {
  const found = entries.findLast((entry) => entry.kind === kind);
  return (found as Extract<JournalEntry, { kind: K }> | undefined) ?? null;
}
