package norikv.raft;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// Who belongs to a group, and who of them decides.
///
/// A change of voters goes through a joint configuration, in which a majority of the old voters
/// **and** a majority of the new ones must agree. A configuration takes effect when its entry is
/// committed. **Source.** Raft dissertation §4.3; `wire/raft.md`.
///
/// @param voters who decides; while joint, the new ones
/// @param outgoing the old voters, who decide as well while joint; empty otherwise
/// @param learners who gets the log and decides nothing
/// @param learnersNext old voters that become learners when the joint configuration is left: nobody
///     is ever both at once
public record Configuration(
        Members voters, Members outgoing, Members learners, Members learnersNext) {
    /// The most bytes that a host may put beside a configuration.
    public static final int CONTEXT_BYTES_MAX = 256;

    private static final int FORMAT = 1;

    /// The format of a configuration that has a context.
    private static final int FORMAT_WITH_CONTEXT = 2;

    /// The longest encoding, bytes: four counts and as many ids as there may be, twice, and the
    /// context with its length.
    private static final int BYTES_MAX =
            1 + 4 + 2 * 8 * Members.COUNT_MAX + 2 + CONTEXT_BYTES_MAX;

    /// **Errors.** [NoriException.Malformed] when nobody decides, somebody has two parts that
    /// exclude each other, or there are too many.
    public Configuration {
        require(!voters.isEmpty(), "voters: at least one, got none");
        Members deciding = voters.plus(outgoing);
        require(
                learners.common(deciding).isEmpty(),
                "learners: none that votes, got " + learners.common(deciding));
        require(
                learnersNext.minus(outgoing).isEmpty() && learnersNext.common(voters).isEmpty(),
                "next learners: old voters that are no new ones, got " + learnersNext);
        deciding.plus(learners);
    }

    /// {@return a configuration that is not joint}
    public static Configuration of(Members voters, Members learners) {
        return new Configuration(voters, Members.NONE, learners, Members.NONE);
    }

    public boolean isJoint() {
        return !outgoing.isEmpty();
    }

    /// {@return whether `id` decides, as an old voter or a new one}
    public boolean isVoter(long id) {
        return voters.contains(id) || outgoing.contains(id);
    }

    /// {@return everybody who gets the log}
    public Members all() {
        return voters.plus(outgoing).plus(learners);
    }

    /// {@return the configuration to go to next on the way to `target`, which is not joint} With
    /// the same voters it is `target` itself, else the joint one.
    Configuration towards(Configuration target) {
        assert !isJoint() : this;
        assert !target.isJoint() : target;
        if (voters.equals(target.voters)) {
            return target;
        }
        Members next = target.learners.common(voters);
        return new Configuration(target.voters, voters, target.learners.minus(next), next);
    }

    /// {@return what is left when the old voters are let go}
    Configuration left() {
        assert isJoint() : this;
        return of(voters, learners.plus(learnersNext));
    }

    /// {@return the command of the entry that brings this configuration into effect}
    public Bytes encode() {
        return encode(Bytes.EMPTY);
    }

    /// {@return the command of the entry that brings this configuration into effect}
    ///
    /// @param context what the host has to say with it, up to [#CONTEXT_BYTES_MAX]; nobody here
    ///     looks into it
    public Bytes encode(Bytes context) {
        require(
                context.length() <= CONTEXT_BYTES_MAX,
                "context: up to %d bytes, got %d"
                        .formatted(CONTEXT_BYTES_MAX, context.length()));
        var out = new ByteWriter(64, BYTES_MAX);
        out.u8(context.isEmpty() ? FORMAT : FORMAT_WITH_CONTEXT);
        write(out, voters);
        write(out, outgoing);
        write(out, learners);
        write(out, learnersNext);
        if (!context.isEmpty()) {
            out.varint(context.length()).bytes(context);
        }
        return out.toBytes();
    }

    /// {@return the configuration that `command` spells}
    ///
    /// **Errors.** [NoriException.Malformed]: every replica must make the same of an entry, so
    /// nothing unknown is passed over.
    public static Configuration decode(Bytes command) {
        return Spelled.of(command).configuration;
    }

    /// {@return what its host put beside the configuration that `command` spells}
    ///
    /// **Errors.** [NoriException.Malformed] as [#decode].
    public static Bytes context(Bytes command) {
        return Spelled.of(command).context;
    }

    private record Spelled(Configuration configuration, Bytes context) {
        static Spelled of(Bytes command) {
            var in = ByteReader.of(command);
            int format = in.u8();
            boolean hasContext = format == FORMAT_WITH_CONTEXT;
            require(hasContext || format == FORMAT, "configuration format: 1 or 2, got " + format);
            var decoded = new Configuration(read(in), read(in), read(in), read(in));
            Bytes context = Bytes.EMPTY;
            if (hasContext) {
                context = in.bytes(in.varintUpTo(CONTEXT_BYTES_MAX));
                require(!context.isEmpty(), "context: at least 1 byte in format 2, got none");
            }
            require(
                    !in.overrun() && in.remaining() == 0,
                    "configuration: %d bytes, got %d".formatted(in.position(), command.length()));
            return new Spelled(decoded, context);
        }
    }

    private static void write(ByteWriter out, Members members) {
        out.varint(members.count());
        for (int i = 0; i < members.count(); i++) {
            out.varint(members.id(i));
        }
    }

    private static Members read(ByteReader in) {
        long[] ids = new long[in.varintUpTo(Members.COUNT_MAX)];
        long before = 0;
        for (int i = 0; i < ids.length; i++) {
            ids[i] = in.varint();
            require(ids[i] > before, "members: ascending ids, got %d".formatted(ids[i]));
            before = ids[i];
        }
        return Members.of(ids);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new NoriException.Malformed(ErrorCode.INVALID_ARGUMENT, otherwise);
        }
    }

    @Override
    public String toString() {
        String text = "voters " + voters;
        if (isJoint()) {
            text += " outgoing " + outgoing;
        }
        if (!learners.isEmpty()) {
            text += " learners " + learners;
        }
        return learnersNext.isEmpty() ? text : text + " next learners " + learnersNext;
    }
}
