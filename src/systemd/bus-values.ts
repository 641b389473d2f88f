/**
 * Values as they travel: a D-Bus variant carries its signature along, which nobody here wants to see.
 */
import { Variant } from 'dbus-next';

/** Returns the value with every variant in it, at any depth, replaced by what it holds; byte arrays stay Buffers. */
export function unwrap(value: unknown): unknown {
  if (value instanceof Variant) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrap(item)]));
}

/** Returns an a{sv} of the entries that are set; a string becomes `s`, a boolean `b`, a number `u`. */
export function toVariants(
  entries: Readonly<Record<string, string | boolean | number | undefined>>,
): Record<string, unknown> {
  const variants: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined) continue;
    variants[key] = new Variant(typeof value === 'string' ? 's' : typeof value === 'boolean' ? 'b' : 'u', value);
  }
  return variants;
}
