/**
 * Serves org.tmuxpersist.Agent1. Methods only translate: arguments in, the handler's text or a named error out.
 */
import { fail, ok, type Failure, type Result } from '../model/failure.js';
import type { AgentState } from '../model/report.js';
import {
  agentErrorPrefix,
  agentName,
  agentPath,
  agentXml,
  restoreOptionTypes,
  type RestoreOptions,
} from './agent-interface.js';
import { busDaemon, type Bus, type IncomingCall, type Reply } from './bus.js';
import { toVariants } from './bus-values.js';

/** What the agent does when it is called. */
export interface AgentHandlers {
  /** Each returns the text that goes back, JSON by contract. */
  save(): Promise<Result<string>>;
  restore(sessions: readonly string[], options: RestoreOptions): Promise<Result<string>>;
  status(): Promise<Result<string>>;
  /** Returns the sentence that a caller reads. */
  describe(failure: Failure): string;
  /** Takes what a handler threw: a bug, of which the caller learns nothing. */
  onBug(error: unknown): void;
}

/** The properties on the bus. */
export interface AgentProperties {
  readonly state: AgentState;
  /** ISO 8601, or empty when nothing was saved yet. */
  readonly lastSavedAt: string;
  readonly sessions: number;
  readonly version: string;
}

/** The agent as others see it. */
export interface AgentService {
  /** Changes properties, and tells those that changed. */
  update(changes: Partial<Omit<AgentProperties, 'version'>>): void;
  saved(id: string): void;
  serverLost(cause: string): void;
  restored(report: string): void;
}

const standard = {
  peer: 'org.freedesktop.DBus.Peer',
  introspectable: 'org.freedesktop.DBus.Introspectable',
  properties: 'org.freedesktop.DBus.Properties',
  error: 'org.freedesktop.DBus.Error.',
};

/** Serves the agent and then takes its name; fails with `agent-running` when another agent has it. */
export async function serveAgent(
  bus: Bus,
  handlers: AgentHandlers,
  initial: AgentProperties,
  name: string = agentName,
): Promise<Result<AgentService>> {
  let current = initial;
  const stopServing = bus.serve(async (call) => {
    try {
      return await answer(call, handlers, current);
    } catch (error) {
      handlers.onBug(error);
      return refuse(`${agentErrorPrefix}Internal`, 'internal error; the journal of the agent has the details');
    }
  });
  const owned = await bus.requestName(name);
  if (!owned.ok || !owned.value) {
    stopServing();
    return owned.ok ? fail({ reason: 'agent-running', pid: await ownerPid(bus, name) }) : owned;
  }
  const emit = (member: string, text: string) => {
    bus.emit(agentPath, agentName, member, 's', [text]);
  };
  return ok({
    update(changes) {
      const before = propertiesOf(current);
      current = { ...current, ...changes };
      const changed = Object.entries(propertiesOf(current)).filter(([key, value]) => before[key] !== value);
      if (changed.length === 0) return;
      const body = [agentName, toVariants(Object.fromEntries(changed)), []];
      bus.emit(agentPath, standard.properties, 'PropertiesChanged', 'sa{sv}as', body);
    },
    saved(id) {
      emit('Saved', id);
    },
    serverLost(cause) {
      emit('ServerLost', cause);
    },
    restored(report) {
      emit('Restored', report);
    },
  });
}

/** Returns the error name of a failure: the prefix and its reason in PascalCase. */
export const errorName = (failure: Failure): string =>
  agentErrorPrefix + failure.reason.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

async function ownerPid(bus: Bus, name: string): Promise<number> {
  const reply = await bus.call(busDaemon, 'GetConnectionUnixProcessID', 's', [name]);
  return reply.ok && typeof reply.value[0] === 'number' ? reply.value[0] : 0;
}

