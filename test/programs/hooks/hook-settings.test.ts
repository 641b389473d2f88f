/** The merge of our hooks into settings: ours in and out, everything else as it was. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { hookCommand, hookPaths } from '../../../src/programs/hooks/hook-command.js';
import { stateOfHooks, withHooks, withoutHooks } from '../../../src/programs/hooks/hook-settings.js';
import { HOOK_TOOLS } from '../../../src/programs/hooks/hook-tools.js';
import type { JsonObject } from '../../../src/programs/hooks/json-text.js';

const NODE = '/usr/bin/node';
const BUNDLE = '/home/u/.local/lib/tmux-persist/tmux-persist.js';
const foreign = { matcher: 'startup', hooks: [{ type: 'command', command: 'echo "tmux-persist hook"', timeout: 3 }] };

describe('hook commands', () => {
  test('a shell reads the paths as they are, whatever is in them, and only such a command is ours', () => {
    const odd = ["/home/it's mine/b in/node", '/tmp/$(id) `x` "q" \\ \\u{1f980}/tmux-persist.js'] as const;
    const command = hookCommand(odd[0], odd[1], 'claude');
    const printed = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
    assert.deepEqual(printed.trim().split('\n'), [...odd, 'hook', 'claude']);
    assert.deepEqual(hookPaths(command, 'claude'), odd);
    assert.equal(hookCommand(NODE, BUNDLE, 'codex'), `${NODE} ${BUNDLE} hook codex`);
  });

  test('commands of ours are told in each way that they can be written, and nobody else’s is', () => {
    const ours = [
      `"${NODE}" "${BUNDLE}" hook claude`,
      `node22 ${BUNDLE}  hook 'claude' `,
      'tmux-persist hook claude',
      '/old/place/tmux-persist hook claude',
    ];
    for (const command of ours) assert.notEqual(hookPaths(command, 'claude'), null, command);
    const others = [
      'tmux-persist hook codex',
      'tmux-persist hook claude; rm x',
      'tmux-persist hook claude | cat',
      'bash /x/tmux-persist.js hook claude',
      'env A=1 tmux-persist hook claude',
      'my-tmux-persist hook claude',
      'echo tmux-persist hook claude',
      'tmux-persist hook $TOOL',
      'tmux-persist hook claude extra',
      '',
    ];
    for (const command of others) assert.equal(hookPaths(command, 'claude'), null, command);
  });
});

for (const tool of HOOK_TOOLS) {
  const command = hookCommand(NODE, BUNDLE, tool.kind);
  const entry = (text: string): JsonObject => (tool.isGrouped ? { hooks: [tool.handler(text)] } : tool.handler(text));
  const settings: JsonObject = {
    ...tool.frame,
    permissions: { deny: ['Read(.env)'] },
    hooks: { PreToolUse: [foreign], [tool.events[0] ?? '']: [foreign, 'odd', { hooks: 'odd' }] },
    model: 'x',
  };

  describe(`hooks of ${tool.kind}`, () => {
    const put = (from: JsonObject, text = command): JsonObject => {
      const result = withHooks(from, tool, text);
      assert.ok(result.ok);
      return result.value;
    };
    const taken = (from: JsonObject): JsonObject | null => {
      const result = withoutHooks(from, tool, command);
      assert.ok(result.ok);
      return result.value;
    };

    test('they go in beside the others, once, and come out again without a trace', () => {
      const once = put(settings);
      assert.deepEqual(Object.keys(once), Object.keys(settings));
      assert.equal(stateOfHooks(once, tool, command), 'installed');
      assert.equal(put(once), once, 'a second time changes nothing');
      assert.equal(JSON.stringify(taken(once)), JSON.stringify(settings));
      assert.equal(taken(settings), settings, 'nothing of ours, nothing to do');
    });

    test('a file that was made for them is nothing without them', () => {
      const made = put({});
      assert.deepEqual(made, {
        ...tool.frame,
        hooks: Object.fromEntries(tool.events.map((event) => [event, [entry(command)]])),
      });
      assert.equal(taken(made), null);
    });

    test('an older path, a second copy, an event too many and a matcher are set right', () => {
      const [event = ''] = tool.events;
      const older = put(settings, hookCommand('/gone/node', '/old/tmux-persist.js', tool.kind));
      const hooks = older['hooks'] as Record<string, readonly JsonObject[]>;
      const muddled = {
        ...older,
        hooks: { ...hooks, Stop: [entry(command)], [event]: [...(hooks[event] ?? []), entry(command)] },
      };
      for (const state of [older, muddled]) {
        assert.equal(stateOfHooks(state, tool, command), 'outdated');
        assert.equal(JSON.stringify(put(state)), JSON.stringify(put(settings)));
        assert.equal(JSON.stringify(taken(state)), JSON.stringify(settings));
      }
    });

    test('settings of another form are refused', () => {
      for (const hooks of [null, [], 'x', 1] as const) assert.equal(withHooks({ hooks }, tool, command).ok, false);
      for (const entries of [null, {}, 'x'] as const) {
        assert.equal(withHooks({ hooks: { [tool.events[0] ?? '']: entries } }, tool, command).ok, false);
      }
    });
  });
}
