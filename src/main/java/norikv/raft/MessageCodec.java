package norikv.raft;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Version;

/// Turns messages into bytes and back. Length and checksum are those of the frame around it.
///
/// ```
/// message = kind u8, group varint, from varint, to varint, term varint, body
///
/// kind                 body
///  1 VOTE_REQUEST      ballot u8, version last
///  2 VOTE_REPLY        ballot u8, granted u8
///  3 APPEND_REQUEST    version prev, commit varint, stamp i64, runs varint, run*
///  4 APPENDED          match varint, stamp i64
///  5 APPEND_REJECTED   prev index varint, version hint, stamp i64
///  6 HEARTBEAT         commit varint, stamp i64, reads varint
///  7 HEARTBEAT_REPLY   commit varint, stamp i64, reads varint
///  8 COMMIT            index varint
///  9 INSTALL_SNAPSHOT  version, log time varint, configuration index varint,
///                      length varint, configuration
/// 10 TIMEOUT_NOW       nothing
///
/// ballot  = 0 PRE | 1 REAL | 2 TRANSFER         granted = 0 | 1
/// version = term varint, index varint
/// run     = term varint, count varint, entry*: entries of one term, one index after the other,
///           the first behind prev; terms of runs ascend
/// entry   = kind u8, log time varint as difference to the entry before (the first: to 0),
///           length varint, command
/// kind    = 0 COMMAND | 1 TERM_START | 2 CONFIGURATION
/// ```
///
/// **Limits.** Numbers are below 2⁵⁶ − 1. An append takes no more than the [Entry#bytes()] of its
/// entries and [#OVERHEAD_BYTES_MAX]. **Errors.** What cannot be read is
/// [NoriException.Malformed]; nothing is allocated on the word of a length alone. **Source.**
/// `wire/raft.md`.
public final class MessageCodec {
    /// What a message takes beside its entries, at most.
    public static final int OVERHEAD_BYTES_MAX = 512;

    private static final int VOTE_REQUEST = 1;
    private static final int VOTE_REPLY = 2;
    private static final int APPEND_REQUEST = 3;
    private static final int APPENDED = 4;
    private static final int APPEND_REJECTED = 5;
    private static final int HEARTBEAT = 6;
    private static final int HEARTBEAT_REPLY = 7;
    private static final int COMMIT = 8;
    private static final int INSTALL_SNAPSHOT = 9;
    private static final int TIMEOUT_NOW = 10;

    private MessageCodec() {}

    /// Writes `message` at the end of `out`.
    public static void encode(ByteWriter out, Message message) {
        switch (message) {
            case Message.VoteRequest m -> {
                head(out, VOTE_REQUEST, m).u8(m.ballot().ordinal());
                version(out, m.last());
            }
            case Message.VoteReply m ->
                    head(out, VOTE_REPLY, m).u8(m.ballot().ordinal()).u8(m.granted() ? 1 : 0);
            case Message.AppendRequest m -> {
                version(head(out, APPEND_REQUEST, m), m.prev());
                out.varint(m.commit()).i64(m.stampNanos());
                entries(out, m.entries());
            }
            case Message.Appended m ->
                    head(out, APPENDED, m).varint(m.match()).i64(m.stampNanos());
            case Message.AppendRejected m -> {
                version(head(out, APPEND_REJECTED, m).varint(m.prevIndex()), m.hint());
                out.i64(m.stampNanos());
            }
            case Message.Heartbeat m ->
                    pulse(head(out, HEARTBEAT, m).varint(m.commit()), m.pulse());
            case Message.HeartbeatReply m ->
                    pulse(head(out, HEARTBEAT_REPLY, m).varint(m.commit()), m.pulse());
            case Message.Commit m -> head(out, COMMIT, m).varint(m.index());
            case Message.InstallSnapshot m -> meta(head(out, INSTALL_SNAPSHOT, m), m.meta());
            case Message.TimeoutNow m -> head(out, TIMEOUT_NOW, m);
        }
    }

    /// {@return the message that all the rest of `in` spells} Commands are copied: the memory
    /// behind `in` may be used again.
    public static Message decode(ByteReader in) {
        int kind = in.u8();
        var head = new Message.Head(number(in), number(in), number(in), number(in));
        Message message =
                switch (kind) {
                    case VOTE_REQUEST -> new Message.VoteRequest(head, ballot(in), version(in));
                    case VOTE_REPLY -> new Message.VoteReply(head, ballot(in), flag(in));
                    case APPEND_REQUEST -> append(head, in);
                    case APPENDED -> new Message.Appended(head, number(in), in.i64());
                    case APPEND_REJECTED ->
                            new Message.AppendRejected(
                                    head, number(in), version(in), in.i64());
                    case HEARTBEAT -> new Message.Heartbeat(head, number(in), pulse(in));
                    case HEARTBEAT_REPLY ->
                            new Message.HeartbeatReply(head, number(in), pulse(in));
                    case COMMIT -> new Message.Commit(head, number(in));
                    case INSTALL_SNAPSHOT -> new Message.InstallSnapshot(head, meta(in));
                    case TIMEOUT_NOW -> new Message.TimeoutNow(head);
                    default -> throw malformed(in, "kind 1 to 10, got " + kind);
                };
        if (in.overrun() || in.remaining() > 0) {
            throw malformed(in, "the end, got " + (in.overrun() ? "none" : "more bytes"));
        }
        return message;
    }

