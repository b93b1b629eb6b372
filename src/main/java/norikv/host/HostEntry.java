package norikv.host;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.port.ShardStore.Digest;
import norikv.port.Storage;
import norikv.raft.Members;

/// An entry with which the replicas of a shard compare what they hold. It takes its place in the
/// log and moves log time as any entry does, and changes no row: no key ever has its version.
///
/// ```text
/// format u8 = 1 ‖ kind u8 ‖
/// 1 CHECK    nothing
/// 2 VERIFY   term varint ‖ index varint ‖ log time varint ‖ count varint ‖
///            (replica varint, ascending ‖ rows varint ‖ hash u64)*
/// ```
///
/// **Errors.** Nothing unknown is skipped: [NoriException.Broken] for what this build does not
/// understand. **Source.** `wire/files.md`, entries of the host.
sealed interface HostEntry {
    /// The command of every CHECK.
    Bytes CHECK = new Check().encode();

    /// Each replica takes a view of the shard at this entry, and computes its digest.
    record Check() implements HostEntry {}

    /// What some replicas hold at a CHECK.
    ///
    /// @param place of that entry
    /// @param digests by replica; at least two
    record Verify(Storage.Applied place, Map<Long, Digest> digests) implements HostEntry {
        public Verify {
            digests = Collections.unmodifiableSortedMap(new TreeMap<>(digests));
        }
    }

    /// {@return this as a command}
    default Bytes encode() {
        var out = new ByteWriter(128).u8(1);
        switch (this) {
            case Check _ -> out.u8(1);
            case Verify(var place, var digests) -> {
                out.u8(2).varint(place.at().term()).varint(place.at().index());
                out.varint(place.logTimeMillis()).varint(digests.size());
                digests.forEach(
                        (replica, digest) ->
                                out.varint(replica).varint(digest.rows()).i64(digest.hash()));
            }
        }
        return out.toBytes();
    }

    /// {@return what `command` says}
    static HostEntry decode(Bytes command) {
        var in = ByteReader.of(command);
        int format = in.u8();
        int kind = in.u8();
        if (in.overrun() || format != 1) {
            throw broken("format 1", format);
        }
        HostEntry entry =
                switch (kind) {
                    case 1 -> new Check();
                    case 2 -> verify(in);
                    default -> throw broken("kind 1 or 2", kind);
                };
        if (in.overrun() || in.remaining() > 0) {
            throw broken("its own bytes, no more and no less", command.length());
        }
        return entry;
    }

    private static Verify verify(ByteReader in) {
        var at = new Version(number(in), number(in));
        var place = new Storage.Applied(at, number(in));
        int count = in.varintUpTo(Members.COUNT_MAX);
        var digests = new TreeMap<Long, Digest>();
        for (int i = 0; i < count; i++) {
            long replica = number(in);
            var digest = new Digest(number(in), in.i64());
            if (in.overrun() || !digests.isEmpty() && replica <= digests.lastKey()) {
                throw broken("replicas that ascend", replica);
            }
            digests.put(replica, digest);
        }
        if (digests.size() < 2) {
            throw broken("digests of two replicas at least", count);
        }
        return new Verify(place, digests);
    }

    private static long number(ByteReader in) {
        long number = in.varint();
        if (in.overrun() || number < 0) {
            throw broken("a number", number);
        }
        return number;
    }

    private static NoriException.Broken broken(String expected, long found) {
        return new NoriException.Broken(
                ErrorCode.INTERNAL,
                "entry of the host: expected %s, got %d: was it written by a newer version?"
                        .formatted(expected, found));
    }
}
