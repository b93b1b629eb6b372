/// Time, threads and waiting: the only package that reads a clock or makes a thread.
///
/// Read [norikv.work.Step], [norikv.work.Loop], then [norikv.work.Loops]. Whatever runs by itself
/// is a step that never waits; a thread drives it in production, a seed in tests.
package norikv.work;