    private static ByteWriter head(ByteWriter out, int kind, Message message) {
        Message.Head head = message.head();
        return out.u8(kind)
                .varint(head.group())
                .varint(head.from())
                .varint(head.to())
                .varint(head.term());
    }

    private static ByteWriter version(ByteWriter out, Version version) {
        return out.varint(version.term()).varint(version.index());
    }

    private static void pulse(ByteWriter out, Message.Pulse pulse) {
        out.i64(pulse.stampNanos()).varint(pulse.reads());
    }

    private static void meta(ByteWriter out, SnapshotMeta meta) {
        version(out, meta.at()).varint(meta.logTimeMillis()).varint(meta.configurationIndex());
        out.lengthAndBytes(meta.configuration().encode());
    }

    private static void entries(ByteWriter out, List<Entry> entries) {
        out.varint(runs(entries));
        long time = 0;
        int end = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (i == end) {
                end = endOfRun(entries, i);
                out.varint(entries.get(i).term()).varint(end - i);
            }
            Entry entry = entries.get(i);
            assert entry.logTimeMillis() >= time : entry.logTimeMillis() + " after " + time;
            out.u8(entry.kind().ordinal()).varint(entry.logTimeMillis() - time);
            out.lengthAndBytes(entry.command());
            time = entry.logTimeMillis();
        }
    }

    private static int runs(List<Entry> entries) {
        int runs = 0;
        for (int i = 0; i < entries.size(); i = endOfRun(entries, i)) {
            runs++;
        }
        return runs;
    }

    private static int endOfRun(List<Entry> entries, int from) {
        int end = from;
        while (end < entries.size() && entries.get(end).term() == entries.get(from).term()) {
            end++;
        }
        return end;
    }

    private static Message.AppendRequest append(Message.Head head, ByteReader in) {
        Version prev = version(in);
        long commit = number(in);
        long stamp = in.i64();
        return new Message.AppendRequest(head, prev, commit, stamp, entries(in, prev.index()));
    }

    private static List<Entry> entries(ByteReader in, long before) {
        List<Entry> entries = new ArrayList<>();
        long time = 0;
        long runs = number(in);
        for (long run = 0; run < runs && !in.overrun(); run++) {
            long term = number(in);
            long count = number(in);
            for (long i = 0; i < count && !in.overrun(); i++) {
                Entry.Kind kind = entryKind(in);
                time += number(in);
                if (time > LogClock.MILLIS_MAX) {
                    throw malformed(in, "log time up to %d".formatted(LogClock.MILLIS_MAX));
                }
                Bytes shared = in.lengthAndBytes();
                Bytes command =
                        Bytes.copyOf(shared.array(), shared.offset(), shared.length());
                var at = new Version(term, before + entries.size() + 1);
                entries.add(new Entry(at, time, kind, command));
            }
        }
        return entries;
    }

    private static Version version(ByteReader in) {
        return new Version(number(in), number(in));
    }

    private static Message.Pulse pulse(ByteReader in) {
        return new Message.Pulse(in.i64(), number(in));
    }

    private static SnapshotMeta meta(ByteReader in) {
        Version at = version(in);
        long time = number(in);
        long configurationIndex = number(in);
        var configuration = Configuration.decode(in.lengthAndBytes());
        return new SnapshotMeta(at, time, configuration, configurationIndex);
    }

    private static Message.Ballot ballot(ByteReader in) {
        return switch (in.u8()) {
            case 0 -> Message.Ballot.PRE;
            case 1 -> Message.Ballot.REAL;
            case 2 -> Message.Ballot.TRANSFER;
            default -> throw malformed(in, "ballot 0 to 2");
        };
    }

    private static Entry.Kind entryKind(ByteReader in) {
        return switch (in.u8()) {
            case 0 -> Entry.Kind.COMMAND;
            case 1 -> Entry.Kind.TERM_START;
            case 2 -> Entry.Kind.CONFIGURATION;
            case 3 -> Entry.Kind.HOST;
            default -> throw malformed(in, "entry kind 0 to 3");
        };
    }

    private static boolean flag(ByteReader in) {
        int flag = in.u8();
        if (flag > 1) {
            throw malformed(in, "0 or 1, got " + flag);
        }
        return flag == 1;
    }

    private static long number(ByteReader in) {
        long number = in.varint();
        if (number < 0 || number >= Sanity.NUMBER_MAX) {
            throw malformed(in, "number below 2^56, got " + Long.toUnsignedString(number));
        }
        return number;
    }

    private static NoriException malformed(ByteReader in, String expected) {
        return new NoriException.Malformed(
                ErrorCode.MALFORMED_FRAME,
                "raft message: byte %d: %s".formatted(in.position(), expected));
    }
}
