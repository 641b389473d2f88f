/** Which variables are saved: never a secret, never what belongs to one login. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStorableVariable } from '../../src/model/environment.js';

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

test('a few harmless variables are saved without being asked for', () => {
  for (const name of words('PATH LANG LANGUAGE LC_ALL LC_TIME TZ EDITOR VISUAL PAGER'))
    assert.ok(isStorableVariable(name, []), name);
});

test('others are saved when their user names them', () => {
  for (const name of words('VIRTUAL_ENV GIT_AUTHOR_NAME AUTHOR PATTERN AUTHENTIK_URL x _x9')) {
    assert.equal(isStorableVariable(name, []), false, name);
    assert.ok(isStorableVariable(name, ['OTHER', name]), name);
  }
});

test('what belongs to one login is never saved, even when it is asked for', () => {
  const names = words(`SSH_AUTH_SOCK SSH_AGENT_PID SSH_CONNECTION SSH_CLIENT SSH_TTY DISPLAY WAYLAND_DISPLAY XAUTHORITY
    TMUX TMUX_PANE TMUX_TMPDIR DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_SESSION_ID XDG_SESSION_TYPE WINDOWID KRB5CCNAME
    INVOCATION_ID JOURNAL_STREAM NOTIFY_SOCKET LISTEN_FDS TERM LD_PRELOAD GPG_AGENT_INFO PWD`);
  for (const name of names) assert.equal(isStorableVariable(name, [name]), false, name);
});

test('what may be a secret is never saved, even when it is asked for', () => {
  const names =
    words(`API_KEY ANTHROPIC_API_KEY OPENAI_APIKEY KEY KEYS AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN GITHUB_TOKEN
    TOKEN GH_TOKENS SECRET CLIENT_SECRETS DB_PASSWORD PGPASSWORD PASSWD DB_PASS GOOGLE_APPLICATION_CREDENTIALS AUTH BASIC_AUTH
    AUTH_HEADER npm_config_auth_token api_key Secret_Name MYSQL_PWD GITLAB_PAT SSHPASS_PASSPHRASE
    KEYBOARD BYPASS_LIST TOKENIZERS_PARALLELISM MYKEYS APP_CREDENTIALS_FILE`);
  for (const name of names) assert.equal(isStorableVariable(name, [name]), false, name);
});

test('what can not be a name in a shell is never saved', () => {
  for (const name of ['', '1X', 'A B', 'A=B', 'A-B', 'A\n', 'É', '__proto__ '])
    assert.equal(isStorableVariable(name, [name]), false, JSON.stringify(name));
});
