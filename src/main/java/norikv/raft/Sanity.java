package norikv.raft;

import java.util.List;
import norikv.domain.NoriException;
import norikv.domain.Version;

/// Says which messages a correct replica can have sent at all. Whatever comes from outside passes
/// here first: what does not is counted and dropped, and never reaches an assertion.
final class Sanity {
    /// The greatest term, and the greatest index: both fit where other formats keep 56 bits.
    static final long NUMBER_MAX = (1L << 56) - 1;

    private Sanity() {}

    /// {@return whether `message` may be meant for replica `self` of `group`}
    static boolean isPossible(Message message, long group, long self) {
        Message.Head head = message.head();
        return head.group() == group
                && head.to() == self
                && head.from() != self
                && head.from() > 0
                && head.from() <= Members.ID_MAX
                && head.term() > 0
                && head.term() < NUMBER_MAX
                && isPossible(message);
    }

    private static boolean isPossible(Message message) {
        long term = message.head().term();
        return switch (message) {
            case Message.VoteRequest m -> isVersion(m.last()) && m.last().term() < term;
            case Message.AppendRequest m -> isPossible(m);
            case Message.Appended m -> isNumber(m.match());
            case Message.AppendRejected m ->
                    isNumber(m.prevIndex())
                            && m.prevIndex() > 0
                            && isVersion(m.hint())
                            && m.hint().index() <= m.prevIndex();
            case Message.Heartbeat m -> isNumber(m.commit()) && m.pulse().reads() >= 0;
            case Message.HeartbeatReply m -> isNumber(m.commit()) && m.pulse().reads() >= 0;
            case Message.Commit m -> isNumber(m.index());
            case Message.InstallSnapshot m -> isPossible(m.meta(), term);
            case Message.VoteReply _, Message.TimeoutNow _ -> true;
        };
    }

    private static boolean isPossible(Message.AppendRequest append) {
        if (!isVersion(append.prev()) || !isNumber(append.commit())) {
            return false;
        }
        Version before = append.prev();
        long time = 0;
        List<Entry> entries = append.entries();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (entry.index() != before.index() + 1
                    || entry.term() < before.term()
                    || !isTime(entry.logTimeMillis())
                    || entry.logTimeMillis() < time
                    || !isReadable(entry)) {
                return false;
            }
            before = entry.at();
            time = entry.logTimeMillis();
        }
        return before.term() <= append.head().term() && before.index() < NUMBER_MAX;
    }

    private static boolean isReadable(Entry entry) {
        if (entry.kind() == Entry.Kind.CONFIGURATION) {
            try {
                Configuration.decode(entry.command());
            } catch (NoriException.Malformed _) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPossible(SnapshotMeta meta, long term) {
        return isVersion(meta.at())
                && meta.at().index() > 0
                && meta.at().term() <= term
                && isTime(meta.logTimeMillis())
                && meta.configurationIndex() >= 0
                && meta.configurationIndex() <= meta.at().index();
    }

    private static boolean isVersion(Version version) {
        return isNumber(version.term()) && isNumber(version.index());
    }

    private static boolean isTime(long millis) {
        return millis >= 0 && millis <= LogClock.MILLIS_MAX;
    }

    private static boolean isNumber(long number) {
        return number >= 0 && number < NUMBER_MAX;
    }
}
