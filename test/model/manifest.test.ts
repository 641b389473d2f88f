/**
 * The format of saved state: what is read, what is refused and by which name, and that the shipped JSON Schema agrees.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { Failure } from '../../src/model/failure.js';
import {
  MANIFEST_FORMAT,
  closedSchema,
  contentsSchema,
  conversationSchema,
  manifestSchema,
  paneSchema,
  parseManifest,
  pendingSchema,
  programSchema,
  serverSchema,
  sessionSchema,
  windowSchema,
  type Manifest,
} from '../../src/model/manifest.js';
import { textSchema } from '../../src/model/text.js';
import {
  aClosed,
  aConversation,
  aManifest,
  aPane,
  aPending,
  aProgram,
  aSession,
  aWindow,
  links,
  someContents,
} from '../support/builders.js';

const PATH = '/state/manifest.json';

/** Returns the failure to parse a text; a success fails the test. */
function refusal(text: string): Failure {
  const parsed = parseManifest(text, PATH);
  assert.ok(!parsed.ok, 'it was read');
  return parsed.error;
}

/** Returns why a manifest is unreadable. */
function detail(manifest: unknown): string {
  const failure = refusal(JSON.stringify(manifest));
  assert.equal(failure.reason, 'state-unreadable');
  assert.equal(failure.path, PATH);
  return failure.detail;
}

const full = aManifest({
  sessions: [aSession(1, { windows: links({ 0: 1, 3: 2 }), name: { base64: '/w==' }, lastWindows: ['@2'] })],
  windows: [
    aWindow(1, {
      panes: [aPane(1, { program: aProgram({ conversation: aConversation() }), contents: someContents(1) })],
    }),
    aWindow(2, { layout: '', lastPane: '%2', zoomed: true }),
  ],
  pending: [aPending(aSession(3))],
  closed: [aClosed(aSession(4))],
  lastSession: 'main',
});

test('a manifest is read as it was written', () => {
  for (const manifest of [aManifest(), full, aManifest({ server: null, sessions: [] })]) {
    assert.deepEqual(parseManifest(JSON.stringify(manifest), PATH), { ok: true, value: manifest });
  }
});

test('what a later version of the same format may add is ignored', () => {
  assert.deepEqual(parseManifest(JSON.stringify({ ...full, more: 1 }), PATH), { ok: true, value: full });
});

test('a text that is cut short is unreadable wherever the cut is', () => {
  const text = JSON.stringify(full);
  for (let length = 0; length < text.length; length += 7) {
    assert.equal(refusal(text.slice(0, length)).reason, 'state-unreadable');
  }
});

test('JSON that is no manifest is unreadable', () => {
  for (const data of [null, 1, 'text', [], {}, { format: 1 }]) assert.equal(detail(data), 'it names no format');
});

test('a newer format is refused by its name', () => {
  assert.deepEqual(refusal(JSON.stringify({ format: 'tmux-persist/2', sessions: 'another shape' })), {
    reason: 'format-unknown',
    path: PATH,
    format: 'tmux-persist/2',
  });
});

test('a field of the wrong kind is named with its path', () => {
  const [session] = full.sessions;
  const [window] = full.windows;
  const cases: readonly [changes: object, path: RegExp][] = [
    [{ sessions: undefined }, /^sessions: /],
    [{ savedAt: 'yesterday' }, /^savedAt: /],
    [{ id: '../../etc/passwd' }, /^id: /],
    [{ complete: false }, /^complete: /],
    [{ server: { pid: -1 } }, /^server\.pid: /],
    [{ sessions: [{ ...session, id: '1' }] }, /^sessions\.0\.id: /],
    [{ sessions: [{ ...session, name: 7 }] }, /^sessions\.0\.name: /],
    [{ sessions: [{ ...session, name: { base64: '%%%' } }] }, /^sessions\.0\.name/],
    [{ windows: [{ ...window, activePane: '@1' }] }, /^windows\.0\.activePane: /],
    [{ windows: [{ ...window, panes: [{ ...aPane(1), index: 1.5 }] }] }, /^windows\.0\.panes\.0\.index: /],
    [{ pending: [{ ...aPending(aSession(1)), how: 'mislaid' }] }, /^pending\.0\.how: /],
    [{ closed: [{ ...aClosed(aSession(1)), how: 'lost' }] }, /^closed\.0\.how: /],
  ];
  for (const [changes, path] of cases) assert.match(detail({ ...full, ...changes }), path);
});

test('a link to a window that is not there makes a manifest unreadable', () => {
  const session = aSession(1, { windows: links({ 0: 1, 1: 9 }) });
  const broken: readonly Manifest[] = [
    aManifest({ sessions: [session], windows: [aWindow(1)] }),
    aManifest({ pending: [aPending(session, { windows: [aWindow(1)] })] }),
    aManifest({ closed: [aClosed(session, { windows: [aWindow(1)] })] }),
  ];
  for (const manifest of broken) assert.equal(detail(manifest), 'session $1 links to missing window @9');
});

const folder = checkout(dirname(fileURLToPath(import.meta.url)));

/** Returns the folder of the checkout: compiled tests may lie anywhere below it or be linked to it. */
function checkout(from: string): string {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, 'Makefile')) && existsSync(join(at, 'src/model'))) return at;
    if (at === dirname(at)) return process.cwd();
  }
}

test('a manifest of the first release is read', () => {
  const path = join(folder, 'test/fixtures/manifest/tmux-persist-1.json');
  const parsed = parseManifest(readFileSync(path, 'utf8'), path);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { value } = parsed;
  assert.deepEqual(
    value.sessions.map((session) => session.name),
    ['main', { base64: 'Y2Fm6Q==' }],
  );
  assert.equal(value.windows[0]?.panes[0]?.program?.conversation?.confidence, 'exact');
  assert.deepEqual([value.pending.length, value.closed.length], [1, 1]);
});

test('the shipped JSON Schema says what the parser says', async () => {
  const path = join(folder, 'src/model/manifest.schema.json');
  const { $schema, ...schema } = toJsonSchema(manifestSchema, {
    definitions: {
      text: textSchema,
      conversation: conversationSchema,
      program: programSchema,
      contents: contentsSchema,
      pane: paneSchema,
      window: windowSchema,
      session: sessionSchema,
      server: serverSchema,
      pending: pendingSchema,
      closed: closedSchema,
    },
  });
  const expected = { $schema, title: `The saved state of tmux-persist, format ${MANIFEST_FORMAT}`, ...schema };
  if (process.env['UPDATE_SCHEMA'] === '1') {
    const prettier = await import('prettier');
    const options = { ...(await prettier.resolveConfig(path)), parser: 'json' };
    writeFileSync(path, await prettier.format(JSON.stringify(expected), options));
  }
  const shipped: unknown = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual(shipped, expected, 'run the tests of the model once with UPDATE_SCHEMA=1, and look at what changed');
});
