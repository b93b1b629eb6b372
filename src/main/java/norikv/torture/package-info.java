/// Real processes, what befalls them, and whether clients can tell.
///
/// Read [norikv.torture.Torture] (one run), then [norikv.torture.FaultPlan] (what befalls the
/// nodes, from a seed), then `LinkProxy` (how links are cut without any privilege). The verb
/// `norikv torture` runs it; histories and verdicts are those of [norikv.history].
package norikv.torture;
