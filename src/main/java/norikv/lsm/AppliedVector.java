package norikv.lsm;

/// Where every live tablet stood when a memtable was frozen: what its flush makes durable, and what
/// readers that had pinned the memtable may see.
///
/// **Threads.** Immutable.
final class AppliedVector {
    private final TabletMap tablets;
    private final long[] indexes;
    private final long[] terms;
    private final long[] logTimes;

    private AppliedVector(TabletMap tablets) {
        this.tablets = tablets;
        int size = tablets.size();
        indexes = new long[size];
        terms = new long[size];
        logTimes = new long[size];
    }

    /// {@return where the tablets stand now} Only while nobody publishes.
    static AppliedVector of(TabletMap tablets) {
        var vector = new AppliedVector(tablets);
        var reading = new AppliedReading();
        for (int slot = 0; slot < tablets.size(); slot++) {
            tablets.at(slot).applied().load(reading);
            vector.indexes[slot] = reading.index;
            vector.terms[slot] = reading.term;
            vector.logTimes[slot] = reading.logTimeMillis;
        }
        return vector;
    }

    /// {@return where the tablets stand in tables now}
    static AppliedVector durable(TabletMap tablets) {
        var vector = new AppliedVector(tablets);
        for (int slot = 0; slot < tablets.size(); slot++) {
            AppliedAt place = tablets.at(slot).durable();
            vector.indexes[slot] = place.at().index();
            vector.terms[slot] = place.at().term();
            vector.logTimes[slot] = place.logTimeMillis();
        }
        return vector;
    }

    TabletMap tablets() {
        return tablets;
    }

    /// Replaces `into` by where tablet `id` stood; leaves it alone if the tablet was not live then:
    /// nothing was written to it since.
    void read(int id, AppliedReading into) {
        int slot = tablets.slotOf(id);
        if (slot >= 0) {
            readSlot(slot, into);
        }
    }

    void readSlot(int slot, AppliedReading into) {
        into.set(indexes[slot], terms[slot], logTimes[slot]);
    }
}
