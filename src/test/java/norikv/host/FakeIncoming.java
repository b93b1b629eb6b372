package norikv.host;

import norikv.bytes.Bytes;
import norikv.domain.ShardId;
import norikv.port.ShardStore;
import norikv.port.Storage;

/// Takes any chunk.
final class FakeIncoming implements ShardStore.Incoming {
    private final Storage.Applied place;
    private final int chunks;
    int taken;
    boolean isSealed;
    boolean isRight;

    FakeIncoming(Storage.Applied place, int chunks) {
        this.place = place;
        this.chunks = chunks;
    }

    @Override
    public ShardId shard() {
        return new ShardId(0);
    }

    @Override
    public int tablet() {
        return 7;
    }

    @Override
    public boolean take(Bytes chunk) {
        taken++;
        return taken == chunks;
    }

    @Override
    public ShardStore.Mark mark() {
        return new ShardStore.Mark(taken, 0, Bytes.EMPTY, ShardStore.Digest.NOTHING);
    }

    @Override
    public Storage.Applied place() {
        return place;
    }

    @Override
    public void seal() {
        isSealed = true;
    }

    @Override
    public boolean verify(int blocksMax) {
        return isRight;
    }

    @Override
    public void ingest() {}

    @Override
    public void goLive() {}

    @Override
    public void close() {}
}
