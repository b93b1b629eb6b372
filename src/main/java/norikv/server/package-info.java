/// A node as a process: its settings, and the composition root that builds it from its parts.
///
/// Read [norikv.server.ConfigKey] for what can be set, then [norikv.server.Config].
package norikv.server;