async function answer(call: IncomingCall, handlers: AgentHandlers, current: AgentProperties): Promise<Reply> {
  if (call.interface === standard.peer && call.member === 'Ping') return { signature: '', body: [] };
  if (call.interface === standard.introspectable && call.member === 'Introspect') {
    const xml = introspect(call.path);
    if (xml !== null) return { signature: 's', body: [xml] };
  }
  if (call.path !== agentPath) return refuse(`${standard.error}UnknownObject`, `there is no object at ${call.path}`);
  if (call.interface === standard.properties) return answerProperty(call, propertiesOf(current));
  if (call.interface !== agentName && call.interface !== '') {
    return refuse(`${standard.error}UnknownInterface`, `there is no interface ${call.interface}`);
  }
  const reply = (result: Result<string>): Reply =>
    result.ok
      ? { signature: 's', body: [result.value] }
      : refuse(errorName(result.error), handlers.describe(result.error));
  switch (`${call.member}(${call.signature})`) {
    case 'Save()':
      return reply(await handlers.save());
    case 'Status()':
      return reply(await handlers.status());
    case 'Restore(asa{sv})': {
      const options = parseOptions(call.body[1] as Record<string, unknown>);
      if (typeof options === 'string') return refuse(`${standard.error}InvalidArgs`, options);
      return reply(await handlers.restore(call.body[0] as string[], options));
    }
  }
  if (['Save', 'Status', 'Restore'].includes(call.member)) {
    return refuse(`${standard.error}InvalidArgs`, `${call.member} does not take '${call.signature}'`);
  }
  return refuse(`${standard.error}UnknownMethod`, `there is no method ${call.member}`);
}

/** Returns the options, or the sentence that says what is wrong with them: a misspelt one must not restore too much. */
function parseOptions(entries: Readonly<Record<string, unknown>>): RestoreOptions | string {
  const types: Readonly<Record<string, string>> = restoreOptionTypes;
  for (const [key, value] of Object.entries(entries)) {
    const type = Object.hasOwn(types, key) ? types[key] : undefined;
    if (type === undefined) return `there is no option '${key}'`;
    if (typeof value !== type) return `option '${key}' must be a ${type}`;
  }
  return { ...entries };
}

function answerProperty(call: IncomingCall, values: Readonly<Record<string, string | number>>): Reply {
  const [interfaceName, key] = call.body as [string, string];
  if (interfaceName !== agentName && interfaceName !== '') {
    return refuse(`${standard.error}UnknownInterface`, `there is no interface ${interfaceName}`);
  }
  if (call.member === 'GetAll' && call.signature === 's') return { signature: 'a{sv}', body: [toVariants(values)] };
  const isGet = call.member === 'Get' && call.signature === 'ss';
  const isSet = call.member === 'Set' && call.signature === 'ssv';
  if (!isGet && !isSet) return refuse(`${standard.error}UnknownMethod`, `there is no method ${call.member}`);
  const variant = Object.hasOwn(values, key) ? toVariants(values)[key] : undefined;
  if (variant === undefined) return refuse(`${standard.error}UnknownProperty`, `there is no property ${key}`);
  if (isSet) return refuse(`${standard.error}PropertyReadOnly`, `property ${key} can't be written`);
  return { signature: 'v', body: [variant] };
}

const propertiesOf = (current: AgentProperties): Readonly<Record<string, string | number>> => ({
  State: current.state,
  LastSavedAt: current.lastSavedAt,
  Sessions: current.sessions,
  Version: current.version,
});

/** Returns the description of an object; those above the agent's only name the next one, so that tools can walk there. */
function introspect(path: string): string | null {
  if (path === agentPath) return agentXml;
  const above = path === '/' ? '/' : `${path}/`;
  if (!agentPath.startsWith(above)) return null;
  return `<node><node name="${agentPath.slice(above.length).split('/', 1).join('')}"/></node>`;
}

const refuse = (name: string, detail: string): Reply => ({ errorName: name, detail });
