/// The command line: one program, many verbs. Data goes to standard output, everything meant for
/// people to standard error, and the exit code says how it went.
///
/// Read [norikv.cli.Main], then [norikv.cli.Verb], then the command of the verb.
package norikv.cli;
