/// What a node tells about itself: counters, gauges, histograms and typed events. No I/O here.
///
/// Read [norikv.observe.Meter], then [norikv.observe.Event], then [norikv.observe.Registry] with
/// [norikv.observe.Exposition].
package norikv.observe;
