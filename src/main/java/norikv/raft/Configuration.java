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
    private static final int FORMAT = 1;

    /// The longest encoding, bytes: four counts and as many ids as there may be, twice.
    private static final int BYTES_MAX = 1 + 4 + 2 * 8 * Members.COUNT_MAX;

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
        var out = new ByteWriter(64, BYTES_MAX).u8(FORMAT);
        write(out, voters);
        write(out, outgoing);
        write(out, learners);
        write(out, learnersNext);
        return out.toBytes();
    }

    /// {@return the configuration that `command` spells}
    ///
    /// **Errors.** [NoriException.Malformed]: every replica must make the same of an entry, so
    /// nothing unknown is passed over.
    public static Configuration decode(Bytes command) {
        var in = ByteReader.of(command);
        int format = in.u8();
        require(format == FORMAT, "configuration format: 1, got " + format);
        var decoded = new Configuration(read(in), read(in), read(in), read(in));
        require(
                !in.overrun() && in.remaining() == 0,
                "configuration: %d bytes, got %d".formatted(in.position(), command.length()));
        return decoded;
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
