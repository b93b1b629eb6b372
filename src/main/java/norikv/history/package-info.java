/// What clients asked of a store, when, and what came out; and whether that can be explained.
///
/// Read [norikv.history.Operation] with [norikv.history.Call] and [norikv.history.Outcome], then
/// [norikv.history.HistoryReport]: it runs [norikv.history.VersionCheck] and
/// [norikv.history.SearchCheck], which share no idea, and [norikv.history.StaleCheck]. The
/// simulator and `norikv torture` record histories and check them with what is here.
package norikv.history;
