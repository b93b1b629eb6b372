package norikv.raft;

import java.util.List;
import java.util.stream.Collectors;

/// Says in few words what a scenario sees.
final class Said {
    private Said() {}

    static String message(Message message) {
        Message.Head head = message.head();
        return "%d>%d t%d %s".formatted(head.from(), head.to(), head.term(), body(message));
    }

    /// {@return one line about what a node just did in a random world}
    static String trace(long nowNanos, SimNode node) {
        String what = "%9.3f n%d %s".formatted(nowNanos / 1e9, node.id, status(node.raft.status()));
        return what.lines().findFirst().orElseThrow()
                + " now "
                + node.ready.sendNow().stream().map(Said::message).toList()
                + " then "
                + node.ready.sendAfterPersist().stream().map(Said::message).toList();
    }

    private static String body(Message message) {
        return switch (message) {
            case Message.VoteRequest m -> "%s vote? log %s".formatted(m.ballot(), m.last());
            case Message.VoteReply m ->
                    "%s vote %s".formatted(m.ballot(), m.granted() ? "granted" : "refused");
            case Message.AppendRequest m ->
                    "append after %s [%s] commit %d"
                            .formatted(m.prev(), entries(m.entries()), m.commit());
            case Message.Appended m -> "appended up to " + m.match();
            case Message.AppendRejected m ->
                    "lacks %d, may share %s".formatted(m.prevIndex(), m.hint());
            case Message.Heartbeat m ->
                    "heartbeat commit %d reads %d".formatted(m.commit(), m.pulse().reads());
            case Message.HeartbeatReply m ->
                    "alive commit %d reads %d".formatted(m.commit(), m.pulse().reads());
            case Message.Commit m -> "commit " + m.index();
            case Message.InstallSnapshot m -> "snapshot at " + m.meta().at();
            case Message.TimeoutNow _ -> "take over";
        };
    }

    static String entries(List<Entry> entries) {
        return entries.stream().map(Said::entry).collect(Collectors.joining(", "));
    }

    static String entry(Entry entry) {
        return switch (entry.kind()) {
            case COMMAND -> entry.at() + " " + entry.command().toUtf8();
            case TERM_START -> entry.at() + " (start)";
            case HOST -> entry.at() + " (host)";
            case CONFIGURATION ->
                    entry.at() + " (" + Configuration.decode(entry.command()) + ")";
        };
    }

    static String face(Status s) {
        String who =
                switch (s.part()) {
                    case LEADER -> "leads term " + s.term();
                    case CANDIDATE -> "asks for votes in term " + s.term();
                    case PRE_CANDIDATE -> "asks who would vote, in term " + s.term();
                    case FOLLOWER ->
                            s.leader() == HardState.NOBODY
                                    ? "waits in term " + s.term()
                                    : "follows %d in term %d".formatted(s.leader(), s.term());
                };
        return who + "; " + s.configuration();
    }

    static String status(Status s) {
        String text =
                "%s; vote %d; last %s durable %d commit %d applied %d; impossible %d"
                        .formatted(
                                face(s),
                                s.vote(),
                                s.last(),
                                s.durable(),
                                s.commit(),
                                s.applied(),
                                s.counts().impossible());
        return text
                + s.followers().stream()
                        .map(
                                f ->
                                        "\n  %d %s match %d next %d in flight %d"
                                                .formatted(
                                                        f.id(),
                                                        f.phase(),
                                                        f.match(),
                                                        f.next(),
                                                        f.inFlight()))
                        .collect(Collectors.joining());
    }

    static String log(MemoryLog disk) {
        return "from %d [%s]".formatted(disk.firstIndex(), entries(disk.entries()));
    }

    static String proposed(Proposed proposed) {
        return switch (proposed) {
            case Proposed.Accepted(var first) -> "accepted at " + first;
            case Proposed.Refused(var why) -> "refused: " + why;
        };
    }

    static String grant(long node, Ready.ReadGrant grant) {
        return "%d: read %d from %d on".formatted(node, grant.token(), grant.index());
    }
}
