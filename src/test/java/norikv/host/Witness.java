package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.port.Applier;

/// An applier that writes down what it is given, in [Places], and tells each proposal its fate.
final class Witness implements Applier {
    final Places places;
    final Set<Integer> cold = new HashSet<>();
    int passes;
    int groupsOfLastPass;
    long bytesMax = Long.MAX_VALUE;
    Runnable beforeApply = () -> {};
    private final Map<Integer, Map<Long, Asked>> waiting = new HashMap<>();

    Witness(Places places) {
        this.places = places;
    }

    void register(Asked asked) {
        long applied = places.applied(asked.shard).at().index();
        assertTrue(asked.at.index() > applied, "registered after it was applied");
        waitingOf(asked.shard).put(asked.at.index(), asked);
    }

    @Override
    public void apply(List<Group> pass) {
        beforeApply.run();
        requireRoom(pass);
        passes++;
        groupsOfLastPass = pass.size();
        for (Group group : pass) {
            int count = cold.contains(group.shard().number()) ? 0 : group.entries().size();
            for (Committed entry : group.entries().subList(0, count)) {
                apply(group.shard(), entry);
            }
            group.applied(count);
        }
    }

    private void requireRoom(List<Group> pass) {
        long bytes =
                pass.stream()
                        .flatMap(group -> group.entries().stream())
                        .mapToLong(entry -> entry.command().length())
                        .sum();
        if (bytes > bytesMax) {
            throw new NoriException.Overloaded(ErrorCode.WRITE_STALL, "no room", 1);
        }
    }

    private void apply(ShardId shard, Committed entry) {
        List<Committed> entries = places.of(shard);
        assertEquals(entries.size() + 1, entry.at().index(), "no gap, nothing twice");
        if (!entries.isEmpty()) {
            Committed last = entries.getLast();
            assertTrue(entry.at().term() >= last.at().term());
            assertTrue(entry.logTimeMillis() >= last.logTimeMillis(), "log time went back");
        }
        entries.add(entry);
        Asked asked = waitingOf(shard).remove(entry.at().index());
        if (asked != null) {
            assertEquals(asked.at, entry.at());
            assertEquals(asked.command, entry.command());
            asked.applied();
        }
    }

    @Override
    public void lost(ShardId shard, long from, NoriException.Indeterminate reason) {
        waitingOf(shard)
                .values()
                .removeIf(
                        asked -> {
                            if (asked.at.index() >= from) {
                                asked.lost();
                            }
                            return asked.at.index() >= from;
                        });
    }

    private Map<Long, Asked> waitingOf(ShardId shard) {
        return waiting.computeIfAbsent(shard.number(), _ -> new HashMap<>());
    }
}
