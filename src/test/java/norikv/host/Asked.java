package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.ReplicatedLog;

/// A proposal that notes what it is told, and fails when it is told what cannot be.
final class Asked implements ReplicatedLog.Proposal {
    enum Fate {
        UNKNOWN,
        APPENDED,
        APPLIED,
        REFUSED,
        LOST
    }

    final ShardId shard;
    final Bytes command;
    Fate fate = Fate.UNKNOWN;
    Version at = Version.NONE;
    Optional<NoriException> reason = Optional.empty();
    private final Witness witness;

    Asked(ShardId shard, Bytes command, Witness witness) {
        this.shard = shard;
        this.command = command;
        this.witness = witness;
    }

    @Override
    public ShardId shard() {
        return shard;
    }

    @Override
    public Bytes command() {
        return command;
    }

    @Override
    public void appended(Version place) {
        move(Fate.UNKNOWN, Fate.APPENDED);
        at = place;
        witness.register(this);
    }

    @Override
    public void refused(NoriException why) {
        move(Fate.UNKNOWN, Fate.REFUSED);
        reason = Optional.of(why);
    }

    void applied() {
        move(Fate.APPENDED, Fate.APPLIED);
    }

    void lost() {
        move(Fate.APPENDED, Fate.LOST);
    }

    void assertRefused(norikv.domain.ErrorCode code) {
        assertEquals(Fate.REFUSED, fate);
        assertEquals(code, reason.orElseThrow().code());
    }

    private void move(Fate from, Fate to) {
        assertTrue(fate == from, () -> "%s after %s".formatted(to, fate));
        fate = to;
    }
}
