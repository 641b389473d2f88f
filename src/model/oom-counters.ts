/**
 * The kernel's counts of OOM kills at one moment: the difference of two tells whether memory ran out in between (R4).
 */
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const oomCountersSchema = v.object({
  /** They begin anew with each boot. */
  bootId: v.string(),
  /** On the whole machine, and below the user's manager. */
  machine: count,
  manager: count,
});

/** See `oomCountersFrom`. */
export type OomCounters = v.InferOutput<typeof oomCountersSchema>;

/** Returns the counters that a text holds, or null for any other text. */
export function oomCountersFrom(text: string): OomCounters | null {
  try {
    const parsed = v.safeParse(oomCountersSchema, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
