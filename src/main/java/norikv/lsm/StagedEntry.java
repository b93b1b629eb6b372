package norikv.lsm;

import norikv.bytes.Bytes;
import norikv.bytes.Region;
import norikv.sstable.Cursor;

/// One received row as the entry of a tablet, for a table's writer: a cursor that goes nowhere.
///
/// **Threads.** Confined to one. **Limits.** Keeps memory for the longest row it met.
final class StagedEntry implements Cursor {
    private static final int BYTES_INITIAL = 64 << 10;

    private final int tablet;
    private final int band;
    private final byte[] key = new byte[InternalKey.BYTES_MAX];
    private int keyLength;

    /// The key, then the value.
    private Region bytes = Region.allocate(BYTES_INITIAL);

    private ShardRow row = new ShardRow(0, Bytes.EMPTY, norikv.domain.Version.NONE, 0, Bytes.EMPTY);

    StagedEntry(int tablet, int band) {
        this.tablet = tablet;
        this.band = band;
    }

    void set(ShardRow next) {
        row = next;
        keyLength = InternalKey.write(key, InternalKey.head(next.space(), band), next.key());
        int length = keyLength + next.value().length();
        if (bytes.length() < length) {
            bytes = Region.allocate(2 * length);
        }
        bytes.copyFrom(0, key, 0, keyLength);
        bytes.copyFrom(
                keyLength, next.value().array(), next.value().offset(), next.value().length());
    }

    @Override
    public boolean isValid() {
        return true;
    }

    @Override
    public void seekToFirst() {
        throw standsStill();
    }

    @Override
    public void seekToLast() {
        throw standsStill();
    }

    @Override
    public void seek(byte[] target, int offset, int length) {
        throw standsStill();
    }

    @Override
    public void seekBefore(byte[] target, int offset, int length) {
        throw standsStill();
    }

    @Override
    public void next() {
        throw standsStill();
    }

    @Override
    public void prev() {
        throw standsStill();
    }

    private static UnsupportedOperationException standsStill() {
        return new UnsupportedOperationException("a cursor over one row");
    }

    @Override
    public long keyPrefix() {
        return InternalKey.prefixOf(key, 0, keyLength);
    }

    @Override
    public Region keyRegion() {
        return bytes;
    }

    @Override
    public int keyOffset() {
        return 0;
    }

    @Override
    public int keyLength() {
        return keyLength;
    }

    @Override
    public int tablet() {
        return tablet;
    }

    @Override
    public long trailer() {
        int kind = row.expiresAtMillis() == 0 ? KIND_PUT : KIND_PUT_TTL;
        return row.at().index() << 8 | kind;
    }

    @Override
    public long expiresAtMillis() {
        return row.expiresAtMillis();
    }

    @Override
    public long term() {
        return row.at().term();
    }

    @Override
    public Region valueRegion() {
        return bytes;
    }

    @Override
    public int valueOffset() {
        return keyLength;
    }

    @Override
    public int valueLength() {
        return row.value().length();
    }

    @Override
    public void close() {}
}
