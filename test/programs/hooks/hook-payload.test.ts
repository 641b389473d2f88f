/** What each tool tells its hook, as it documents it, and what is kept of that. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PAYLOAD_LIMIT, readPayload, type HookWord } from '../../../src/programs/hooks/hook-payload.js';
import type { JsonObject } from '../../../src/programs/hooks/json-text.js';

const ID = '0a1b2c3d-0000-4000-8000-000000000001';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const read = (payload: JsonObject): HookWord | null => readPayload(Buffer.from(JSON.stringify(payload)), UUID);
const aWord = (changes: Partial<HookWord>): HookWord => ({
  ...{ kind: 'start', sessionId: ID, transcriptPath: null, cwd: '/w', source: null, permissionMode: null },
  ...changes,
});

describe('payloads', () => {
  const common = { session_id: ID, transcript_path: `/t/${ID}.jsonl`, cwd: '/w' };
  const cases: readonly (readonly [string, JsonObject, HookWord | null])[] = [
    [
      'claude, a start',
      { ...common, hook_event_name: 'SessionStart', source: 'compact', permission_mode: 'acceptEdits', model: 'm' },
      aWord({ transcriptPath: `/t/${ID}.jsonl`, source: 'compact', permissionMode: 'acceptEdits' }),
    ],
    [
      'claude, another directory',
      { ...common, hook_event_name: 'CwdChanged', cwd: '/old', old_cwd: '/old', new_cwd: '/new' },
      aWord({ kind: 'move', transcriptPath: `/t/${ID}.jsonl`, cwd: '/new' }),
    ],
    [
      'claude, an end',
      { ...common, hook_event_name: 'SessionEnd', reason: 'clear' },
      aWord({ kind: 'end', transcriptPath: `/t/${ID}.jsonl` }),
    ],
    ['claude, a sub-agent', { ...common, hook_event_name: 'SessionStart', agent_id: 'a' }, null],
    [
      'codex, before there is a transcript',
      {
        ...common,
        transcript_path: null,
        hook_event_name: 'SessionStart',
        model: 'm',
        permission_mode: 'default',
        source: 'clear',
      },
      aWord({ source: 'clear', permissionMode: 'default' }),
    ],
    ['codex, a sub-agent', { ...common, hook_event_name: 'SubagentStart', agent_id: 'a', turn_id: 't' }, null],
    [
      'gemini',
      { ...common, hook_event_name: 'SessionStart', timestamp: '2026-01-01T00:00:00Z', source: 'resume' },
      aWord({ transcriptPath: `/t/${ID}.jsonl`, source: 'resume' }),
    ],
    [
      'copilot, a start',
      { sessionId: ID, timestamp: 1, cwd: '/w', source: 'new', initialPrompt: 'p' },
      aWord({ source: 'new' }),
    ],
    ['copilot, an end', { sessionId: ID, timestamp: 1, cwd: '/w', reason: 'user_exit' }, aWord({ kind: 'end' })],
    [
      'cursor',
      {
        ...{ conversation_id: ID, session_id: ID, generation_id: 'g', hook_event_name: 'sessionStart' },
        ...{ workspace_roots: ['/w'], user_email: 'u@example.org', transcript_path: null, is_background_agent: false },
      },
      aWord({}),
    ],
    [
      'cursor, in the background',
      { conversation_id: ID, hook_event_name: 'sessionStart', is_background_agent: true },
      null,
    ],
    ['an event that nobody asked for', { ...common, hook_event_name: 'constructor' }, null],
    ['an event that is no word', { ...common, hook_event_name: 1 }, null],
  ];
  for (const [name, payload, expected] of cases) test(name, () => assert.deepEqual(read(payload), expected));

  test('one that is too large, cut off, no object or not UTF-8 says nothing', () => {
    const text = JSON.stringify({ ...common, hook_event_name: 'SessionStart' });
    assert.notEqual(readPayload(Buffer.from(text), UUID), null);
    for (const bytes of [text.slice(0, -1), `[${text}]`, 'null', '', text + ' '.repeat(PAYLOAD_LIMIT)]) {
      assert.equal(readPayload(Buffer.from(bytes), UUID), null);
    }
    assert.equal(readPayload(Buffer.from([0xff, 0xfe, 0x7b]), UUID), null);
  });

  test('paths and words of another form are left out', () => {
    for (const path of ['x', '', '../x', '/a\u0000b', '/a\u001b[2J', `/${'é'.repeat(2048)}`, 1, null, ['/a']]) {
      const word = read({
        ...common,
        hook_event_name: 'SessionStart',
        transcript_path: path,
        cwd: path,
        source: 'a b',
      });
      assert.deepEqual(word, aWord({ cwd: null }), JSON.stringify(path));
    }
  });
});
