/// A segmented log of opaque records, written by one loop, one force for many.
///
/// ```java
/// import module norikv;
///
/// void main(String[] args) {
///     Disk disk = FileDisk.open(Path.of(args[0]));
///     FaultHandler faults = (where, cause) -> System.exit(70); // nothing may go on after that
///     Loops loops = new ThreadLoops(faults);
///     var options = WalOptions.defaults(new SystemRandom().nextLong());
///     Signal durable = loops.signal();
///     Replay replay = (position, record) -> { assert record.remaining() == 1; };
///     try (Wal wal = Wal.open(disk, "log", options, loops, Meter.NONE, Event.Sink.NONE, faults,
///             SegmentHead.NONE, replay)) {
///         wal.append(new WalRecord() {
///             protected int length() { return 1; }
///             protected void writeTo(ByteBuffer target) { target.put((byte) 42); }
///             protected void durable(long position) { durable.raise(); }
///         });
///         assert durable.await(loops.clock().nanoTime() + 30_000_000_000L); // for acknowledging
///     }
/// }
/// ```
///
/// Read [norikv.wal.Wal], then [norikv.wal.WalRecord], then [norikv.wal.SegmentHead]. The bytes are
/// drawn in `Frame` and `SegmentHeader`, and in `wire/files.md`. Knows nothing about what the
/// records mean; usable alone.
package norikv.wal;
