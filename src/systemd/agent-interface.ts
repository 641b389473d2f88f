/**
 * The names and types of org.tmuxpersist.Agent1, shared by the side that serves it and the side that calls it.
 */

/** The name of the interface, and that of the default socket's agent on the bus. */
export const agentName = 'org.tmuxpersist.Agent1';
/** The object path of the agent. */
export const agentPath = '/org/tmuxpersist/Agent1';
/** Errors of the agent are this and a reason in PascalCase. */
export const agentErrorPrefix = 'org.tmuxpersist.Error.';

/** What a caller may ask of a restore; on the bus an a{sv} with the same keys. */
export interface RestoreOptions {
  /** The id of the saved state; the last good one when left out. */
  readonly from?: string;
  readonly closed?: boolean;
  readonly dryRun?: boolean;
  readonly noPrograms?: boolean;
}

/** The keys of the options, with their D-Bus types. */
export const restoreOptionTypes = {
  from: 'string',
  closed: 'boolean',
  dryRun: 'boolean',
  noPrograms: 'boolean',
} as const satisfies Record<keyof RestoreOptions, string>;

/** The introspection of the agent's object. */
export const agentXml = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
<node>
  <interface name="${agentName}">
    <method name="Save">
      <arg name="report" type="s" direction="out"/>
    </method>
    <method name="Restore">
      <arg name="sessions" type="as" direction="in"/>
      <arg name="options" type="a{sv}" direction="in"/>
      <arg name="report" type="s" direction="out"/>
    </method>
    <method name="Status">
      <arg name="report" type="s" direction="out"/>
    </method>
    <property name="State" type="s" access="read"/>
    <property name="LastSavedAt" type="s" access="read"/>
    <property name="Sessions" type="u" access="read"/>
    <property name="Version" type="s" access="read">
      <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="const"/>
    </property>
    <signal name="Saved">
      <arg name="id" type="s"/>
    </signal>
    <signal name="ServerLost">
      <arg name="cause" type="s"/>
    </signal>
    <signal name="Restored">
      <arg name="report" type="s"/>
    </signal>
  </interface>
  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get">
      <arg name="interface" type="s" direction="in"/>
      <arg name="property" type="s" direction="in"/>
      <arg name="value" type="v" direction="out"/>
    </method>
    <method name="GetAll">
      <arg name="interface" type="s" direction="in"/>
      <arg name="properties" type="a{sv}" direction="out"/>
    </method>
    <method name="Set">
      <arg name="interface" type="s" direction="in"/>
      <arg name="property" type="s" direction="in"/>
      <arg name="value" type="v" direction="in"/>
    </method>
    <signal name="PropertiesChanged">
      <arg name="interface" type="s"/>
      <arg name="changed" type="a{sv}"/>
      <arg name="invalidated" type="as"/>
    </signal>
  </interface>
  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect">
      <arg name="xml" type="s" direction="out"/>
    </method>
  </interface>
  <interface name="org.freedesktop.DBus.Peer">
    <method name="Ping"/>
  </interface>
</node>
`;
