/**
 * Where a conversation of Claude is resumed: in a directory whose project folder holds its transcript, because older versions look
 * nowhere else. A conversation without a transcript is gone, and is never begun anew under its id.
 */
import { isAbsolute, join } from 'node:path';
import type { Program } from '../../model/manifest.js';
import { displayText, type Text } from '../../model/text.js';
import type { ClaudeAgent } from './claude-agents.js';
import { CONVERSATION_ID } from './claude-argv.js';
import { claudeProjects, type ClaudeProjects } from './claude-projects.js';
import { isProjectFolderOf, projectOf, projectSlug } from './claude-transcripts.js';
import type { Place, Preflight } from '../family.js';
import { configDirOfProgram } from './live-conversations.js';

/** Returns the directory in which the conversation of a living process is to be resumed, or null when nothing says. */
export function directoryOf(agent: ClaudeAgent, id: string | null, projects: ClaudeProjects): Text | null {
  const { record, entry, cwd, configDir, isOwnFolder } = agent;
  const said = [record?.cwd ?? null, entry?.cwd ?? null, cwd].filter((directory) => directory !== null);
  const here = said[0] ?? null;
  if (id === null || agent.hasFolderName) return here;
  const told = record?.sessionId === id ? record.transcriptPath : null;
  const path = told?.endsWith(`/${id}.jsonl`) === true ? told : projects.locate(configDir, id, isOwnFolder);
  if (path === null) return here;
  const isOfFolder = (directory: Text): boolean => isProjectFolderOf(projectOf(path), displayText(directory));
  return said.find(isOfFolder) ?? projects.read(path)?.cwds.find(isOfFolder) ?? here;
}

/** Returns where a saved conversation is to be resumed, with a null directory when that one is gone; null when the conversation is. */
export function findClaudePlace(program: Program, id: string, { home, files }: Preflight): Place | null {
  if (!CONVERSATION_ID.test(id)) return null;
  const { cwd: saved, env } = program;
  const configDir = configDirOfProgram(program, home);
  // Bytes that are not UTF-8 can't be looked up as text.
  const isThere = typeof saved !== 'string' || (isAbsolute(saved) && files.exists(saved));
  const cwd = isThere ? saved : null;
  const named = env['CLAUDE_CODE_PROJECT_DIR_NAME'];
  const likely = typeof named === 'string' && named !== '' ? named : projectSlug(displayText(saved));
  if (files.exists(join(configDir, 'projects', likely, `${id}.jsonl`))) return { cwd };
  const projects = claudeProjects(files);
  const path = projects.locate(configDir, id, () => true);
  if (path === null) return null;
  const folder = projectOf(path);
  if (cwd !== null && isProjectFolderOf(folder, displayText(cwd))) return { cwd };
  const moved = projects.read(path)?.cwds.find((other) => isProjectFolderOf(folder, other) && files.exists(other));
  return { cwd: moved ?? cwd };
}
