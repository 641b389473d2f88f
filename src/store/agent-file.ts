/**
 * agent.json: who serves the socket. The one rule: the record counts only while the very process that it names lives.
 */
import { unlink } from 'node:fs/promises';
import { fail, ok, type Result } from '../model/failure.js';
import type { AgentRecord } from '../model/ports.js';
import { acquireLock } from './lock-file.js';
import { identityFrom, isAlive, ownIdentity, sameProcess } from './process-identity.js';
import { readRegular, SMALL_LIMIT } from './read-regular.js';
import { writeAtomic } from './write-atomic.js';

const STATES: readonly string[] = [
  'starting',
  'watching',
  'restoring',
  'waiting',
  'stopped',
] satisfies AgentRecord['state'][];
/** Two agents that start at once: the claim of one takes milliseconds. */
const CLAIM_WAIT_MS = 5000;

/** Returns the record of the agent that lives, or null. */
export async function readAgentFile(path: string): Promise<AgentRecord | null> {
  const record = await readRecord(path);
  return record !== null && isAlive(record) ? record : null;
}

/** Writes the record; fails with `agent-running` while another living process holds the file. */
export async function writeAgentFile(path: string, record: AgentRecord): Promise<Result<void>> {
  const claim = await acquireLock(`${path}.lock`, CLAIM_WAIT_MS);
  if (!claim.ok) return claim;
  try {
    const other = await readAgentFile(path);
    if (other !== null && !sameProcess(other, record)) return fail({ reason: 'agent-running', pid: other.pid });
    const written = await writeAtomic(path, Buffer.from(`${JSON.stringify(record)}\n`));
    return written.ok ? ok(undefined) : written;
  } finally {
    await claim.value.release();
  }
}

/** Removes the record unless another living agent wrote it. */
export async function removeAgentFile(path: string): Promise<void> {
  const claim = await acquireLock(`${path}.lock`, CLAIM_WAIT_MS);
  if (!claim.ok) return;
  const other = await readAgentFile(path);
  if (other === null || sameProcess(other, ownIdentity())) await unlink(path).catch(() => undefined);
  await claim.value.release();
}

async function readRecord(path: string): Promise<AgentRecord | null> {
  const read = await readRegular(path, SMALL_LIMIT);
  if (read.kind !== 'read') return null;
  try {
    return recordFrom(JSON.parse(read.bytes.toString()));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function recordFrom(data: unknown): AgentRecord | null {
  const identity = identityFrom(data);
  if (identity === null) return null;
  const { state, since, onBus, version, problems } = data as Readonly<Record<string, unknown>>;
  if (typeof since !== 'string' || typeof version !== 'string' || typeof onBus !== 'boolean') return null;
  if (!isState(state) || !Array.isArray(problems) || !problems.every(isProblem)) return null;
  return { ...identity, state, since, onBus, version, problems };
}

const isState = (data: unknown): data is AgentRecord['state'] => typeof data === 'string' && STATES.includes(data);

function isProblem(data: unknown): data is AgentRecord['problems'][number] {
  if (typeof data !== 'object' || data === null) return false;
  const { code, message, hint } = data as Readonly<Record<string, unknown>>;
  return [code, message, hint].every((field) => typeof field === 'string');
}
